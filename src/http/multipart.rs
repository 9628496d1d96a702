//! `multipart/form-data` on `/v1/run`: the pictures as files, a third smaller than in base64. It
//! becomes FASHN's JSON here, so that everything after it is judged in one place.
//!
//! | part | what |
//! |---|---|
//! | `model_name`, `consent`, `garment_signature`, `cache` | as in the JSON |
//! | `inputs` | inputs that are no text, as one JSON object: `{"num_samples":1,"seed":7}` |
//! | any other with a file | the picture of that input |
//! | any other | the text of that input: an address, a category |

use std::borrow::Cow;

use fashn::fields::FieldError;
use fashn::value::Value;

use crate::http::picture_type;

/// More than any model has inputs.
const PARTS_MAX: usize = 48;

/// RFC 2046's bound.
const BOUNDARY_CHARS_MAX: usize = 70;

/// The boundary in a `Content-Type: multipart/form-data; boundary=…`; `None` for any other type.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    let plain = boundary
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte));
    (plain && (1..=BOUNDARY_CHARS_MAX).contains(&boundary.len())).then_some(boundary)
}

/// The form as FASHN's JSON.
///
/// # Errors
/// One fault: of `body` for what is no such form, of `inputs` for what is no JSON object, of a
/// picture that is none.
pub fn to_json(form: &[u8], boundary: &str) -> Result<Vec<u8>, FieldError> {
    let mut top = Vec::with_capacity(64);
    let mut inputs = Vec::with_capacity(form.len() / 3 * 4 + 1_024);
    for part in Parts::of(form, boundary) {
        let part = part.map_err(|message| FieldError::new("body", message))?;
        match (part.name, part.is_file) {
            ("model_name" | "consent" | "garment_signature", false) => {
                entry(&mut top, part.name);
                quote(&mut top, part.text()?);
            }
            ("cache", false) => {
                entry(&mut top, part.name);
                match part.content {
                    b"true" | b"false" => top.extend_from_slice(part.content),
                    other => quote(&mut top, &String::from_utf8_lossy(other)),
                }
            }
            ("inputs", false) => {
                let object = matches!(Value::parse(part.content), Ok(Value::Object(_)));
                let inner = part.content.trim_ascii();
                let inner = inner.strip_prefix(b"{").and_then(|inner| inner.strip_suffix(b"}"));
                let inner = inner.filter(|_| object).ok_or_else(|| {
                    FieldError::new(
                        "inputs",
                        "must be a JSON object of the inputs that are no text",
                    )
                })?;
                if !inner.trim_ascii().is_empty() {
                    comma(&mut inputs);
                    inputs.extend_from_slice(inner);
                }
            }
            // A file field that was left empty.
            (_, true) if part.content.is_empty() => {}
            (name, true) => {
                let media_type = part.picture_type().ok_or_else(|| {
                    FieldError::new(
                        format!("inputs.{name}"),
                        "is no picture: send JPEG, PNG or WebP",
                    )
                })?;
                entry(&mut inputs, name);
                inputs.extend_from_slice(b"\"data:");
                inputs.extend_from_slice(media_type.as_bytes());
                inputs.extend_from_slice(b";base64,");
                base64_simd::STANDARD.encode_append(part.content, &mut inputs);
                inputs.push(b'"');
            }
            (name, false) => {
                entry(&mut inputs, name);
                quote(&mut inputs, part.text()?);
            }
        }
    }
    entry(&mut top, "inputs");
    // The larger one stays where it is.
    top.insert(0, b'{');
    top.push(b'{');
    inputs.splice(0..0, top);
    inputs.extend_from_slice(b"}}");
    Ok(inputs)
}

fn comma(json: &mut Vec<u8>) {
    if !json.is_empty() {
        json.push(b',');
    }
}

fn entry(json: &mut Vec<u8>, name: &str) {
    comma(json);
    quote(json, name);
    json.push(b':');
}

fn quote(json: &mut Vec<u8>, text: &str) {
    // A string always serialises.
    json.extend(serde_json::to_vec(text).unwrap_or_default());
}

/// One part of a form.
struct Part<'f> {
    name: &'f str,
    is_file: bool,
    media_type: &'f str,
    content: &'f [u8],
}

