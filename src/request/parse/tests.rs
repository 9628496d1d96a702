mod garments;

use super::*;
use fashn::fields::TEXT_BYTES_MOST;
use fashn::image::AnyImage;

use crate::http::hosts::HostPattern;

/// FASHN's documentation alone, beside a rule for pictures.
pub fn no_rules(pictures: &dyn ImageRule) -> Rules<'_> {
    Rules { pictures, garments: None, policy: None, consent: None, consent_header: None }
}

fn read(body: &str) -> Result<String, Vec<(String, String)>> {
    read_by(body, &no_rules(&AnyImage))
}

fn read_by(body: &str, rules: &Rules<'_>) -> Result<String, Vec<(String, String)>> {
    match Run::read(&ExtractedBody::of(body.as_bytes()), rules) {
        Ok(run) => Ok(run.canonical_json().expect("serialises")),
        Err(RequestError::Fields(faults)) => {
            Err(faults.into_iter().map(|fault| (fault.path, fault.message)).collect())
        }
        Err(other) => panic!("not faults: {other}"),
    }
}

#[test]
fn fashn_gets_the_known_fields_and_nothing_else() {
    let body = r#"{"timeout":300,"model_name":"tryon-v1.6","inputs":{"garment_image":"https:\/\/a.example\/g.jpg",
            "model_image":"https://a.example/m.jpg","seed":7.0,"mode":"quality","category":null},"pollInterval":1}"#;
    insta::assert_snapshot!(read(body).expect("reads"), @r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg","mode":"quality","seed":7}}"#);
}

#[test]
fn all_faults_are_told_at_once_with_their_paths() {
    let body = r#"{"model_name":"tryon-v1.6","inputs":{"model_image":7,"garment_images":"https://a.example/g.jpg",
            "category":"hats","seed":4294967296,"num_samples":5,"mode":"balanced","mode":"quality","hat":1}}"#;
    let faults = read(body).expect_err("faulty");
    insta::assert_snapshot!(faults.iter().map(|(path, message)| format!("{path} {message}")).collect::<Vec<_>>().join("\n"), @r#"
inputs.model_image must be a string: an image URL or a data URL, not a number
inputs.garment_image is required
inputs.category must be one of: auto, tops, bottoms, one-pieces
inputs.mode is given twice
inputs.seed must be a whole number from 0 to 4294967295
inputs.num_samples must be a whole number from 1 to 4
inputs.garment_images is not an input of this model; did you mean garment_image?
inputs.hat is not an input of this model; it has: model_image, garment_image, category, segmentation_free, moderation_level, garment_photo_type, mode, seed, num_samples, output_format, return_base64
"#);
}

