//! `multipart/form-data` on `/v1/run`: the pictures as files, a third smaller than in base64. It
//! becomes FASHN's JSON here, so that everything after it is judged in one place.
//!
//! | part | what |
//! |---|---|
//! | `model_name`, `consent`, `garment_signature`, `cache` | as in the JSON |
//! | `inputs` | inputs that are no text, as one JSON object: `{"num_samples":1,"seed":7}` |
//! | any other with a file | the picture of that input |
//! | any other | the text of that input: an address, a category |

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

/// The form as FASHN's JSON; or one fault, of `body` for what is no such form, of `inputs` for what
/// is no JSON object, of a picture that is none.
pub fn to_json(form: &[u8], boundary: &str) -> Result<Vec<u8>, FieldError> {
    let mut top = Vec::with_capacity(64);
    let mut inputs = Vec::with_capacity(form.len() / 3 * 4 + 1_024);
    for part in parts(form, boundary).map_err(|message| FieldError::new("body", message))? {
        match (part.name, part.is_file) {
            ("model_name" | "consent" | "garment_signature", false) => part.write_text(&mut top)?,
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
                    let message = "must be a JSON object of the inputs that are no text";
                    FieldError::new("inputs", message)
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
                    let message = "is no picture: send JPEG, PNG or WebP";
                    FieldError::new(format!("inputs.{name}"), message)
                })?;
                entry(&mut inputs, name);
                inputs.extend_from_slice(b"\"data:");
                inputs.extend_from_slice(media_type.as_bytes());
                inputs.extend_from_slice(b";base64,");
                base64_simd::STANDARD.encode_append(part.content, &mut inputs);
                inputs.push(b'"');
            }
            (_, false) => part.write_text(&mut inputs)?,
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

struct Part<'f> {
    name: &'f str,
    is_file: bool,
    media_type: &'f str,
    content: &'f [u8],
}

impl<'f> Part<'f> {
    fn write_text(&self, json: &mut Vec<u8>) -> Result<(), FieldError> {
        let text = std::str::from_utf8(self.content)
            .map_err(|_| FieldError::new(self.name, "is not UTF-8"))?;
        entry(json, self.name);
        quote(json, text);
        Ok(())
    }

    /// What the sender says, if it is a picture's type; else what its first bytes say.
    fn picture_type(&self) -> Option<&'f str> {
        let is_picture = self.media_type.starts_with("image/");
        if is_picture && picture_type::is_plain(self.media_type) {
            return Some(self.media_type);
        }
        picture_type::sniff(self.content)
    }
}

/// The parts of a form, or what is wrong with it.
fn parts<'f>(form: &'f [u8], boundary: &str) -> Result<Vec<Part<'f>>, &'static str> {
    const BROKEN: &str = "is no multipart/form-data: a part is broken, or the end is missing";
    let delimiter = ["\r\n--", boundary].concat().into_bytes();
    // The first delimiter has no line before it, or a preamble that says nothing.
    let opened = form.strip_prefix(delimiter.get(2..).unwrap_or_default());
    let mut rest = match opened {
        Some(rest) => rest,
        None => split_once(form, &delimiter).ok_or(BROKEN)?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() == PARTS_MAX {
            return Err("has too many parts");
        }
        let (blanks, part) = split_once(rest, b"\r\n").ok_or(BROKEN)?;
        if !blanks.iter().all(|byte| b" \t".contains(byte)) {
            return Err(BROKEN);
        }
        let (head, content) = split_once(part, b"\r\n\r\n").ok_or(BROKEN)?;
        let (content, after) = split_once(content, &delimiter).ok_or(BROKEN)?;
        let head = std::str::from_utf8(head).map_err(|_| BROKEN)?;
        let header = |wanted: &str| {
            head.split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let disposition = header("content-disposition").ok_or(BROKEN)?;
        parts.push(Part {
            name: parameter(disposition, "name").ok_or(BROKEN)?,
            is_file: parameter(disposition, "filename").is_some()
                || parameter(disposition, "filename*").is_some(),
            media_type: header("content-type").unwrap_or_default(),
            content,
        });
        rest = after;
    }
    Ok(parts)
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

/// What is before the first `needle` and what is after it, by Horspool: a boundary's length is
/// stepped over at a time, so that a photograph of 8 MB is looked at in a few hundred thousand
/// places.
fn split_once<'b>(haystack: &'b [u8], needle: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let last = needle.len().checked_sub(1)?;
    let mut steps = [needle.len(); 256];
    for (at, byte) in needle.iter().take(last).enumerate() {
        if let Some(step) = steps.get_mut(usize::from(*byte)) {
            *step = last - at;
        }
    }
    let mut at = 0;
    loop {
        let (before, rest) = haystack.split_at_checked(at)?;
        if let Some(after) = rest.strip_prefix(needle) {
            return Some((before, after));
        }
        at += steps.get(usize::from(*rest.get(last)?)).copied().unwrap_or(1);
    }
}

#[cfg(test)]
mod tests;
