//! `multipart/form-data` on `/v1/run`: the pictures as files, a third smaller than in base64. It
//! becomes FASHN's JSON here, so that everything after it is judged in one place.
//!
//! | part | what |
//! |---|---|
//! | `model_name`, `consent`, `garment_signature`, `cache` | as in the JSON |
//! | `inputs` | inputs that are no text, as one JSON object: `{"num_samples":1,"seed":7}` |
//! | any other that is a file | the picture of that input |
//! | any other | the text of that input: an address, a category |
//!
//! A part is what its bytes are, because senders differ in what they write around them: a browser
//! gives a `Blob` a file name, and others send a picture without one. `inputs[seed]`, as some write
//! nested fields, is `seed`.

use std::borrow::Cow;
use std::ops::Range;

use base64_simd::AsOut as _;
use fashn::fields::{FieldError, TEXT_BYTES_MOST};
use fashn::value::{Value, without_mark};

use crate::http::picture_type::{PictureType, is_plain};

/// More than any model has inputs.
const PARTS_MAX: usize = 48;

/// RFC 2046's bound.
const BOUNDARY_CHARS_MAX: usize = 70;

/// Of a part's head: names and types are short, and what isn't UTF-8 takes three times as much as text.
const HEAD_BYTES_MAX: usize = 8 << 10;

/// Of a picture, at a time: base64 has whole threes, and few pieces stay in the processor's cache.
const PIECE_BYTES: usize = 3 << 14;

/// The boundary in a `Content-Type: multipart/form-data; boundary=…`; `None` for any other type.
pub fn boundary(content_type: &str) -> Option<Cow<'_, str>> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    // RFC 2046, 5.1.1: a space too, but not as the last one.
    let plain = boundary
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte));
    let is_one = plain && !boundary.ends_with(' ');
    (is_one && (1..=BOUNDARY_CHARS_MAX).contains(&boundary.len())).then_some(boundary)
}

/// What the JSON of a form of so many bytes may take.
pub fn json_bytes(form_bytes: usize) -> usize {
    (form_bytes / 3).saturating_mul(4).saturating_add(1_024)
}

