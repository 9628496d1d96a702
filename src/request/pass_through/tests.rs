use super::*;
use fashn::image::AnyImage;

use crate::request::error::RequestError;
use crate::request::parse::Run;
use crate::request::parse::tests::no_rules;

/// The model that is passed on, or the faults.
fn read(body: &str, credits: u32) -> Result<String, Vec<FieldError>> {
    let extracted = ExtractedBody::of(body.as_bytes());
    let Err(RequestError::Fields(faults)) = Run::read(&extracted, &no_rules(&AnyImage)) else {
        panic!("FASHN's pages have it: {body}");
    };
    model(&extracted, Credits(credits), faults)
}

const PACKSHOT: &str =
    r#"{"model_name":"packshot","inputs":{"product_image":"https://a.example/p.jpg"}}"#;
const RATIO: &str = r#"{"model_name":"tryon-max","inputs":{"model_image":"https://a.example/m.jpg",
    "product_image":"https://a.example/p.jpg","aspect_ratio":"4:5"}}"#;

#[test]
fn a_model_or_an_input_that_no_page_has_is_passed_on_once_its_price_is_set() {
    for (body, name, path) in [
        (PACKSHOT, "packshot", "model_name"),
        (r#"{"model_name":"background-change","inputs":{}}"#, "background-change", "model_name"),
        (r#"{"model_name":"Next_v2.0","inputs":{"a":[{"b":1}]}}"#, "Next_v2.0", "model_name"),
        (RATIO, "tryon-max", "inputs.aspect_ratio"),
    ] {
        assert_eq!(read(body, 4), Ok(name.to_owned()));
        let faults = read(body, 0).expect_err("unset");
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        assert_eq!(fault.path, path);
        assert!(fault.message.contains("PASS_THROUGH_CREDITS"), "{fault:?}");
    }
}

#[test]
fn what_else_is_wrong_is_refused_all_the_same() {
    for (body, paths) in [
        (r#"{"model_name":"packshot"}"#, "model_name inputs"),
        (r#"{"model_name":"packshot","inputs":[]}"#, "model_name inputs"),
        (r#"{"model_name":"../credits","inputs":{}}"#, "model_name"),
        (r#"{"model_name":"","inputs":{}}"#, "model_name"),
        (r#"{"model_name":"pack shot","inputs":{}}"#, "model_name"),
        (r#"{"model_name":7,"inputs":{}}"#, "model_name"),
        (r#"{"model_name":"packshot","inputs":{},"seed":1}"#, "seed model_name"),
        (
            r#"{"model_name":"packshot","inputs":{},"webhook_url":"https://a.example"}"#,
            "webhook_url model_name",
        ),
        (&RATIO.replace(r#""4:5""#, r#""4:5","seed":"one""#), "inputs.seed inputs.aspect_ratio"),
        (
            &RATIO.replace(r#""https://a.example/m.jpg""#, "7"),
            "inputs.model_image inputs.aspect_ratio",
        ),
        ("{", "body"),
    ] {
        let faults = read(body, 4).expect_err(body);
        let told: Vec<_> = faults.iter().map(|fault| &*fault.path).collect();
        assert_eq!(told.join(" "), paths, "{body}");
    }
    let long = ["{\"model_name\":\"", &"a".repeat(65), "\",\"inputs\":{}}"].concat();
    assert!(read(&long, 4).is_err());
}
