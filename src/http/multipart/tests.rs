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
    to_json(form.to_vec(), &boundary(TYPE).expect("a boundary"))
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
        (form(&[("name=a", b"" as &[u8]); 49]), "body has too many parts"),
        (form_of("inputs", b"[]"), "inputs must be a JSON object of the inputs that are no text"),
        (
            form_of("inputs", b"{}},{"),
            "inputs must be a JSON object of the inputs that are no text",
        ),
        (form_of("inputs", b""), "inputs must be a JSON object of the inputs that are no text"),
        (form_of("category", b"\xff"), "category is not UTF-8"),
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
        ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", Some("a b")),
        ("multipart/form-data; boundary=\"a: b; c=d\"", None),
        ("multipart/form-data; boundary=\"a, b = (c)\"; charset=utf-8", Some("a, b = (c)")),
        ("multipart/form-data; boundary=\"a \"", None),
        ("multipart/form-data; boundary=\"a-b\"", Some("a-b")),
        ("multipart/form-data ; boundary = a-b", Some("a-b")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=a\"b", None),
        ("multipart/mixed; boundary=a", None),
        ("application/json; boundary=a", None),
    ] {
        assert_eq!(boundary(content_type).as_deref(), read, "{content_type}");
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
    fn pictures_come_out_whole_whatever_stands_around_them(
        parts in prop::collection::vec((any::<bool>(), 1_usize..120_000), 1..6),
        (before, behind) in (0_usize..100_000, 0_usize..100_000),
    ) {
        let content = |n: usize, length: usize| -> Vec<u8> { b"picture of so many bytes".iter().copied().cycle().skip(n).take(length).collect() };
        let heads: Vec<_> = parts.iter().enumerate().map(|(n, (is_file, _))| {
            let file = if *is_file { "; filename=b\r\nContent-Type: image/png" } else { "" };
            format!("name=part_{n}{file}")
        }).collect();
        let contents: Vec<_> = parts.iter().enumerate().map(|(n, (_, length))| content(n, *length)).collect();
        let listed: Vec<_> = heads.iter().zip(&contents).map(|(head, content)| (head.as_str(), content.as_slice())).collect();
        let form = [content(1, before), b"\r\n".to_vec(), form(&listed), content(2, behind)].concat();
        let read: serde_json::Value = serde_json::from_str(&json(&form).expect("a form")).expect("JSON");
        prop_assert_eq!(read["inputs"].as_object().map(serde_json::Map::len), Some(parts.len()));
        for (n, ((is_file, _), content)) in parts.iter().zip(&contents).enumerate() {
            let text = read["inputs"][format!("part_{n}")].as_str().expect("a text");
            let came = match text.strip_prefix("data:image/png;base64,") {
                Some(data) if *is_file => base64_simd::STANDARD.decode_to_vec(data).expect("base64"),
                _ => text.as_bytes().to_vec(),
            };
            prop_assert!(came == *content, "part {}", n);
        }
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

#[test]
fn a_long_text_is_a_picture_or_refused() {
    let picture = format!("data:image/png;base64,{}", "A".repeat(100_000));
    let expected = format!(r#"{{"inputs":{{"model_image":"{picture}","seed":1}}}}"#);
    let parts: [(&str, &[u8]); 2] =
        [("name=model_image", picture.as_bytes()), ("name=inputs", br#"{"seed":1}"#)];
    assert_eq!(json(&form(&parts)), Ok(expected));
    // Six bytes of JSON each.
    let long = vec![1; TEXT_BYTES_MOST + 1];
    for name in ["prompt", "model_name", "cache"] {
        let refused = json(&form(&[(&format!("name={name}"), &long)]));
        assert_eq!(refused, Err(format!("{name} is too long for a text that is no picture")));
    }
    let short = json(&form(&[("name=prompt", &long[1..])])).expect("a form");
    assert_eq!(short.len(), r#"{"inputs":{"prompt":""}}"#.len() + 6 * TEXT_BYTES_MOST);
}

#[test]
fn a_part_s_head_is_short() {
    let of = |chars: usize| {
        json(&form(&[(&format!("name=prompt; filename*=\"{}\"", "x".repeat(chars)), b"text")]))
    };
    assert!(of(HEAD_BYTES_MAX - 100).is_ok());
    assert_eq!(of(HEAD_BYTES_MAX), Err("body has a part whose head is too long".to_owned()));
}

/// The JSON of a form of one part.
fn json_of(head: &str, content: &[u8]) -> String {
    json(&form(&[(head, content)])).expect("a form")
}

#[test]
fn a_part_with_a_file_name_is_what_its_name_and_bytes_say() {
    let blob = "filename=\"blob\"\r\nContent-Type";
    for (head, content, expected) in [
        (
            format!("name=\"inputs\"; {blob}: application/json"),
            &br#"{"seed":7}"#[..],
            r#"{"inputs":{"seed":7}}"#,
        ),
        (
            format!("name=\"inputs\"; {blob}: application/json"),
            b"\xef\xbb\xbf{\"seed\":7}\n",
            r#"{"inputs":{"seed":7}}"#,
        ),
        (
            format!("name=\"model_name\"; {blob}: text/plain"),
            b"edit",
            r#"{"model_name":"edit","inputs":{}}"#,
        ),
        (
            format!("name=\"model_name\"; {blob}: application/octet-stream"),
            b"edit",
            r#"{"model_name":"edit","inputs":{}}"#,
        ),
        (
            format!("name=\"cache\"; {blob}: application/octet-stream"),
            b"false",
            r#"{"cache":false,"inputs":{}}"#,
        ),
        (
            format!("name=\"consent\"; {blob}: text/plain;charset=utf-8"),
            b"2026-03",
            r#"{"consent":"2026-03","inputs":{}}"#,
        ),
        (
            format!("name=\"category\"; {blob}: text/plain; charset=UTF-8"),
            b"tops",
            r#"{"inputs":{"category":"tops"}}"#,
        ),
        ("name=inputs[category]".to_owned(), b"tops", r#"{"inputs":{"category":"tops"}}"#),
    ] {
        assert_eq!(json_of(&head, content), expected, "{head}");
    }
}

#[test]
fn a_picture_is_one_by_its_bytes_whatever_is_written_around_it() {
    let base64 = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
    let jpeg = b"\xff\xd8\xff\xe0 and so on".to_vec();
    for head in [
        "name=image; filename=\"photo.png\"\r\nContent-Type: image/png",
        "name=image; filename=photo\r\nContent-Type: application/octet-stream",
        "name=image; filename*=UTF-8''photo.heic\r\nContent-Type: image/heic",
        "name=image; filename=\"\"",
        "name=image\r\nContent-Type: image/jpg",
        "name=image",
        "name=image; filename=\"a; name=b.jpg\"\r\nContent-Type: text/plain",
        "name=\"image\"; filename=\"C:\\photos\\\"",
    ] {
        let expected =
            format!(r#"{{"inputs":{{"image":"data:image/jpeg;base64,{}"}}}}"#, base64(&jpeg));
        assert_eq!(json_of(head, &jpeg), expected, "{head}");
    }
    for (head, word) in [
        ("name=image; filename=a.pdf\r\nContent-Type: application/pdf", "application/pdf"),
        ("name=image; filename=a.heic\r\nContent-Type: image/heic", "image/heic"),
        ("name=image; filename=a\r\nContent-Type: image/<b>", "application/octet-stream"),
        ("name=image; filename=a", "application/octet-stream"),
    ] {
        let expected =
            format!(r#"{{"inputs":{{"image":"data:{word};base64,{}"}}}}"#, base64(b"%PDF"));
        assert_eq!(json_of(head, b"%PDF"), expected, "{head}");
    }
}

#[test]
fn a_part_s_parameters_are_read_in_quotes_and_without() {
    for (disposition, name, filename) in [
        (r#"form-data; name="a"; filename="b.jpg""#, Some("a"), Some("b.jpg")),
        (r"form-data; name=a; filename=b.jpg; filename*=utf-8''c.jpg", Some("a"), Some("b.jpg")),
        (r#"form-data; name="a"; filename="b; name=c.jpg""#, Some("a"), Some("b; name=c.jpg")),
        (
            r#"form-data; name="a"; filename="b\"; name=\"c.jpg""#,
            Some("a"),
            Some(r#"b"; name="c.jpg"#),
        ),
        (r#"form-data; filename="b;c"; name="a""#, Some("a"), Some("b;c")),
        (r#"form-data; name="a"; filename="b\""#, Some("a"), Some(r"b\")),
        (r#"form-data; name="a\b""#, Some("a\\b"), None),
        ("form-data", None, None),
        ("form-data; name", None, None),
        (r#"form-data; name=""#, Some(""), None),
    ] {
        assert_eq!(parameter(disposition, "name").as_deref(), name, "{disposition}");
        assert_eq!(parameter(disposition, "filename").as_deref(), filename, "{disposition}");
    }
}