/// The form as FASHN's JSON; or one fault, of `body` for what is no such form, of `inputs` for what
/// is no JSON object. Whether a file is a picture is judged where all is judged.
pub fn to_json(form: Vec<u8>, boundary: &str) -> Result<Vec<u8>, FieldError> {
    let mut top = Vec::with_capacity(64);
    let mut large = Vec::new();
    // Behind the last of them.
    let mut inputs = Vec::with_capacity(256);
    for part in parts(&form, boundary).map_err(|message| FieldError::new("body", message))? {
        match part.name.as_str() {
            "model_name" | "consent" | "garment_signature" => part.write_text(&mut top)?,
            "cache" => {
                if let b"true" | b"false" = part.content {
                    entry(&mut top, &part.name);
                    top.extend_from_slice(part.content);
                } else {
                    part.write_text(&mut top)?;
                }
            }
            "inputs" => {
                let object = matches!(Value::parse(part.content), Ok(Value::Object(_)));
                let inner = without_mark(part.content).trim_ascii();
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
            _ if part.is_file && part.content.is_empty() => {}
            _ => match part.data_prefix() {
                Some(prefix) => {
                    entry(&mut inputs, part.input_name());
                    inputs.push(b'"');
                    inputs.extend_from_slice(prefix.as_bytes());
                    large.push(part.after(&mut inputs, Encoding::Base64));
                }
                None if part.is_long() && part.content.iter().copied().all(is_plain_in_json) => {
                    entry(&mut inputs, part.input_name());
                    inputs.push(b'"');
                    large.push(part.after(&mut inputs, Encoding::Plain));
                }
                None => part.write_text(&mut inputs)?,
            },
        }
    }
    entry(&mut top, "inputs");
    top.insert(0, b'{');
    top.push(b'{');
    inputs.extend_from_slice(b"}}");
    let json = in_place(form, &top, &large, &inputs);
    json.ok_or_else(|| FieldError::new("body", "is no form that becomes JSON"))
}

/// A content that stays where it is in the form until it is written into the JSON.
struct Large {
    /// The JSON between it and the one before.
    before: Vec<u8>,
    content: Range<usize>,
    encoding: Encoding,
}

enum Encoding {
    Base64,
    /// ASCII that JSON has as it is.
    Plain,
}

impl Large {
    fn encoded_bytes(&self) -> usize {
        match self.encoding {
            Encoding::Base64 => base64_simd::STANDARD.encoded_length(self.content.len()),
            Encoding::Plain => self.content.len(),
        }
    }
}

/// Writes the JSON over the form: a large picture is never in memory as it came and in base64 at
/// once. The form moves back so far that each picture ends behind its base64. Up to there the base64
/// is ahead of what it was made of by less, so nothing is written over before it was read.
fn in_place(form: Vec<u8>, first: &[u8], contents: &[Large], last: &[u8]) -> Option<Vec<u8>> {
    let (mut length, mut moved) = (first.len(), 0);
    for large in contents {
        length += large.before.len() + large.encoded_bytes();
        moved = length.saturating_sub(large.content.end).max(moved);
    }
    length += last.len();
    let (form_bytes, mut json) = (form.len(), form);
    json.resize(length.max(form_bytes + moved), 0);
    json.copy_within(..form_bytes, moved);
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    let mut at = write(&mut json, 0, first)?;
    for Large { before, content, encoding } in contents {
        at = write(&mut json, at, before)?;
        let (start, end) = (content.start + moved, content.end + moved);
        for start in (start..end).step_by(PIECE_BYTES) {
            piece.clear();
            piece.extend_from_slice(json.get(start..end.min(start + PIECE_BYTES))?);
            at = match encoding {
                Encoding::Base64 => {
                    let room = json.get_mut(at..)?.as_out();
                    at + base64_simd::STANDARD.encode(&piece, room).len()
                }
                Encoding::Plain => write(&mut json, at, &piece)?,
            };
        }
    }
    at = write(&mut json, at, last)?;
    json.truncate(at);
    Some(json)
}

/// Writes over what is there; where the next goes.
fn write(json: &mut [u8], at: usize, text: &[u8]) -> Option<usize> {
    let end = at.checked_add(text.len())?;
    json.get_mut(at..end)?.copy_from_slice(text);
    Some(end)
}

/// A character that JSON doesn't escape, in ASCII.
fn is_plain_in_json(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
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
    name: String,
    /// It has a file name.
    is_file: bool,
    media_type: String,
    /// Where its content begins in the form.
    start: usize,
    content: &'f [u8],
}

impl Part<'_> {
    fn write_text(&self, json: &mut Vec<u8>) -> Result<(), FieldError> {
        let name = self.input_name();
        if self.is_long() {
            return Err(FieldError::new(name, "is too long for a text that is no picture"));
        }
        let text =
            std::str::from_utf8(self.content).map_err(|_| FieldError::new(name, "is not UTF-8"))?;
        entry(json, name);
        quote(json, text);
        Ok(())
    }

    /// It is no text but of a picture in base64. JSON writes a control character in six: 15 MB of
    /// them would be all the memory there is.
    fn is_long(&self) -> bool {
        self.content.len() > TEXT_BYTES_MOST
    }

    /// Its content goes behind `json`, which begins anew behind it.
    fn after(&self, json: &mut Vec<u8>, encoding: Encoding) -> Large {
        let before = std::mem::replace(json, vec![b'"']);
        Large { before, content: self.start..self.start + self.content.len(), encoding }
    }

    fn input_name(&self) -> &str {
        let nested = self.name.strip_prefix("inputs[").and_then(|name| name.strip_suffix(']'));
        nested.unwrap_or(&self.name)
    }

    /// What begins the data URL of a picture, by its bytes; of a file that is none, by its sender's
    /// word. A text has none.
    fn data_prefix(&self) -> Option<Cow<'static, str>> {
        if let Some(picture) = PictureType::sniff(self.content) {
            return Some(picture.data_prefix().into());
        }
        let is_text = self.media_type.starts_with("text/") || !self.is_file;
        let declared = self.media_type.as_str();
        let word = if is_plain(declared) { declared } else { "application/octet-stream" };
        (!is_text || declared.starts_with("image/"))
            .then(|| ["data:", word, ";base64,"].concat().into())
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
        if head.len() > HEAD_BYTES_MAX {
            return Err("has a part whose head is too long");
        }
        let start = form.len() - content.len();
        let (content, after) = split_once(content, &delimiter).ok_or(BROKEN)?;
        // A file's name may be in any character set; nothing is made of it.
        let head = String::from_utf8_lossy(head);
        let header = |wanted: &str| {
            head.split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let disposition = header("content-disposition").ok_or(BROKEN)?;
        let media_type = header("content-type").unwrap_or_default();
        parts.push(Part {
            name: parameter(disposition, "name").ok_or(BROKEN)?.into_owned(),
            is_file: parameter(disposition, "filename").is_some()
                || parameter(disposition, "filename*").is_some(),
            media_type: media_type.split(';').next().unwrap_or_default().trim().to_owned(),
            start,
            content,
        });
        rest = after;
    }
    Ok(parts)
}

/// A parameter of a header's value, without its quotes. The first one counts: browsers write `name`
/// before `filename`.
fn parameter<'h>(value: &'h str, wanted: &str) -> Option<Cow<'h, str>> {
    let mut rest = value;
    loop {
        let (name, text, after) = next_parameter(rest)?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = after;
    }
}

/// The next `name=value` of a list with semicolons, and what is after it; what is no such pair, as
/// the disposition's own type, is passed over. In quotes a semicolon is a letter, and a backslash
/// makes one of a quote (RFC 9110, 5.6.4). Browsers write a quote as `%22` and a backslash as it is.
fn next_parameter(list: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let mut rest = list;
    loop {
        let at = rest.find(['=', ';'])?;
        let (name, after) = rest.split_at(at);
        if let Some(after) = after.strip_prefix(';') {
            rest = after;
            continue;
        }
        let value = after.strip_prefix('=')?.trim_start();
        let name = name.trim();
        let Some(quoted) = value.strip_prefix('"') else {
            let (text, after) = value.split_once(';').unwrap_or((value, ""));
            return Some((name, text.trim().into(), after));
        };
        let mut end = 0;
        let is_closing = |end| !quoted.get(..end).unwrap_or_default().ends_with('\\');
        while let Some(more) = quoted.get(end..).and_then(|rest| rest.find('"')) {
            end += more;
            if is_closing(end) {
                let text = quoted.get(..end).unwrap_or_default();
                let is_escaped = text.contains("\\\"");
                let text = if is_escaped { text.replace("\\\"", "\"").into() } else { text.into() };
                return Some((name, text, quoted.get(end + 1..).unwrap_or_default()));
            }
            end += 1;
        }
        // A file name may end in a backslash of its own.
        return Some((name, quoted.trim_end_matches('"').into(), ""));
    }
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
