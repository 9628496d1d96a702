use super::*;
use proptest::prelude::*;

const TYPE: &str = "multipart/form-data; boundary=x-y";

/// A PNG's signature and header chunk.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend([0, 0, 3, 96, 0, 0, 5, 16, 8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A form of parts: the header lines after the disposition's beginning, and the content.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (head, content) in parts {
        form.extend(
            format!("--x-y\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes(),
        );
        form.extend_from_slice(content);
        form.extend(b"\r\n");
    }
    form.extend(b"--x-y--\r\n");
    form
}

fn json(form: &[u8]) -> Result<String, String> {
    to_json(form, boundary(TYPE).expect("a boundary"))
        .map(|json| String::from_utf8(json).expect("UTF-8"))
        .map_err(|fault| format!("{} {}", fault.path, fault.message))
}

#[test]
fn a_form_becomes_fashn_s_json() {
    let png = png();
    let form = form(&[
        ("name=\"model_name\"", b"tryon-v1.6"),
        ("name=\"consent\"", b"2026-03"),
        ("name=\"garment_signature\"", b"8e0d"),
        ("name=\"cache\"", b"false"),
        ("name=\"inputs\"", br#" {"seed": 7, "return_base64": true} "#),
        ("name=\"category\"", "t\"\u{f6}ps".as_bytes()),
        ("name=\"model_image\"; filename=\"me; name=x.png\"\r\nContent-Type: image/png", &png),
        (
            "name=\"garment_image\"; filename=\"shirt\"\r\nContent-Type: application/octet-stream",
            &png,
        ),
        ("name=\"mask\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
    ]);
    let picture = base64_simd::STANDARD.encode_to_string(&png);
    let json = json(&form).expect("a form").replace(&picture, "PNG");
    insta::assert_snapshot!(json, @r#"{"model_name":"tryon-v1.6","consent":"2026-03","garment_signature":"8e0d","cache":false,"inputs":{"seed": 7, "return_base64": true,"category":"t\"öps","model_image":"data:image/png;base64,PNG","garment_image":"data:image/png;base64,PNG"}}"#);
    let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read["inputs"]["seed"], 7);
}

#[test]
fn order_case_blanks_and_a_preamble_say_nothing() {
    let form = b"preamble\r\n--x-y  \r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION:form-data; NAME=model_name\r\n\r\nedit\r\n--x-y--epilogue";
    assert_eq!(json(form).as_deref(), Ok(r#"{"model_name":"edit","inputs":{}}"#));
    assert_eq!(json(b"--x-y--").as_deref(), Ok(r#"{"inputs":{}}"#));
    let empty = form_of("inputs", b"{ }");
    assert_eq!(json(&empty).as_deref(), Ok(r#"{"inputs":{}}"#));
}

fn form_of(name: &str, content: &[u8]) -> Vec<u8> {
    form(&[(&format!("name=\"{name}\""), content)])
}

#[test]
fn what_is_no_form_is_told() {
    const BROKEN: &str = "body is no multipart/form-data: a part is broken, or the end is missing";
    for (form, expected) in [
        (b"".to_vec(), BROKEN),
        (b"{}".to_vec(), BROKEN),
        (b"--x-y".to_vec(), BROKEN),
        (b"--x-y\r\n".to_vec(), BROKEN),
        (b"--x-yz\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x-y--".to_vec(), BROKEN),
        (b"--x-y\r\nContent-Disposition: form-data; name=a\r\n\r\nno end".to_vec(), BROKEN),
        (b"--x-y\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x-y--".to_vec(), BROKEN),
        (b"--x-y\r\nname: a\r\n\r\nno disposition\r\n--x-y--".to_vec(), BROKEN),
        (b"--x-y\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n--x-y--".to_vec(), BROKEN),
        (form(&[("name=a", b"" as &[u8]); 49]), "body has too many parts"),
        (form_of("inputs", b"[]"), "inputs must be a JSON object of the inputs that are no text"),
        (
            form_of("inputs", b"{}},{"),
            "inputs must be a JSON object of the inputs that are no text",
        ),
        (form_of("inputs", b""), "inputs must be a JSON object of the inputs that are no text"),
        (form_of("category", b"\xff"), "category is not UTF-8"),
        (
            form(&[("name=model_image; filename=a.pdf\r\nContent-Type: application/pdf", b"%PDF")]),
            "inputs.model_image is no picture: send JPEG, PNG or WebP",
        ),
        (
            form(&[("name=model_image; filename=a\r\nContent-Type: image/<b>", b"<svg>")]),
            "inputs.model_image is no picture: send JPEG, PNG or WebP",
        ),
    ] {
        assert_eq!(json(&form), Err(expected.to_owned()), "{}", String::from_utf8_lossy(&form));
    }
}

#[test]
fn a_boundary_is_read_as_browsers_and_tools_write_it() {
    for (content_type, read) in [
        (
            "multipart/form-data; boundary=----WebKitFormBoundaryabc",
            Some("----WebKitFormBoundaryabc"),
        ),
        ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", None),
        ("multipart/form-data; boundary=\"a-b\"", Some("a-b")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=a\"b", None),
        ("multipart/mixed; boundary=a", None),
        ("application/json; boundary=a", None),
    ] {
        assert_eq!(boundary(content_type), read, "{content_type}");
    }
    assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "a".repeat(71))), None);
}

proptest! {
    #[test]
    fn whatever_is_in_a_file_comes_out_as_it_was(content: Vec<u8>) {
        prop_assume!(!content.is_empty() && !content.windows(7).any(|window| window == b"\r\n--x-y"));
        let form = form(&[("name=a; filename=b\r\nContent-Type: image/png", content.as_slice())]);
        let read: serde_json::Value = serde_json::from_str(&json(&form).expect("a form")).expect("JSON");
        let data = read["inputs"]["a"].as_str().expect("a picture").strip_prefix("data:image/png;base64,").expect("a data URL");
        prop_assert_eq!(base64_simd::STANDARD.decode_to_vec(data).expect("base64"), content);
    }

    #[test]
    fn a_needle_is_found_where_it_is(haystack in "[ab]{0,40}", needle in "[ab]{1,5}") {
        let found = split_once(haystack.as_bytes(), needle.as_bytes());
        prop_assert_eq!(found.map(|(before, _)| before.len()), haystack.find(&needle));
    }

    #[test]
    fn no_bytes_break_it(form: Vec<u8>) {
        let _ = json(&form);
    }
}
