//! A picture as an input names it: an address, or the picture itself in base64.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// `image URL | base64`, as FASHN's pages write it. It can't be printed: it may be a shopper's
/// photograph or an address that leads to one.
#[derive(Clone, PartialEq)]
pub enum Image<'a> {
    /// An address; what kind of address is allowed is the reader's rule.
    Url(Cow<'a, str>),
    /// `data:image/…;base64,…`
    Data(DataUrl<'a>),
}

/// A data URL with canonical base64 as data. None of its characters needs an escape in JSON. It is
/// kept as bytes, known to be ASCII since they were checked: to validate megabytes as UTF-8 takes as
/// long as that check.
#[derive(Clone, PartialEq)]
pub struct DataUrl<'a> {
    text: Cow<'a, [u8]>,
    base64_start: usize,
    /// What is written before the data, if it isn't what came.
    prefix: Option<&'static str>,
    placeholder: Option<String>,
}

/// What a picture is in a run: a merchant treats a shopper's photograph otherwise than a product's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A shopper or a model: `model_image`, `face_image`, …
    Person,
    /// What is sold: `garment_image`, `product_image`.
    Product,
    /// Anything else that guides the run: a mask, a background, the last frame.
    Reference,
}

/// A requirement of each picture beyond its form.
pub trait ImageRule {
    /// Accepts the picture, an address in its normal form.
    ///
    /// # Errors
    /// What is wrong with the picture and what to do, a sentence without its subject.
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String>;
}

/// Accepts every picture that FASHN's pages do: of a data URL they want the prefix
/// `data:image/TYPE;base64,`.
pub struct AnyImage;

impl ImageRule for AnyImage {
    fn accept<'a>(&self, _: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        match &image {
            Image::Data(data) if !data.is_called_image() => Err(FORM.to_owned()),
            Image::Data(_) | Image::Url(_) => Ok(image),
        }
    }
}

impl<'a> Image<'a> {
    /// Reads an image input. Only the form is checked.
    ///
    /// # Errors
    /// A sentence on the form: an empty string, or a data URL that is not `data:TYPE;base64,DATA`.
    /// Senders that don't know a picture's type say `application/octet-stream` or nothing, so the
    /// type is the rule's to judge.
    pub fn read(text: Cow<'a, str>) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("is empty: give an https address or a data URL");
        }
        if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            let bytes = match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
            return DataUrl::read(bytes).map(Self::Data);
        }
        Ok(Self::Url(text))
    }

    /// The input as FASHN takes it.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Url(url) => Cow::Borrowed(url),
            Self::Data(data) => data.to_text(),
        }
    }
}

