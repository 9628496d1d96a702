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
        ("null", Some("body must be an object, not null")),
        ("", Some("body is not JSON: EOF while parsing a value at line 1 column 0")),
        (r#"{"id":"a"}}"#, Some("body is not JSON: trailing characters at line 1 column 11")),
    ] {
        check(Accepted::read, answer, wrong);
    }
    // A run with an id was accepted, whatever stands beside it.
    for answer in [
        r#"{"id":"a-u1","error":"PoseError"}"#,
        r#"{"id":"a-u1","error":{}}"#,
        r#"{"id":"a-u1","error":[7]}"#,
        "\u{feff}{\"id\":\"a-u1\"}",
    ] {
        assert_eq!(Accepted::read(answer.as_bytes()).expect("accepted").id, "a-u1", "{answer}");
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
        ("{}", Some("status is required")),
        (r#"{"id":"a","status":1}"#, Some("status must be a string, not a number")),
    ] {
        check(Prediction::read, answer, wrong);
    }
}

#[test]
fn no_field_s_form_keeps_a_prediction_from_its_end() {
    for (more, output, error) in [
        // Outputs in other shapes.
        (r#""output":"https://cdn.fashn.ai/a.png""#, r#"["https://cdn.fashn.ai/a.png"]"#, "null"),
        (r#""output":[{"url":"a"},{"url":"b","width":7}]"#, r#"["a","b"]"#, "null"),
        (r#""output":{"url":"a"}"#, r#"["a"]"#, "null"),
        (r#""output":{"images":"a"}"#, r#"{"images":["a"]}"#, "null"),
        (r#""output":{"images":[{"url":"a"}]}"#, r#"{"images":["a"]}"#, "null"),
        (r#""output":["a",null,7,[]]"#, r#"["a"]"#, "null"),
        (r#""output":{}"#, "null", "null"),
        (r#""output":7"#, "null", "null"),
        (r#""output":["a"],"output":["b"]"#, r#"["a"]"#, "null"),
        // Errors in other shapes.
        (
            r#""error":"out of memory""#,
            "null",
            r#"{"name":"PipelineError","message":"out of memory"}"#,
        ),
        (r#""error":"PoseError""#, "null", r#"{"name":"PoseError","message":""}"#),
        (r#""error":{"message":"no"}"#, "null", r#"{"name":"PipelineError","message":"no"}"#),
        (
            r#""error":{"name":7,"message":"no"}"#,
            "null",
            r#"{"name":"PipelineError","message":"no"}"#,
        ),
        (
            r#""error":{"name":"PoseError","message":["no"]}"#,
            "null",
            r#"{"name":"PoseError","message":""}"#,
        ),
        (r#""error":{}"#, "null", "null"),
        (r#""error":"""#, "null", "null"),
        (r#""error":[{"name":"PoseError"}]"#, "null", "null"),
        // No id, or none that is a text.
        (r#""output":["a"],"id":null"#, r#"["a"]"#, "null"),
    ] {
        let answer = format!("\u{feff}{{\"id\":7,\"status\":\"failed\",{more}}}");
        let read = Prediction::read(answer.as_bytes()).expect("a prediction");
        assert_eq!(read.id, "", "{answer}");
        assert_eq!(serde_json::to_string(&read.output).expect("JSON"), output, "{answer}");
        assert_eq!(serde_json::to_string(&read.error).expect("JSON"), error, "{answer}");
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
    ] {
        check(ApiError::read, answer, wrong);
    }
    for message in [r#"{"image":"bad"}"#, r#"["bad"]"#, "7"] {
        let answer = format!(r#"{{"error":"BadRequest","message":{message}}}"#);
        let read = ApiError::read(answer.as_bytes()).expect("an error");
        assert_eq!((&*read.error.to_string(), &*read.message), ("BadRequest", ""), "{answer}");
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
    ] {
        check(CreditsBalance::read, answer, wrong);
    }
    for part in [r#""1""#, "-1", "null", "{}"] {
        let answer = format!(r#"{{"credits":{{"total":3,"on_demand":{part}}}}}"#);
        let read = CreditsBalance::read(answer.as_bytes()).expect("a balance");
        assert_eq!((read.credits.total, read.credits.on_demand), (3, 0), "{answer}");
    }
}
