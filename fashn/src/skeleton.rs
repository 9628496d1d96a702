//! A body without its large pictures: what the JSON reader has to look at. A photograph is found, judged and taken out where
//! it lies, at the speed of memory; the reader, which looks at each character, is left with a few hundred.

use std::borrow::Cow;

use crate::image::DataUrl;

/// A string that is shorter is not worth taking out.
const LARGE_CHARS: usize = 4_096;

/// What stands in a picture's place. Where it stands tells it from a string of the body's own.
const PLACE: &[u8] = b"#";

/// A body and the large pictures in it.
#[derive(Debug)]
pub struct Skeleton<'a> {
    whole: &'a [u8],
    text: Cow<'a, [u8]>,
    /// Each with its place in the text, in this order.
    pictures: Vec<(usize, DataUrl<'a>)>,
}

impl<'a> Skeleton<'a> {
    /// Takes the pictures out of a body. What is no JSON, or no picture, stays as it is for the reader to tell of.
    #[must_use]
    pub fn of(whole: &'a [u8]) -> Self {
        let mut text = Vec::new();
        let mut pictures = Vec::new();
        let (mut kept, mut at) = (0, 0);
        while let Some(start) = next_quote(whole, at) {
            let Some(picture) = whole.get(start..).and_then(picture) else {
                let Some(end) = string_end(whole, start) else {
                    break;
                };
                at = end + 1;
                continue;
            };
            let end = start + picture.bytes().len();
            at = end + 1;
            text.extend_from_slice(whole.get(kept..start).unwrap_or_default());
            pictures.push((text.len(), picture));
            text.extend_from_slice(PLACE);
            kept = end;
        }
        let text = if pictures.is_empty() {
            Cow::Borrowed(whole)
        } else {
            text.extend_from_slice(whole.get(kept..).unwrap_or_default());
            Cow::Owned(text)
        };
        Self {
            whole,
            text,
            pictures,
        }
    }

    /// The body as it came.
    #[must_use]
    pub fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// What is left of it.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The picture in whose place a string of the text stands, if it is the one of this number.
    #[must_use]
    pub fn picture_at(&self, number: usize, string: &str) -> Option<&DataUrl<'a>> {
        let (at, picture) = self.pictures.get(number)?;
        let place = self.text.get(*at..at + PLACE.len())?;
        std::ptr::eq(place, string.as_bytes()).then_some(picture)
    }
}

/// Behind the next quote, from a place that is in no string.
fn next_quote(json: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr::memchr(b'"', json.get(from..)?)? + 1)
}

/// Where the quote is that ends the string which begins here.
fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let end = at + memchr::memchr2(b'"', b'\\', json.get(at..)?)?;
        if json.get(end) == Some(&b'"') {
            return Some(end);
        }
        at = end + 2;
    }
}

/// The large picture without fault that a string is which begins here. No character of one needs an escape, so it is the string's
/// value as it stands.
fn picture(json: &[u8]) -> Option<DataUrl<'_>> {
    if !json.starts_with(b"data:") {
        return None;
    }
    DataUrl::read_to_quote(json).filter(|picture| picture.bytes().len() >= LARGE_CHARS)
}

#[cfg(test)]
mod tests {
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
        let skeleton = Skeleton::of(body.as_bytes());
        assert_eq!(skeleton.text(), br##"{"a":"#","#":"#","b":["#", "\"#"]}"##);
        let Ok(Value::Object(entries)) = Value::of(&skeleton) else {
            panic!("an object")
        };
        let [
            (_, Value::Data(a)),
            (_, Value::String(hash)),
            (_, Value::Array(list)),
        ] = entries.as_slice()
        else {
            panic!("{entries:?}")
        };
        assert_eq!((a.as_str(), &**hash), (&*photo('A'), "#"));
        let [Value::Data(b), Value::String(text)] = list.as_slice() else {
            panic!("{list:?}")
        };
        assert_eq!((b.as_str(), &**text), (&*photo('A'), "\"#"));
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
            let skeleton = Skeleton::of(body.as_bytes());
            assert!(skeleton.pictures.is_empty(), "{body:.60}");
        }
    }

    #[test]
    fn where_a_body_is_broken_is_told_of_the_whole() {
        let body = format!(r#"{{"a":"{}","b":}}"#, photo('A'));
        let skeleton = Skeleton::of(body.as_bytes());
        assert_eq!(skeleton.pictures.len(), 1);
        assert_eq!(
            Value::of(&skeleton).expect_err("broken").to_string(),
            "is not JSON: expected value at line 1 column 4132"
        );
    }

    /// Everything in a value, in its order.
    fn texts(value: &Value<'_>) -> Vec<String> {
        match value {
            Value::Data(data) => vec![data.as_str().to_owned()],
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

        /// Its end is found as it is judged, block by block: what is taken out is what is without fault when it is read whole.
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
            let skeleton = Skeleton::of(&whole);
            let found: Vec<_> = skeleton.pictures.iter().map(|(_, picture)| picture.bytes()).collect();
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
            let skeleton = Skeleton::of(body.as_bytes());
            match (Value::of(&skeleton), Value::parse(body.as_bytes())) {
                (Ok(cut), Ok(whole)) => prop_assert!(texts(&cut) == texts(&whole)),
                (Err(cut), Err(whole)) => prop_assert_eq!(cut.to_string(), whole.to_string()),
                (cut, whole) => prop_assert!(false, "{:?} but {:?}", cut, whole),
            }
        }
    }
}
