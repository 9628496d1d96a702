//! A body without its large pictures: what the JSON reader has to look at. A photograph is found, judged and taken out where
//! it lies, at the speed of memory; the reader, which looks at each character, is left with a few hundred.

use std::borrow::Cow;

use crate::image::DataUrl;

/// A string that is shorter is not worth taking out.
const LARGE_CHARS: usize = 4_096;

/// What stands in a picture's place. Where it stands tells it from a string of the body's own.
const PLACEHOLDER: &[u8] = b"#";

/// A body and the large pictures in it.
#[derive(Debug)]
pub struct ExtractedBody<'a> {
    whole: &'a [u8],
    text: Cow<'a, [u8]>,
    /// Each with its place in the text, in this order.
    pictures: Vec<(usize, DataUrl<'a>)>,
}

impl<'a> ExtractedBody<'a> {
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
            text.extend_from_slice(PLACEHOLDER);
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
        let place = self.text.get(*at..at + PLACEHOLDER.len())?;
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
mod tests;