#[test]
fn a_long_text_is_no_prompt() {
    let body = |prompt: &str| {
        let image = "https://cdn.shopify.com/a.jpg";
        format!(r#"{{"model_name":"edit","inputs":{{"image":"{image}","prompt":"{prompt}"}}}}"#)
    };
    assert!(read(&body(&"a".repeat(TEXT_BYTES_MOST))).is_ok());
    let refused = read(&body(&"a".repeat(TEXT_BYTES_MOST + 1)));
    let told = ("inputs.prompt".to_owned(), "has more than 65536 bytes".to_owned());
    assert_eq!(refused, Err(vec![told]));
}

#[test]
fn what_is_not_a_run_request_at_all_is_told_by_what_is_missing() {
    for (body, expected) in [
        ("", "body"),
        ("  \n", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("\"run\"", "body"),
        ("{}", "model_name inputs"),
        (r#"{"model_name":null}"#, "model_name inputs"),
        (r#"{"model_name":["tryon-v1.6"]}"#, "model_name inputs"),
        (r#"{"model_name":"tryon-v9","inputs":{}}"#, "model_name"),
        (r#"{"model_name":"tryon-v1.6","model_name":"tryon-v1.6","inputs":{}}"#, "model_name"),
        (r#"{"model_name":"tryon-v1.6"}"#, "inputs"),
        (r#"{"model_name":"tryon-v1.6","inputs":[]}"#, "inputs"),
    ] {
        let paths: Vec<_> =
            read(body).expect_err("faulty").into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths.join(" "), expected, "{body}");
    }
}

#[test]
fn a_webhook_of_the_caller_s_own_is_refused_however_it_is_written() {
    let unset = StaffAddresses::default();
    for query in [
        "webhook_url=https://evil.example",
        "a=1&webhook_url",
        "%77ebhook_url=x",
        "Webhook_URL=x",
        "webhook%5Furl=x&webhook_url=y",
    ] {
        for staff in [None, Some(&unset)] {
            assert!(webhook_url(Some(query), staff).is_err(), "{query}");
        }
    }
    for query in [None, Some(""), Some("shop=a&webhook=1")] {
        assert_eq!(webhook_url(query, None), Ok(None), "{query:?}");
    }
}

#[test]
fn staff_name_one_in_the_query_once_on_a_host_that_is_allowed() {
    let hosts = vec![HostPattern::parse("hooks.example").expect("a host")];
    let staff = StaffAddresses { hosts, is_local: false };
    let read = |query: &str| webhook_url(Some(query), Some(&staff));
    let url = "https://hooks.example/run?key=a%2Fb";
    let sent = url::form_urlencoded::Serializer::new(String::new());
    let query = { sent }.append_pair("webhook_url", url).finish();
    assert_eq!(read(&query), Ok(Some(url.to_owned())));
    assert!(read(&[&*query, "&", &*query].concat()).is_err(), "twice");
    assert!(read("webhook_url=https://other.example/").is_err());
    let unset = StaffAddresses::default();
    let Err(RequestError::Fields(faults)) = webhook_url(Some(&query), Some(&unset)) else {
        panic!("it is taken without the setting");
    };
    assert!(faults[0].message.contains("STAFF_WEBHOOK_HOSTS"), "{faults:?}");
}

#[test]
fn a_shopper_s_run_says_what_was_agreed_to_where_the_shop_requires_it() {
    let body = |consent: &str| {
        format!(
            r#"{{{consent}"model_name":"tryon-v1.6","inputs":{{"model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg"}}}}"#
        )
    };
    let asked = |required, consent: &str, header| {
        let rules = Rules { consent: required, consent_header: header, ..no_rules(&AnyImage) };
        let json = read_by(&body(consent), &rules).map_err(|faults| {
            let told_twice = faults.iter().any(|(path, _)| path != "consent");
            assert!(!told_twice, "{faults:?}");
        })?;
        // It doesn't travel on.
        assert!(!json.contains("consent"));
        Ok(())
    };
    let refused = Err(());
    let now = Some("2026-03");
    assert_eq!(asked(None, "", None), Ok(()));
    assert_eq!(asked(now, r#""consent":"2026-03","#, None), Ok(()));
    assert_eq!(asked(now, "", now), Ok(()));
    for (field, header) in [
        ("", None),
        ("", Some("")),
        ("", Some("2026-02")),
        (r#""consent":"2026-02","#, None),
        (r#""consent":true,"#, None),
        (r#""consent":null,"#, None),
        (r#""consent":["2026-03"],"#, None),
        (r#""consent":"2026-03","#, Some("2026-02")),
    ] {
        assert_eq!(asked(now, field, header), refused, "{field} {header:?}");
    }
}

#[test]
fn only_json_and_forms_are_read() {
    for json in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        assert!(matches!(BodyKind::of(Some(json)), Ok(BodyKind::Json)), "{json}");
    }
    let form = BodyKind::of(Some("multipart/form-data; boundary=x"));
    assert_eq!(form, Ok(BodyKind::Form { boundary: "x".into() }));
    for bad in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/jsonp"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data"),
        Some("multipart/mixed; boundary=x"),
    ] {
        assert!(BodyKind::of(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_declared_length_is_judged_before_the_body_is_read() {
    for (length, judged) in [
        (Some("11"), Err(RequestError::TooLarge { limit_bytes: 10 })),
        (Some("10"), Ok(Some(10))),
        (Some(" 10 "), Ok(Some(10))),
        (None, Ok(None)),
    ] {
        assert_eq!(declared_bytes(length, 10), judged);
    }
    for broken in ["", "ten", "-1", "99999999999999999999"] {
        let judged = declared_bytes(Some(broken), 10);
        assert!(matches!(judged, Err(RequestError::Fields(_))), "{broken}");
    }
}

/// Two other inputs of each kind stand beside the one that was seen.
#[test]
fn inputs_beside_the_inputs_are_told_where_they_belong() {
    let run = |beside: &str| {
        read(&format!(
            r#"{{{beside},"model_name":"tryon-v1.6","inputs":{{"model_image":"https://a.example/m.jpg","garment_image":"https://a.example/g.jpg"}}}}"#
        ))
    };
    for (beside, path) in [
        (r#""category":"tops""#, "category"),
        (r#""seed":7"#, "seed"),
        (r#""garment_image":"https://a.example/other.jpg""#, "garment_image"),
        // Another model's: it would be ignored all the same.
        (r#""prompt":"by the sea""#, "prompt"),
        (r#""webhook_url":"https://a.example/hook""#, "webhook_url"),
        (r#""consent":7"#, "consent"),
        (r#""garment_signature":{}"#, "garment_signature"),
        (r#""cache":"false""#, "cache"),
        (r#""cache":0"#, "cache"),
    ] {
        let faults = run(beside).expect_err("refused");
        let paths: Vec<_> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [path], "{beside}: {faults:?}");
    }
    for beside in [
        r#""pollInterval":1000,"timeout":300000,"maxRetries":3"#,
        r#""seed":null,"webhook_url":null"#,
        r#""cache":true"#,
        r#""metadata":{"order":7}"#,
    ] {
        assert!(run(beside).is_ok(), "{beside}");
    }
}

#[test]
fn pictures_policy_and_terms_are_told_at_once() {
    struct NoPicture;
    impl ImageRule for NoPicture {
        fn accept<'i>(
            &self,
            _: fashn::image::Role,
            _: fashn::image::Image<'i>,
        ) -> Result<fashn::image::Image<'i>, String> {
            Err("is from another shop".to_owned())
        }
    }
    let policy = Policy::default();
    let rules = Rules { policy: Some(&policy), consent: Some("2026-03"), ..no_rules(&NoPicture) };
    for (body, expected) in [
        (
            r#"{"seed":1,"model_name":"tryon-v1.6","inputs":{"model_image":"x","garment_image":"y","num_samples":4,"mood":"glad"}}"#,
            "seed inputs.model_image inputs.garment_image inputs.mood inputs.num_samples consent",
        ),
        (
            r#"{"model_name":"tryon-max","inputs":{"prompt":"by the sea","resolution":"4k"}}"#,
            "inputs.product_image inputs.model_image inputs.prompt inputs.resolution consent",
        ),
        (
            r#"{"model_name":"image-to-video","inputs":{"duration":10}}"#,
            "model_name inputs.image inputs.duration consent",
        ),
        (r#"{"model_name":"hats","inputs":[]}"#, "model_name inputs consent"),
    ] {
        let faults = read_by(body, &rules).expect_err("refused");
        let mut paths: Vec<_> = faults.iter().map(|(path, _)| path.as_str()).collect();
        paths.dedup();
        assert_eq!(paths.join(" "), expected, "{body}: {faults:?}");
    }
}

#[test]
fn a_compressed_body_is_refused_and_one_that_says_it_is_none_is_read() {
    for encoding in [None, Some(""), Some("identity"), Some("Identity"), Some("identity, identity")]
    {
        assert_eq!(refuse_encoding(encoding), Ok(()), "{encoding:?}");
    }
    for encoding in ["gzip", "br", "zstd", "deflate, identity", "x-gzip", "aws-chunked"] {
        let refused = refuse_encoding(Some(encoding));
        assert_eq!(refused, Err(RequestError::ContentEncoding), "{encoding}");
    }
}
