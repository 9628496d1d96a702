//! What is asked of a database, and values on their way there and back.

use std::slice::Iter;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::rows::StorageError;

/// The largest integer that is exact as a JavaScript number, which is how numbers are bound.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A SQLite database that one object has to itself.
pub trait Sql {
    /// Runs one statement; answers its rows.
    ///
    /// # Errors
    /// [`StorageError`]: nothing of the statement took effect.
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError>;

    /// Runs statements as one transaction, which an error rolls back. Not within another.
    ///
    /// # Errors
    /// Those of `f`; and [`StorageError`] if the transaction can't be begun or committed.
    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError>;
}

/// A parameter, or a column of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Integers and reals alike.
    Number(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// An integer of at most [`INTEGER_MAX`].
    ///
    /// # Errors
    /// [`StorageError`]: it is larger.
    pub fn integer(integer: u64) -> Result<Self, StorageError> {
        if integer > INTEGER_MAX {
            return Err(StorageError("an integer is too large to be stored".into()));
        }
        #[expect(clippy::cast_precision_loss, reason = "INTEGER_MAX is exact as f64")]
        Ok(Self::Number(integer as f64))
    }

    /// An integer if it is one, and not negative.
    pub fn as_integer(&self) -> Option<u64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is a whole number between 0 and INTEGER_MAX"
            )]
            Self::Number(number)
                if number.fract() == 0.0 && (0.0..=INTEGER_MAX as f64).contains(number) =>
            {
                Some(*number as u64)
            }
            Self::Null | Self::Number(_) | Self::Text(_) | Self::Blob(_) => None,
        }
    }
}

/// Why a row can't be understood. It names a column and never its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column}: {problem}")]
pub(super) struct DecodeError {
    /// The column.
    pub column: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl DecodeError {
    pub(super) fn missing(column: &'static str) -> Self {
        Self { column, problem: "has no value" }
    }

    pub(super) fn unknown(column: &'static str) -> Self {
        Self { column, problem: "has a text that this release doesn't know" }
    }

    fn wrong(column: &'static str) -> Self {
        Self { column, problem: "has a value of the wrong type" }
    }
}

/// A row's columns, read in the order in which its statement selects them.
pub(super) struct Columns<'a> {
    values: Iter<'a, Value>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(values: &'a [Value]) -> Self {
        Self { values: values.iter() }
    }

    fn next(&mut self) -> &'a Value {
        self.values.next().unwrap_or(&Value::Null)
    }

    pub(super) fn optional_text(
        &mut self,
        column: &'static str,
    ) -> Result<Option<&'a str>, DecodeError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Number(_) | Value::Blob(_) => Err(DecodeError::wrong(column)),
        }
    }

    pub(super) fn text(&mut self, column: &'static str) -> Result<&'a str, DecodeError> {
        self.optional_text(column)?.ok_or(DecodeError::missing(column))
    }

    /// A text that is another type's name.
    pub(super) fn named<T: TryFrom<String>>(
        &mut self,
        column: &'static str,
    ) -> Result<T, DecodeError> {
        let text = self.text(column)?.to_owned();
        T::try_from(text).map_err(|_| DecodeError::unknown(column))
    }

    pub(super) fn optional_integer<T: TryFrom<u64>>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let value = self.next();
        if *value == Value::Null {
            return Ok(None);
        }
        let integer = value.as_integer().ok_or(DecodeError::wrong(column))?;
        let integer = T::try_from(integer).map_err(|_| DecodeError::wrong(column))?;
        Ok(Some(integer))
    }

    pub(super) fn integer<T: TryFrom<u64>>(
        &mut self,
        column: &'static str,
    ) -> Result<T, DecodeError> {
        self.optional_integer(column)?.ok_or(DecodeError::missing(column))
    }

    pub(super) fn optional_flag(
        &mut self,
        column: &'static str,
    ) -> Result<Option<bool>, DecodeError> {
        match self.optional_integer::<u64>(column)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(_) => Err(DecodeError::wrong(column)),
        }
    }

    pub(super) fn flag(&mut self, column: &'static str) -> Result<bool, DecodeError> {
        self.optional_flag(column)?.ok_or(DecodeError::missing(column))
    }

    pub(super) fn optional_json<T: DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let Some(text) = self.optional_text(column)? else {
            return Ok(None);
        };
        let json = serde_json::from_str(text).map_err(|_| DecodeError::unknown(column))?;
        Ok(Some(json))
    }

    pub(super) fn json<T: DeserializeOwned>(
        &mut self,
        column: &'static str,
    ) -> Result<T, DecodeError> {
        self.optional_json(column)?.ok_or(DecodeError::missing(column))
    }
}

/// A statement's parameters in order.
#[derive(Default)]
pub(super) struct Params {
    values: Vec<Value>,
}

impl Params {
    pub(super) fn null(mut self) -> Self {
        self.values.push(Value::Null);
        self
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.values.push(Value::Text(text.into()));
        self
    }

    pub(super) fn optional_text(self, text: Option<impl Into<String>>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    pub(super) fn integer(mut self, integer: impl Into<u64>) -> Result<Self, StorageError> {
        self.values.push(Value::integer(integer.into())?);
        Ok(self)
    }

    pub(super) fn optional_integer(
        self,
        integer: Option<impl Into<u64>>,
    ) -> Result<Self, StorageError> {
        match integer {
            Some(integer) => self.integer(integer),
            None => Ok(self.null()),
        }
    }

    pub(super) fn flag(mut self, flag: bool) -> Self {
        self.values.push(Value::Number(f64::from(u8::from(flag))));
        self
    }

    pub(super) fn optional_flag(self, flag: Option<bool>) -> Self {
        match flag {
            Some(flag) => self.flag(flag),
            None => self.null(),
        }
    }

    pub(super) fn json(self, value: &impl Serialize) -> Result<Self, StorageError> {
        let text = serde_json::to_string(value)
            .map_err(|error| StorageError(format!("a value can't be written as JSON: {error}")))?;
        Ok(self.text(text))
    }

    pub(super) fn finish(self) -> Vec<Value> {
        self.values
    }
}
