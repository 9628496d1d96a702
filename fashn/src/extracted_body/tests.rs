use super::*;
use crate::value::Value;
use proptest::prelude::*;

fn photo(letter: char) -> String {
    let data = String::from(letter).repeat(LARGE_CHARS);
    format!("data:image/jpeg;base64,{data}")
}

#[test]
fn pictures_are_taken_out_and_put_in_again() {
    let body = r##"{"a":"PHOTO","#":"#","b":["PHOTO", "\"#"]}"##.replace("PHOTO", &photo('A'));
    let extracted = ExtractedBody::of(body.as_bytes());
    assert_eq!(extracted.text(), br##"{"a":"#","#":"#","b":["#", "\"#"]}"##);
    let Ok(Value::Object(entries)) = Value::of(&extracted) else { panic!("an object") };
    let [(_, Value::Data(a)), (_, Value::String(hash)), (_, Value::Array(list))] =
        entries.as_slice()
    else {
        panic!("{entries:?}")
    };
    assert_eq!((&*a.to_text(), &**hash), (&*photo('A'), "#"));
    let [Value::Data(b), Value::String(text)] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!((&*b.to_text(), &**text), (&*photo('A'), "\"#"));
}

#[test]
fn what_is_no_picture_without_fault_stays() {
    let photo = photo('A');
    for string in [
        photo.replace("image/", r"image\/"),
        photo.replace("base64,", ""),
        photo.replace('A', "é"),
        format!("{photo}="),
        format!(r"{photo}\n"),
        photo.replacen("data", "DATA", 1),
        photo.chars().take(LARGE_CHARS - 4).collect(),
    ] {
        let body = format!(r#"{{"a":"{string}"}}"#);
        let extracted = ExtractedBody::of(body.as_bytes());
        assert!(extracted.pictures.is_empty(), "{body:.60}");
    }
}

#[test]
fn where_a_body_is_broken_is_told_of_the_whole() {
    let body = format!(r#"{{"a":"{}","b":}}"#, photo('A'));
    let extracted = ExtractedBody::of(body.as_bytes());
    assert_eq!(extracted.pictures.len(), 1);
    assert_eq!(
        Value::of(&extracted).expect_err("broken").to_string(),
        "is not JSON: expected value at line 1 column 4132"
    );
}

/// Everything in a value, in its order.
fn texts(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Data(data) => vec![data.to_text().into_owned()],
        Value::String(text) => vec![text.to_string()],
        Value::Array(items) => {
            let items = items.iter().flat_map(texts);
            items.chain(["]".to_owned()]).collect()
        }
        Value::Object(entries) => {
            let entries = entries.iter().flat_map(|(name, value)| {
                let mut entry = texts(value);
                entry.insert(0, name.to_string());
                entry
            });
            entries.chain(["}".to_owned()]).collect()
        }
        other => vec![other.kind().to_owned()],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Its end is found as it is judged, block by block: what is taken out is what is without fault
    /// when it is read whole.
    #[test]
    fn a_picture_of_any_length_and_broken_anywhere_is_judged_as_it_is_whole(
        blocks in 0..4_usize,
        rest in prop_oneof![0..12_usize, 4_070..4_080_usize],
        padding in 0..4_usize,
        broken in prop::option::of((0.0..1.0_f64, prop::sample::select(vec![b'"', b'\\', b'=', b' ', 0xc3]))),
    ) {
        let data = [vec![b'A'; blocks * 32_768 + rest], vec![b'='; padding]].concat();
        let mut string = [b"data:image/png;base64,".as_slice(), &data].concat();
        if let Some((part, byte)) = broken {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of it")]
            let at = (part * string.len() as f64) as usize;
            string[at] = byte;
        }
        let whole = [b"[\"", string.as_slice(), b"\"]"].concat();
        let ends = string.iter().position(|byte| *byte == b'"').unwrap_or(string.len());
        let first = &string[..ends];
        let is_good = first.len() >= LARGE_CHARS && DataUrl::read(Cow::Borrowed(first)).is_ok();
        let extracted = ExtractedBody::of(&whole);
        let found: Vec<_> = extracted.pictures.iter().map(|(_, picture)| picture.bytes()).collect();
        prop_assert_eq!(found, if is_good { vec![first] } else { vec![] });
    }
}

proptest! {
    #[test]
    fn a_body_however_broken_is_read_as_it_is_whole(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", r"\", r#"\""#, r#""a":"#, r##""#""##, "1", "null", " ",
                "é", "\u{1}", "PHOTO", r#""PHOTO""#, r#""PHOTO","#, r#"["PHOTO",1]"#, r#"{"a":"PHOTO"}"#,
            ]),
            0..12,
        ),
    ) {
        let body = parts.concat().replace("PHOTO", &photo('A'));
        let extracted = ExtractedBody::of(body.as_bytes());
        match (Value::of(&extracted), Value::parse(body.as_bytes())) {
            (Ok(cut), Ok(whole)) => prop_assert!(texts(&cut) == texts(&whole)),
            (Err(cut), Err(whole)) => prop_assert_eq!(cut.to_string(), whole.to_string()),
            (cut, whole) => prop_assert!(false, "{:?} but {:?}", cut, whole),
        }
    }
}