impl<'a> DataUrl<'a> {
    /// Reads a data URL.
    ///
    /// # Errors
    /// A sentence on the form.
    pub fn read(text: Cow<'a, [u8]>) -> Result<Self, &'static str> {
        let base64_start = base64_start(&text)?;
        let base64 = text.get(base64_start..).unwrap_or_default();
        if base64.is_empty() {
            return Err("is not a picture: the data URL has no data");
        }
        if base64_simd::STANDARD.check(base64).is_err() {
            return Err(
                "is not a picture: the data URL's data is not base64 (standard alphabet, padded, no spaces)",
            );
        }
        Ok(Self { text, base64_start, prefix: None, placeholder: None })
    }

    /// Reads the valid data URL that a text begins with and a quote ends. The check itself finds
    /// the end, so megabytes are read once.
    pub fn read_to_quote(text: &'a [u8]) -> Option<Self> {
        let base64_start = base64_start(text).ok()?;
        let mut end = base64_start;
        while let Some(block) = text.get(end..end + BLOCK_CHARS)
            && base64_simd::STANDARD_NO_PAD.check(block).is_ok()
        {
            end += BLOCK_CHARS;
        }
        let last = text.get(end..)?;
        let last = last.get(..memchr::memchr(b'"', last)?)?;
        base64_simd::STANDARD.check(last).ok()?;
        end += last.len();
        (end > base64_start).then_some(Self {
            text: Cow::Borrowed(text.get(..end)?),
            base64_start,
            prefix: None,
            placeholder: None,
        })
    }

    /// The same picture with another beginning: `data:image/jpeg;base64,`. A sender's word for the
    /// type may be wrong, and FASHN gets the right one.
    pub fn with_prefix(self, prefix: &'static str) -> Self {
        let is_another = self.prefix() != prefix.as_bytes();
        Self { prefix: is_another.then_some(prefix), ..self }
    }

    /// What is written before the data.
    pub fn prefix(&self) -> &[u8] {
        let came = self.text.get(..self.base64_start).unwrap_or_default();
        self.prefix.map_or(came, str::as_bytes)
    }

    /// The same picture, written to JSON as this text, so that an object with pictures can be
    /// written without their megabytes.
    pub fn with_placeholder(self, placeholder: String) -> Self {
        Self { placeholder: Some(placeholder), ..self }
    }

    /// The text that is written to JSON in place of the picture.
    pub fn placeholder(&self) -> Option<&str> {
        self.placeholder.as_deref()
    }

    /// The whole data URL as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// The whole data URL as it is written, which reads each byte.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self.prefix {
            None => Cow::Borrowed(ascii(&self.text)),
            Some(prefix) => Cow::Owned([prefix, ascii(self.base64())].concat()),
        }
    }

    /// The whole data URL as it came.
    pub fn into_text(self) -> Cow<'a, str> {
        match self.text {
            Cow::Borrowed(bytes) => Cow::Borrowed(ascii(bytes)),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_default()),
        }
    }

    /// The declared type: `image/jpeg` of `data:image/jpeg;base64,…`.
    pub fn media_type(&self) -> &str {
        let head = self.text.get(5..self.base64_start).unwrap_or_default();
        ascii(head).split(';').next().unwrap_or_default()
    }

    /// Whether the declared type is an image's.
    pub fn is_called_image(&self) -> bool {
        let start = self.media_type().as_bytes().get(..6);
        start.is_some_and(|start| start.eq_ignore_ascii_case(b"image/"))
            && self.media_type().len() > 6
    }

    /// The base64 text, canonical.
    pub fn base64(&self) -> &[u8] {
        self.text.get(self.base64_start..).unwrap_or_default()
    }

    /// The picture's size in bytes once decoded.
    pub fn byte_len(&self) -> usize {
        let base64 = self.base64();
        let padding = base64.iter().rev().take_while(|byte| **byte == b'=').count();
        (base64.len() / 4 * 3).saturating_sub(padding)
    }

    /// Bytes of the picture from `start`, at least `wanted` of them where there are so many.
    pub fn slice(&self, start: usize, wanted: usize) -> Vec<u8> {
        let text = self.base64();
        // Four characters are three bytes.
        let from = (start / 3 * 4).min(text.len());
        let end = from.saturating_add((start % 3 + wanted).div_ceil(3) * 4).min(text.len());
        let groups = text.get(from..end).unwrap_or_default();
        let mut bytes = base64_simd::STANDARD.decode_to_vec(groups).unwrap_or_default();
        bytes.drain(..(start % 3).min(bytes.len()));
        bytes
    }

    /// The whole picture.
    pub fn decode(&self) -> Vec<u8> {
        base64_simd::STANDARD.decode_to_vec(self.base64()).unwrap_or_default()
    }
}

/// How much base64 is checked at once while its end isn't known: whole groups of four, which need
/// no padding.
const BLOCK_CHARS: usize = 1 << 15;

const FORM: &str = "is not a picture: a data URL must begin with data:image/TYPE;base64,";

/// Where the data of a data URL begins.
fn base64_start(text: &[u8]) -> Result<usize, &'static str> {
    // The prefix is short; a comma is not looked for in megabytes.
    let head = text.get(..64).unwrap_or(text);
    let comma = head.iter().position(|byte| *byte == b',').ok_or(FORM)?;
    let kind = head.get(..comma).ok_or(FORM)?;
    let is_whole = kind.ends_with(b";base64") && kind.iter().copied().all(needs_no_escape);
    if is_whole { Ok(comma + 1) } else { Err(FORM) }
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn needs_no_escape(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

impl Serialize for Image<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Url(url) => serializer.serialize_str(url),
            Self::Data(data) => match data.placeholder() {
                Some(placeholder) => serializer.serialize_str(placeholder),
                None => serializer.serialize_str(&data.to_text()),
            },
        }
    }
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => out.write_str("Image(url)"),
            Self::Data(data) => data.fmt(out),
        }
    }
}

impl fmt::Debug for DataUrl<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Image({} bytes)", self.byte_len())
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Image<'_> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::picture()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Image<'_> {}
