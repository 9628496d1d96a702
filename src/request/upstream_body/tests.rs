use super::*;
use fashn::extracted_body::ExtractedBody;
use fashn::image::AnyImage;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::auth::ids::Signer;
use crate::auth::secret::Secret;
use crate::request::fingerprint::HashedPictures;
use crate::request::parse::Run;
use crate::request::parse::tests::no_rules;

const PHOTO: &str = "data:image/png;base64,UEhPVE8=";
const SHIRT: &str = "data:image/jpeg;base64,U0hJUlQ=";

/// The body that FASHN gets for a request's body.
fn upstream(request: &str) -> String {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let rule = HashedPictures::new(&signer, &AnyImage);
    let extracted = ExtractedBody::of(request.as_bytes());
    let run = Run::read(&extracted, &no_rules(&rule)).expect("a run");
    let json = run.canonical_json().expect("serialises");
    assert!(!json.contains("base64"), "{json}");
    let body = UpstreamBody::of(&json, run.inputs());
    let whole = String::from_utf8(body.segments().concat()).expect("UTF-8");
    assert_eq!(body.len_bytes(), whole.len());
    whole
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn pictures_are_where_their_placeholders_were() {
    let request = format!(
        r#"{{"timeout":9,"model_name":"tryon-v1.6","inputs":{{"garment_image":"{SHIRT}","seed":7.0,"model_image":"{PHOTO}"}},"more":1}}"#
    );
    insta::assert_snapshot!(upstream(&request), @r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/png;base64,UEhPVE8=","garment_image":"data:image/jpeg;base64,U0hJUlQ=","seed":7}}"#);
}

#[test]
fn one_picture_may_be_two_inputs() {
    let request = format!(
        r#"{{"model_name":"tryon-v1.6","inputs":{{"model_image":"{PHOTO}","garment_image":"{PHOTO}"}}}}"#
    );
    assert_eq!(upstream(&request), request);
}

#[test]
fn a_picture_written_with_escapes_is_sent_without_them() {
    let escaped = PHOTO.replace('/', r"\/");
    let request = format!(
        r#"{{"model_name":"tryon-v1.6","inputs":{{"model_image":"{escaped}","garment_image":"https://a.example/g.jpg"}}}}"#
    );
    assert_eq!(upstream(&request), request.replace(&escaped, PHOTO));
}

#[test]
fn a_text_that_looks_like_a_placeholder_stays_a_text() {
    let prompt = r#"\"image\":\"AAAAAAAAAAAAAAAAAAAAAA\""#;
    let request =
        format!(r#"{{"model_name":"edit","inputs":{{"prompt":"{prompt}","image":"{PHOTO}"}}}}"#);
    assert!(upstream(&request).contains(prompt));
}

proptest! {
    #[test]
    fn fashn_gets_every_input_in_any_order(
        seed in any::<u32>(),
        order in Just(["model_image", "garment_image", "seed", "mode"]).prop_shuffle(),
        is_first in any::<bool>(),
    ) {
        let values = json!({"model_image": PHOTO, "garment_image": SHIRT, "seed": seed, "mode": "quality"});
        let entries: Vec<_> = order
            .iter()
            .map(|name| format!(r#""{name}":{}"#, values[*name]))
            .collect();
        let inputs = format!(r#""inputs":{{{}}}"#, entries.join(","));
        let model = r#""model_name":"tryon-v1.6""#.to_owned();
        let parts = if is_first { [model, inputs] } else { [inputs, model] };
        let body = upstream(&format!("{{{}}}", parts.join(",")));
        prop_assert_eq!(read(&body), json!({"model_name": "tryon-v1.6", "inputs": values}));
    }
}
