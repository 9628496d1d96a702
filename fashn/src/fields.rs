//! Reads an object field by field and reports all errors at once: a model's inputs, an answer of
//! FASHN's, a merchant's policy.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use thiserror::Error;

use crate::choice::{Choice, must_be_one_of};
use crate::image::{AnyImage, Image, ImageRule, Role};
use crate::value::{DecodeError, Entries, Value};

/// The most bytes of a text that is no picture, a prompt's for example: what is accepted is copied
/// several times.
pub const TEXT_BYTES_MOST: usize = 65_536;

/// Stands for a picture that is missing or wrong, beside the error that says so.
const NO_PICTURE: Image<'static> = Image::Url(Cow::Borrowed(""));

/// One thing wrong with a request: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Fault))]
pub struct FieldError {
    /// The field's path from the body's root: `inputs.seed`.
    pub path: String,
    /// A sentence without its subject: "must be one of: png, jpeg".
    pub message: String,
}

impl FieldError {
    /// The error of the field at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Everything that is wrong with an object; never empty.
#[derive(Debug, PartialEq, Eq, Error)]
pub struct FieldErrors(pub Vec<FieldError>);

impl fmt::Display for FieldErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for error in &self.0 {
            for part in [between, &error.path, " ", &error.message] {
                out.write_str(part)?;
            }
            between = "; ";
        }
        Ok(())
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

/// An object while it is read. Every method takes one field; when the field is wrong, the method
/// collects an error and returns `None`. [`Fields::finish`] returns the errors, one for each
/// unknown field included. An optional field that is `null` counts as left out: FASHN's pages are
/// silent, and SDKs send it so.
pub struct Fields<'a, 'r> {
    entries: Entries<'a>,
    /// The prefix of a field's path: `inputs.`
    above: String,
    /// What an unknown field is not: "an input of this model". `None` ignores unknown fields.
    part: Option<&'static str>,
    known: Vec<&'static str>,
    given: Vec<&'static str>,
    rule: &'r dyn ImageRule,
    errors: Vec<FieldError>,
}

impl<'a, 'r> Fields<'a, 'r> {
    /// The inputs of a model.
    pub fn inputs(entries: Entries<'a>, rule: &'r dyn ImageRule) -> Self {
        Self {
            above: "inputs.".to_owned(),
            rule,
            ..Self::of(entries, Some("an input of this model"))
        }
    }

    /// An object that is a whole body, each of its fields `part`: "a field of this table".
    ///
    /// # Errors
    /// See [`object`].
    pub fn parse(bytes: &'a [u8], part: &'static str) -> Result<Self, FieldError> {
        object(bytes).map(|entries| Self::of(entries, Some(part)))
    }

    /// An answer of FASHN's. Unknown fields are ignored, because FASHN may add to its answers.
    ///
    /// # Errors
    /// See [`object`].
    pub fn answer(bytes: &'a [u8]) -> Result<Self, FieldError> {
        object(bytes).map(|entries| Self::of(entries, None))
    }

    /// The next object of a table with free names, and its name. Pass it to [`Fields::close`] once
    /// it is read. An entry that is not an object is an error, and so is a name given twice.
    pub fn open_next(&mut self) -> Option<(String, Self)> {
        while !self.entries.is_empty() {
            let (name, value) = self.entries.remove(0);
            let twice = self.entries.iter().any(|(known, _)| *known == name);
            match value {
                Value::Object(entries) if !twice => {
                    let within = Self {
                        above: [&self.above, &*name, "."].concat(),
                        ..Self::of(entries, self.part)
                    };
                    return Some((name.into_owned(), within));
                }
                _ if twice => self.add_error(&name, "is given twice"),
                _ => self.add_error(&name, "must be an object"),
            }
        }
        None
    }

    fn of(entries: Entries<'a>, part: Option<&'static str>) -> Self {
        Self {
            entries,
            above: String::new(),
            part,
            known: Vec::new(),
            given: Vec::new(),
            rule: &AnyImage,
            errors: Vec::new(),
        }
    }

    /// The object in a field. Pass it to [`Fields::close`] once it is read.
    pub fn open(&mut self, name: &'static str) -> Option<Self> {
        match self.take(name)? {
            Value::Object(entries) => Some(Self {
                above: [&self.above, name, "."].concat(),
                rule: self.rule,
                ..Self::of(entries, self.part)
            }),
            other => {
                self.add_error(name, format!("must be an object, not {}", other.kind()));
                None
            }
        }
    }

    /// Takes over the errors of an object that was opened.
    pub fn close(&mut self, within: Self) {
        self.errors.extend(within.finish());
    }

    /// Whether a field that was read had a value, even a wrong one: for combination rules.
    pub fn was_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// Adds an error of a field that was read, such as a combination that isn't allowed.
    pub fn add_error(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new([&self.above, name].concat(), message));
    }

