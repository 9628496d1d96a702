//! A body without its large pictures. A photograph is found, checked and taken out at the speed of
//! memory; the JSON reader, which looks at each character, is left with a few hundred characters.

use std::borrow::Cow;

use crate::image::DataUrl;

/// A shorter string stays in the body.
const LARGE_CHARS: usize = 4_096;

/// Stands in the text in place of a picture. Its position tells it from an equal string of the
/// body.
const PLACEHOLDER: &[u8] = b"#";

/// A body and the large pictures in it.
#[derive(Debug)]
pub struct ExtractedBody<'a> {
    whole: &'a [u8],
    text: Cow<'a, [u8]>,
    /// Each with its position in the text, in this order.
    pictures: Vec<(usize, DataUrl<'a>)>,
}

impl<'a> ExtractedBody<'a> {
    /// Takes the pictures out of a body. Text that is not JSON, or not a valid picture, stays for
    /// the reader to report.
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
            text.extend_from_slice(PLACEHOLDER);
            kept = end;
        }
        let text = if pictures.is_empty() {
            Cow::Borrowed(whole)
        } else {
            text.extend_from_slice(whole.get(kept..).unwrap_or_default());
            Cow::Owned(text)
        };
        Self { whole, text, pictures }
    }

    /// The body as it came.
    pub fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// The body with placeholders.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The picture with this number, if `string` is its placeholder in the text.
    pub fn picture_at(&self, number: usize, string: &str) -> Option<&DataUrl<'a>> {
        let (at, picture) = self.pictures.get(number)?;
        let place = self.text.get(*at..at + PLACEHOLDER.len())?;
        std::ptr::eq(place, string.as_bytes()).then_some(picture)
    }
}

/// The position behind the next quote; `from` must not be inside a string.
fn next_quote(json: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr::memchr(b'"', json.get(from..)?)? + 1)
}

/// The position of the quote that ends the string which begins at `start`.
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

/// The valid large picture that a string begins with, if it is one. No character of a picture needs
/// an escape, so the text is the string's value.
fn picture(json: &[u8]) -> Option<DataUrl<'_>> {
    if !json.starts_with(b"data:") {
        return None;
    }
    DataUrl::read_to_quote(json).filter(|picture| picture.bytes().len() >= LARGE_CHARS)
}

#[cfg(test)]
mod tests;
