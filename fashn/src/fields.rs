//! Reading a model's inputs, field by field, so that all faults are told at once.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::choice::{Choice, must_be_one_of};
use crate::image::{Image, ImageRule, Role};
use crate::models::OutputCount;
use crate::value::{Entries, Value};

/// One thing wrong with a request: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Fault {
    /// The field's path from the body's root: `inputs.seed`.
    pub path: String,
    /// A sentence without its subject: "must be one of: png, jpeg".
    pub message: String,
}

impl Fault {
    /// A fault of the field at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// The inputs of one request while a model reads them. Every method takes one field and, when it is
/// wrong, notes the fault and answers `None`; [`Fields::finish`] tells what was noted and what was left over.
/// An optional input that is `null` counts as left out: FASHN's pages are silent, and SDKs send it so.
pub struct Fields<'a, 'r> {
    entries: Entries<'a>,
    known: Vec<&'static str>,
    given: Vec<&'static str>,
    rule: &'r dyn ImageRule,
    faults: Vec<Fault>,
}

impl<'a, 'r> Fields<'a, 'r> {
    /// Fields to be read, with the rule for pictures.
    #[must_use]
    pub fn new(entries: Entries<'a>, rule: &'r dyn ImageRule) -> Self {
        Self {
            entries,
            known: Vec::new(),
            given: Vec::new(),
            rule,
            faults: Vec::new(),
        }
    }

    /// Whether a field that was read had a value, even a wrong one: for combination rules.
    #[must_use]
    pub fn was_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// Notes a fault of a field that was read: a combination that isn't allowed, say.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults
            .push(Fault::new(format!("inputs.{name}"), message));
    }

    /// A picture that must be there.
    pub fn required_image(&mut self, name: &'static str, role: Role) -> Option<Image<'a>> {
        self.required(name, |fields| fields.image(name, role))
    }

    /// A picture.
    pub fn image(&mut self, name: &'static str, role: Role) -> Option<Image<'a>> {
        let text = self.string(name, "must be a string: an image URL or a data URL")?;
        let read = Image::read(text)
            .map_err(str::to_owned)
            .and_then(|image| self.rule.accept(role, image));
        read.map_err(|message| self.fault(name, message)).ok()
    }

    /// A text that must be there and say something.
    pub fn required_text(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        let text = self.required(name, |fields| fields.text(name))?;
        if text.trim().is_empty() {
            self.fault(name, "is required and must not be empty");
            return None;
        }
        Some(text)
    }

    /// A text; an empty one is FASHN's own default for prompts.
    pub fn text(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        self.string(name, "must be a string")
    }

    /// One value of a list that must be there.
    pub fn required_choice<T: Choice>(&mut self, name: &'static str) -> Option<T> {
        self.required(name, |fields| fields.choice(name))
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
            self.fault(name, must_be_one_of::<T>());
        }
        chosen
    }

    /// How many outputs to make.
    pub fn output_count(&mut self, name: &'static str) -> Option<OutputCount> {
        let range = OutputCount::MIN.get()..=OutputCount::MAX.get();
        self.integer(name, range).and_then(OutputCount::new)
    }

    /// A seed: any number of 32 bits.
    pub fn seed(&mut self, name: &'static str) -> Option<u32> {
        self.integer(name, 0..=u32::MAX)
    }

    /// A whole number within a range.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(name)?;
        let number = match value {
            Value::Integer(number) => u32::try_from(number)
                .ok()
                .filter(|number| range.contains(number)),
            _ => None,
        };
        if number.is_none() {
            self.fault(
                name,
                format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            );
        }
        number
    }

    /// A boolean.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(value) => Some(value),
            other => {
                self.fault(name, format!("must be true or false, not {}", other.kind()));
                None
            }
        }
    }

    /// The faults noted, and one for each field that no method asked for.
    #[must_use]
    pub fn finish(mut self) -> Vec<Fault> {
        for (name, _) in std::mem::take(&mut self.entries) {
            let message = unknown(&name, &self.known);
            self.fault(&name, message);
        }
        self.faults
    }

    fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let given = self
            .entries
            .iter()
            .any(|(known, value)| known == name && *value != Value::Null);
        if !given {
            self.take(name);
            self.fault(name, "is required");
            return None;
        }
        read(self)
    }

    fn string(&mut self, name: &'static str, message: &str) -> Option<Cow<'a, str>> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.fault(name, format!("{message}, not {}", other.kind()));
                None
            }
        }
    }

    /// Takes the field out, so that what is left at the end is unknown. A name given twice is a fault:
    /// two readers would disagree on which one counts.
    fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.known.push(name);
        let first = self.entries.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.entries.remove(first);
        if self.entries.iter().any(|(known, _)| known == name) {
            self.entries.retain(|(known, _)| known != name);
            self.given.push(name);
            self.fault(name, "is given twice");
            return None;
        }
        if value == Value::Null {
            return None;
        }
        self.given.push(name);
        Some(value)
    }
}

fn unknown(name: &str, known: &[&'static str]) -> String {
    let near = known
        .iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(name, candidate),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    match near {
        Some((_, candidate)) => format!("is not an input of this model; did you mean {candidate}?"),
        None => format!(
            "is not an input of this model; it has: {}",
            known.join(", ")
        ),
    }
}