    /// A picture. One that is wrong is replaced by `NO_PICTURE`, so that all that goes by the
    /// other inputs is judged too.
    pub fn image(&mut self, name: &'static str, role: Role) -> Option<Image<'a>> {
        let image = match self.take(name)? {
            Value::Data(data) => Ok(Image::Data(data)),
            Value::String(text) => Image::read(text).map_err(str::to_owned),
            other => {
                Err(format!("must be a string: an image URL or a data URL, not {}", other.kind()))
            }
        };
        let accepted = image.and_then(|image| self.rule.accept(role, image));
        Some(accepted.unwrap_or_else(|message| {
            self.add_error(name, message);
            NO_PICTURE
        }))
    }

    /// A picture that must be there.
    pub fn required_image(&mut self, name: &'static str, role: Role) -> Image<'a> {
        self.required(name, |fields| fields.image(name, role)).unwrap_or(NO_PICTURE)
    }

    /// A text that must be there and say something.
    pub fn required_text(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        let text = self.required(name, |fields| fields.text(name))?;
        if text.trim().is_empty() {
            self.add_error(name, "is required and must not be empty");
            return None;
        }
        Some(text)
    }

    /// A text; an empty one is FASHN's own default for prompts.
    pub fn text(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            Value::Data(data) => data.into_text(),
            other => {
                self.add_error(name, format!("must be a string, not {}", other.kind()));
                return None;
            }
        };
        if text.len() > TEXT_BYTES_MOST {
            self.add_error(name, format!("has more than {TEXT_BYTES_MOST} bytes"));
            return None;
        }
        Some(text)
    }

    /// A field of an answer as it is, without an error whatever it is: an answer isn't lost over one
    /// field. Of a field given twice, the first.
    pub fn value(&mut self, name: &str) -> Option<Value<'a>> {
        let first = self.entries.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.entries.remove(first);
        self.entries.retain(|(known, _)| known != name);
        Some(value)
    }

    /// A text that must be there, even an empty one.
    pub fn required_string(&mut self, name: &'static str) -> Option<String> {
        self.required(name, |fields| fields.text(name)).map(Cow::into_owned)
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let texts = match self.take(name)? {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text.into_owned()),
                    // None of FASHN's lists holds pictures.
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.add_error(name, "must be a list of strings");
        }
        texts
    }

    /// Values of a list, in a list.
    pub fn choices<T: Choice>(&mut self, name: &'static str) -> Option<Vec<T>> {
        let texts = self.texts(name)?;
        let chosen: Option<Vec<T>> = texts.iter().map(|text| T::named(text)).collect();
        if chosen.is_none() {
            let each = must_be_one_of::<T>();
            self.add_error(name, format!("is a list, and each in it {each}"));
        }
        chosen
    }

    /// One value of a list.
    pub fn choice<T: Choice>(&mut self, name: &'static str) -> Option<T> {
        let value = self.take(name)?;
        let chosen = match &value {
            Value::String(text) => T::named(text),
            // `duration` is a list of numbers.
            Value::Integer(number) => T::named(&number.to_string()),
            _ => None,
        };
        if chosen.is_none() {
            self.add_error(name, must_be_one_of::<T>());
        }
        chosen
    }

    /// A whole number within a range.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(name)?;
        let number = match value {
            Value::Integer(number) => {
                u32::try_from(number).ok().filter(|number| range.contains(number))
            }
            _ => None,
        };
        if number.is_none() {
            self.add_error(
                name,
                format!("must be a whole number from {} to {}", range.start(), range.end()),
            );
        }
        number
    }

    /// A whole number that is not negative.
    pub fn amount(&mut self, name: &'static str) -> Option<u64> {
        let amount = match self.take(name)? {
            Value::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        };
        if amount.is_none() {
            self.add_error(name, "must be a whole number, not below 0");
        }
        amount
    }

    /// Such a number that must be there.
    pub fn required_amount(&mut self, name: &'static str) -> Option<u64> {
        self.required(name, |fields| fields.amount(name))
    }

    /// A boolean.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(value) => Some(value),
            other => {
                self.add_error(name, format!("must be true or false, not {}", other.kind()));
                None
            }
        }
    }

    /// The errors collected, and one for each unknown field unless these are ignored.
    pub fn finish(mut self) -> Vec<FieldError> {
        if let Some(part) = self.part {
            for (name, _) in std::mem::take(&mut self.entries) {
                let message = unknown(part, &name, &self.known);
                self.add_error(&name, message);
            }
        }
        self.errors
    }

    /// What was read, if nothing is wrong.
    ///
    /// # Errors
    /// The errors of [`Fields::finish`].
    pub fn finish_with<T>(self, read: Option<T>) -> Result<T, FieldErrors> {
        let errors = self.finish();
        read.filter(|_| errors.is_empty()).ok_or(FieldErrors(errors))
    }

    /// Reads a field that must be there.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let given = self
            .entries
            .iter()
            .any(|(known, value)| known == name && !matches!(value, Value::Null));
        if !given {
            self.take(name);
            self.add_error(name, "is required");
            return None;
        }
        read(self)
    }

    /// Takes the field out, so that the entries left at the end are unknown. A name given twice is
    /// an error: two readers would disagree on which one counts.
    fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.known.push(name);
        let first = self.entries.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.entries.remove(first);
        if self.entries.iter().any(|(known, _)| known == name) {
            self.entries.retain(|(known, _)| known != name);
            self.given.push(name);
            self.add_error(name, "is given twice");
            return None;
        }
        if matches!(value, Value::Null) {
            return None;
        }
        self.given.push(name);
        Some(value)
    }
}

/// The entries of a body that is one object.
///
/// # Errors
/// One error of the path `body`: not JSON, too many values, or not an object.
pub fn object(bytes: &[u8]) -> Result<Entries<'_>, FieldError> {
    entries(Value::parse(bytes))
}

/// The entries of a body that was read.
///
/// # Errors
/// See [`object`].
pub fn entries(read: Result<Value<'_>, DecodeError>) -> Result<Entries<'_>, FieldError> {
    match read {
        Ok(Value::Object(entries)) => Ok(entries),
        Ok(other) => {
            Err(FieldError::new("body", format!("must be an object, not {}", other.kind())))
        }
        Err(error) => Err(FieldError::new("body", error.to_string())),
    }
}

fn unknown(part: &str, name: &str, known: &[&'static str]) -> String {
    // Half of the name may differ, no more.
    let near = known
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| distance * 2 <= name.len().max(candidate.len()))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, candidate)) => format!("is not {part}; did you mean {candidate}?"),
        None => format!("is not {part}; it has: {}", known.join(", ")),
    }
}
