//! The body of `POST /v1/run` (API Fundamentals, "Universal Request Properties").

use crate::choice::{Choice as _, must_be_one_of};
use crate::extracted_body::ExtractedBody;
use crate::fields::{FieldError, Fields, entries};
use crate::image::ImageRule;
use crate::models::{Inputs, Model};
use crate::value::{DecodeError, Entries, Value};

/// `{"model_name": …, "inputs": {…}}`, read but not yet judged.
#[derive(Debug)]
pub struct Body<'a> {
    model_name: Option<Value<'a>>,
    inputs: Option<Value<'a>>,
    /// Whatever else stood beside the two. FASHN names nothing there; its own SDKs send
    /// `pollInterval`, `timeout` and `maxRetries`, so a reader takes what it knows and drops the
    /// rest.
    pub beside: Entries<'a>,
}

impl<'a> Body<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// One error of the path `body`: no bytes, not JSON, not an object, or one of the two keys
    /// given twice.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FieldError> {
        Self::from_value(Value::parse(bytes), bytes)
    }

    /// Reads a body without its large pictures.
    ///
    /// # Errors
    /// Those of [`Body::parse`].
    pub fn of(extracted: &'a ExtractedBody<'a>) -> Result<Self, FieldError> {
        Self::from_value(Value::of(extracted), extracted.text())
    }

    fn from_value(read: Result<Value<'a>, DecodeError>, text: &[u8]) -> Result<Self, FieldError> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(FieldError::new("body", "is empty: send JSON with model_name and inputs"));
        }
        let mut body = Self { model_name: None, inputs: None, beside: Vec::new() };
        for (name, value) in entries(read)? {
            let slot = match &*name {
                "model_name" => &mut body.model_name,
                "inputs" => &mut body.inputs,
                _ => {
                    body.beside.push((name, value));
                    continue;
                }
            };
            if slot.replace(value).is_some() {
                return Err(FieldError::new(name, "is given twice"));
            }
        }
        Ok(body)
    }

    /// The model's name as it came, if it is a text.
    pub fn model_name(&self) -> Option<&str> {
        match &self.model_name {
            Some(Value::String(name)) => Some(name),
            _ => None,
        }
    }

    /// The model that is asked for.
    ///
    /// # Errors
    /// An error of `model_name`: missing, not a string, or none of the ten names.
    pub fn model(&self) -> Result<Model, FieldError> {
        match &self.model_name {
            None | Some(Value::Null) => Err(FieldError::new("model_name", "is required")),
            Some(Value::String(name)) => Model::named(name)
                .ok_or_else(|| FieldError::new("model_name", must_be_one_of::<Model>())),
            Some(other) => Err(FieldError::new(
                "model_name",
                format!("must be a string, not {}", other.kind()),
            )),
        }
    }

    /// Model and inputs in one step.
    ///
    /// # Errors
    /// Every error there is. Without a known model its inputs can't be judged, only whether they
    /// are there.
    pub fn read(self, rule: &dyn ImageRule) -> Result<Inputs<'a>, Vec<FieldError>> {
        match self.model() {
            Ok(model) => self.inputs(model, rule),
            Err(error) => Err(std::iter::once(error).chain(self.input_entries().err()).collect()),
        }
    }

    /// The inputs as the model's own type.
    ///
    /// # Errors
    /// Those of [`Body::judge`].
    pub fn inputs(self, model: Model, rule: &dyn ImageRule) -> Result<Inputs<'a>, Vec<FieldError>> {
        let (inputs, errors) = self.judge(model, rule);
        inputs.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// The inputs as the model's own type, as far as they can be read, and every error there is: in
    /// the order of the model's page; of the fields that the model does not know, last.
    pub fn judge(
        self,
        model: Model,
        rule: &dyn ImageRule,
    ) -> (Option<Inputs<'a>>, Vec<FieldError>) {
        match self.input_entries() {
            Ok(entries) => {
                let mut fields = Fields::inputs(entries, rule);
                let inputs = Inputs::read(model, &mut fields);
                (inputs, fields.finish())
            }
            Err(error) => (None, vec![error]),
        }
    }

    /// Whether there are inputs at all.
    ///
    /// # Errors
    /// An error of `inputs`: missing, or not an object.
    pub fn has_inputs(self) -> Result<(), FieldError> {
        self.input_entries().map(|_| ())
    }

    fn input_entries(self) -> Result<Entries<'a>, FieldError> {
        match self.inputs {
            None | Some(Value::Null) => Err(FieldError::new("inputs", "is required")),
            Some(Value::Object(entries)) => Ok(entries),
            Some(other) => {
                Err(FieldError::new("inputs", format!("must be an object, not {}", other.kind())))
            }
        }
    }
}