impl<'f> Part<'f> {
    fn text(&self) -> Result<&'f str, FieldError> {
        std::str::from_utf8(self.content).map_err(|_| FieldError::new(self.name, "is not UTF-8"))
    }

    /// What the sender says, if it is a picture's type; else what its first bytes say.
    fn picture_type(&self) -> Option<Cow<'f, str>> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte);
        let said = self.media_type.starts_with("image/") && self.media_type.bytes().all(plain);
        if said {
            return Some(Cow::Borrowed(self.media_type));
        }
        picture_type::sniff(self.content).map(Cow::Borrowed)
    }
}

/// The parts of a form, one after the other.
struct Parts<'f> {
    /// What comes after the delimiter that was found last; `None` after the closing one.
    rest: Option<&'f [u8]>,
    delimiter: Vec<u8>,
    seen: usize,
}

impl<'f> Parts<'f> {
    fn of(form: &'f [u8], boundary: &str) -> Self {
        let delimiter = ["\r\n--", boundary].concat().into_bytes();
        // The first delimiter has no line before it, or a preamble that says nothing.
        let opening = delimiter.get(2..).unwrap_or_default();
        let rest = if form.starts_with(opening) {
            form.get(opening.len()..)
        } else {
            find(form, &delimiter).and_then(|at| form.get(at + delimiter.len()..))
        };
        Self {
            // Without any delimiter it is no form, which the first step says.
            rest: Some(rest.unwrap_or_default()),
            delimiter,
            seen: 0,
        }
    }

    /// (1) The end, or a line's end after the delimiter. (2) The headers. (3) The content, up to
    /// the next delimiter.
    fn step(&mut self, rest: &'f [u8]) -> Result<Option<Part<'f>>, &'static str> {
        const BROKEN: &str = "is no multipart/form-data: a part is broken, or the end is missing";
        // (1)
        if rest.starts_with(b"--") {
            return Ok(None);
        }
        self.seen += 1;
        if self.seen > PARTS_MAX {
            return Err("has too many parts");
        }
        let rest = rest.trim_ascii_start_of_line().ok_or(BROKEN)?;
        // (2)
        let head_end = find(rest, b"\r\n\r\n").ok_or(BROKEN)?;
        let (head, rest) = rest.split_at_checked(head_end).ok_or(BROKEN)?;
        let rest = rest.get(4..).ok_or(BROKEN)?;
        let head = std::str::from_utf8(head).map_err(|_| BROKEN)?;
        // (3)
        let end = find(rest, &self.delimiter).ok_or(BROKEN)?;
        let (content, after) = rest.split_at_checked(end).ok_or(BROKEN)?;
        self.rest = after.get(self.delimiter.len()..);
        let header = |wanted: &str| {
            head.split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let disposition = header("content-disposition").ok_or(BROKEN)?;
        let name = parameter(disposition, "name").ok_or(BROKEN)?;
        Ok(Some(Part {
            name,
            is_file: parameter(disposition, "filename").is_some()
                || parameter(disposition, "filename*").is_some(),
            media_type: header("content-type").unwrap_or_default(),
            content,
        }))
    }
}

impl<'f> Iterator for Parts<'f> {
    type Item = Result<Part<'f>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        self.step(rest).transpose()
    }
}

trait Line {
    fn trim_ascii_start_of_line(&self) -> Option<&Self>;
}

impl Line for [u8] {
    /// What comes after blanks and a line's end.
    fn trim_ascii_start_of_line(&self) -> Option<&Self> {
        let blanks = self.iter().take_while(|byte| b" \t".contains(byte)).count();
        self.get(blanks..)?.strip_prefix(b"\r\n")
    }
}

/// A parameter of a header's value, without its quotes. The first one counts: browsers write `name`
/// before `filename`.
fn parameter<'h>(value: &'h str, wanted: &str) -> Option<&'h str> {
    value
        .split(';')
        .filter_map(|piece| piece.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, text)| text.trim_matches('"'))
}

/// Where `needle` is, by Horspool: a boundary's length is stepped over at a time, so that a
/// photograph of 8 MB is looked at in a few hundred thousand places.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let last = needle.len().checked_sub(1)?;
    let mut steps = [needle.len(); 256];
    for (at, byte) in needle.iter().take(last).enumerate() {
        if let Some(step) = steps.get_mut(usize::from(*byte)) {
            *step = last - at;
        }
    }
    let mut at = 0;
    while let Some(window) = haystack.get(at..at + needle.len()) {
        if window == needle {
            return Some(at);
        }
        let end = window.last().copied().unwrap_or_default();
        at += steps.get(usize::from(end)).copied().unwrap_or(1);
    }
    None
}

#[cfg(test)]
mod tests;
