//! FASHN's answers as a client reads them, against what serde makes of the same bytes.

use fashn::balance::CreditsBalance;
use fashn::error::ApiError;
use fashn::fields::FieldErrors;
use fashn::prediction::{Accepted, Prediction};
use serde::Deserialize;

/// Reads what serde reads, as serde does, or says what is wrong.
#[track_caller]
fn check<T: PartialEq + std::fmt::Debug + for<'a> Deserialize<'a>>(
    read: fn(&[u8]) -> Result<T, FieldErrors>,
    answer: &str,
    wrong: Option<&str>,
) {
    let told = read(answer.as_bytes());
    let by_serde = serde_json::from_slice::<T>(answer.as_bytes()).ok();
    assert_eq!(told.as_ref().ok(), by_serde.as_ref(), "{answer}");
    let told = told.err().map(|faults| faults.to_string());
    assert_eq!(told.as_deref(), wrong, "{answer}");
}

#[test]
fn an_acceptance() {
    for (answer, wrong) in [
        (r#"{"id":"a-u1","error":null}"#, None),
        (r#"{"id":"a-u1"}"#, None),
        (r#"{"id":"","error":null,"more":[{"id":1}]}"#, None),
        (r#"{"id":"\u0061\/b","error":{"name":"PoseError"}}"#, None),
        (r#"{"error":null}"#, Some("id is required")),
        (r#"{"id":null}"#, Some("id is required")),
        (r#"{"id":7}"#, Some("id must be a string, not a number")),
        (r#"{"id":"a","id":"b"}"#, Some("id is given twice")),
        (r#"{"id":"a","error":"PoseError"}"#, Some("error must be an object, not a string")),
        (r#"{"id":"a","error":{}}"#, Some("error.name is required")),
        ("null", Some("body must be an object, not null")),
        ("", Some("body is not JSON: EOF while parsing a value at line 1 column 0")),
        (r#"{"id":"a"}}"#, Some("body is not JSON: trailing characters at line 1 column 11")),
    ] {
        check(Accepted::read, answer, wrong);
    }
}

#[test]
fn a_prediction() {
    for (answer, wrong) in [
        (r#"{"id":"a","status":"processing"}"#, None),
        (r#"{"id":"a","status":"paused","progress":0.5,"logs":["a"]}"#, None),
        (r#"{"id":"a","status":"in_queue","output":null,"error":null}"#, None),
        (r#"{"id":"a","status":"completed","output":[]}"#, None),
        (
            r#"{"id":"a","status":"completed","output":["https:\/\/cdn.fashn.ai\/a.png","_expired"]}"#,
            None,
        ),
        (
            r#"{"id":"a","status":"completed","output":{"images":["data:image/png;base64,AAAA"],"seed":1}}"#,
            None,
        ),
        (
            r#"{"id":"a","status":"failed","error":{"name":"Nameless","message":null,"code":7}}"#,
            None,
        ),
        (r#"{"id":"a","status":"failed","error":{"name":"PoseError"}}"#, None),
        ("{}", Some("id is required; status is required")),
        (r#"{"id":"a","status":1}"#, Some("status must be a string, not a number")),
        (
            r#"{"id":"a","status":"completed","output":"https://cdn.fashn.ai/a.png"}"#,
            Some("output must be a list of strings"),
        ),
        (
            r#"{"id":"a","status":"completed","output":["a",null]}"#,
            Some("output must be a list of strings"),
        ),
        (r#"{"id":"a","status":"completed","output":{}}"#, Some("output.images is required")),
        (
            r#"{"id":"a","status":"completed","output":{"images":["a"],"images":["b"]}}"#,
            Some("output.images is given twice"),
        ),
        (
            r#"{"id":"a","status":"completed","output":["a"],"output":{"images":["b"]}}"#,
            Some("output is given twice"),
        ),
        (
            r#"{"id":"a","status":"failed","error":{"message":"no"}}"#,
            Some("error.name is required"),
        ),
        (
            r#"{"id":"a","status":"failed","error":{"name":"PoseError","message":["no"]}}"#,
            Some("error.message must be a string, not an array"),
        ),
    ] {
        check(Prediction::read, answer, wrong);
    }
}

#[test]
fn an_api_error() {
    for (answer, wrong) in [
        (r#"{"error":"OutOfCredits","message":"Buy some."}"#, None),
        (r#"{"error":"Teapot","message":null}"#, None),
        (r#"{"error":""}"#, None),
        (r#"{"message":"no"}"#, Some("error is required")),
        (r#"{"error":{"name":"PoseError"}}"#, Some("error must be a string, not an object")),
        (
            r#"{"error":"BadRequest","message":{"image":"bad"}}"#,
            Some("message must be a string, not an object"),
        ),
    ] {
        check(ApiError::read, answer, wrong);
    }
}

#[test]
fn a_balance() {
    for (answer, wrong) in [
        (r#"{"credits":{"total":234,"subscription":100,"on_demand":134}}"#, None),
        (r#"{"credits":{"total":0,"plan":"free"},"more":true}"#, None),
        ("{}", Some("credits is required")),
        (r#"{"credits":234}"#, Some("credits must be an object, not a number")),
        (r#"{"credits":{"on_demand":1}}"#, Some("credits.total is required")),
        (r#"{"credits":{"total":-1}}"#, Some("credits.total must be a whole number, not below 0")),
        (r#"{"credits":{"total":1.5}}"#, Some("credits.total must be a whole number, not below 0")),
        (
            r#"{"credits":{"total":1,"on_demand":"1"}}"#,
            Some("credits.on_demand must be a whole number, not below 0"),
        ),
    ] {
        check(CreditsBalance::read, answer, wrong);
    }
}
