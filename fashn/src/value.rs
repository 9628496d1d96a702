//! One JSON value, its strings borrowed from the body: a photograph of 8 MB in base64 is not
//! copied. Requests, answers and settings are all read through it, so that a Worker carries one
//! JSON reader.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

use crate::extracted_body::ExtractedBody;
use crate::image::DataUrl;

/// The most values that a body may hold. FASHN's requests stay below a hundred; without a limit a
/// body of braces and commas alone would take thirty times its size in memory.
pub const VALUES_MOST: usize = 4_096;

/// The most bytes of a name. An error quotes a name that is unknown.
pub const NAME_BYTES_MOST: usize = 1_024;

/// Why bytes can't be read as a value.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// Not JSON. The message names the place and quotes nothing of the body.
    #[error("is not JSON: {0}")]
    Syntax(serde_json::Error),
    /// Too many values.
    #[error("holds more than {VALUES_MOST} values")]
    TooMany,
    /// A name that is too long.
    #[error("holds a name of more than {NAME_BYTES_MOST} bytes")]
    LongName,
}

/// A JSON value.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number in the range of `i64`; `3.0` is one too, as in JSON there is one kind of
    /// number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A string, copied only if it had escapes.
    String(Cow<'a, str>),
    /// A string that is a large picture, which was taken out of the body.
    Data(DataUrl<'a>),
    /// An array's items.
    Array(Vec<Self>),
    /// An object's entries in the order they were sent, a name given twice still there twice.
    Object(Entries<'a>),
}

/// The entries of an object.
pub type Entries<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Value<'a> {
    /// Reads a body.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        read(bytes, None)
    }

    /// Reads a body without its large pictures, and puts each picture back in its place.
    ///
    /// # Errors
    /// [`DecodeError`], with the place in the whole body.
    pub fn of(extracted: &'a ExtractedBody<'a>) -> Result<Self, DecodeError> {
        read(extracted.text(), Some(extracted)).map_err(|error| {
            // Places count in the whole body.
            read(extracted.whole(), None).err().unwrap_or(error)
        })
    }

    /// The text, of a string.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(text) => Some(text),
            Self::Data(data) => Some(data.into_text()),
            _ => None,
        }
    }

    /// The value of an object's entry.
    pub fn entry(self, name: &str) -> Option<Self> {
        let Self::Object(entries) = self else { return None };
        entries.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The kind of value, in a sentence's words: "a string".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::String(_) | Self::Data(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Prints the kind alone: a value may be a shopper's photograph.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Value({})", self.kind())
    }
}

fn read<'a>(
    text: &'a [u8],
    extracted: Option<&'a ExtractedBody<'a>>,
) -> Result<Value<'a>, DecodeError> {
    let mut reader = serde_json::Deserializer::from_slice(without_mark(text));
    let mut reading = Reading { left: VALUES_MOST, has_long_name: false, extracted, pictures: 0 };
    AnyValue(&mut reading)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| {
            // Syntax apart, the only errors are these.
            match (error.is_data(), reading.has_long_name) {
                (true, true) => DecodeError::LongName,
                (true, false) => DecodeError::TooMany,
                (false, _) => DecodeError::Syntax(error),
            }
        })
}

/// The text without the byte order mark that some writers of files begin with; JSON has none (RFC
/// 8259, 8.1: a parser may ignore it).
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// The progress of reading a body.
struct Reading<'a> {
    /// Values that may still come.
    left: usize,
    has_long_name: bool,
    extracted: Option<&'a ExtractedBody<'a>>,
    /// Pictures that were put back.
    pictures: usize,
}

/// Reads any value.
struct AnyValue<'r, 'a>(&'r mut Reading<'a>);

impl<'de> DeserializeSeed<'de> for AnyValue<'_, 'de> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.left = self.0.left.checked_sub(1).ok_or_else(|| D::Error::custom(""))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue<'_, 'de> {
    type Value = Value<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Integer(value))
    }
    #[expect(clippy::cast_precision_loss, reason = "a number beyond i64 is out of every range")]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Value::Number(value as f64), Value::Integer))
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, so exact")]
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = value.fract() == 0.0 && value.abs() <= EXACT;
        Ok(if whole { Value::Integer(value as i64) } else { Value::Number(value) })
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        let Reading { extracted, pictures, .. } = self.0;
        if let Some(picture) = extracted.and_then(|all| all.picture_at(*pictures, value)) {
            *pictures += 1;
            return Ok(Value::Data(picture.clone()));
        }
        Ok(Value::String(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(AnyValue(self.0))? {
            kept.push(item);
        }
        Ok(Value::Array(kept))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::with_capacity(16);
        while let Some(name) = entries.next_key_seed(Name(&mut self.0.has_long_name))? {
            kept.push((name, entries.next_value_seed(AnyValue(self.0))?));
        }
        Ok(Value::Object(kept))
    }
}

/// Reads a key, borrowed where it has no escapes; whether it was too long.
struct Name<'r>(&'r mut bool);

impl Name<'_> {
    fn require_short<E: de::Error>(self, key: &str) -> Result<(), E> {
        *self.0 = key.len() > NAME_BYTES_MOST;
        if *self.0 { Err(E::custom("")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }
    fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
        self.require_short(key)?;
        Ok(Cow::Borrowed(key))
    }
    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        self.require_short(key)?;
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests;
