//! What is asked of a database, and values on their way there and back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
pub use serde_json::Value;

use crate::account::rows::StorageError;

/// The largest integer that is exact as a JavaScript number, which is how numbers are bound.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The largest integer that is read: what is added to it can be stored again.
pub const READ_MAX: u64 = INTEGER_MAX / 2;

/// A SQLite database that one object has to itself. Parameters and columns are null, a number or a
/// text.
pub trait Sql {
    /// Runs one statement; answers its rows. After an error nothing of it took effect.
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError>;

    /// Runs statements as one transaction, which an error rolls back. Not within another.
    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError>;
}

/// A parameter: an integer of at most [`INTEGER_MAX`], a text, or null. A flag is 0 or 1.
pub fn param(value: &impl Serialize) -> Result<Value, StorageError> {
    bindable(serde_json::to_value(value))
}

/// In the bundle once, not once for each type.
fn bindable(value: serde_json::Result<Value>) -> Result<Value, StorageError> {
    match value.map_err(unwritable)? {
        Value::Bool(flag) => Ok(u8::from(flag).into()),
        Value::Number(number) if number.as_u64().is_none_or(|number| number > INTEGER_MAX) => {
            Err(StorageError("an integer is too large to be stored".to_owned()))
        }
        value => Ok(value),
    }
}

/// A parameter that is stored as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<Value, StorageError> {
    serde_json::to_string(value).map(Value::String).map_err(unwritable)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn unwritable(error: serde_json::Error) -> StorageError {
    StorageError(format!("a value can't be written as JSON: {error}"))
}

/// A statement's parameters in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        $crate::storage::sql::all(vec![$($crate::storage::sql::param(&$value)),*])?
    };
}

/// All of them, or the first error. It is one function for all statements: an error looked for
/// behind each parameter would be a fiftieth of the bundle.
pub(super) fn all(params: Vec<Result<Value, StorageError>>) -> Result<Vec<Value>, StorageError> {
    params.into_iter().collect()
}

pub(super) use params;

/// Why a row can't be understood. It names a column and never its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column}: {problem}")]
pub(super) struct DecodeError {
    column: &'static str,
    problem: &'static str,
}

impl DecodeError {
    pub(super) fn missing(column: &'static str) -> Self {
        Self { column, problem: "has no value" }
    }

    pub(super) fn unknown(column: &'static str) -> Self {
        Self { column, problem: "has a text that this release doesn't know" }
    }

    fn of(column: &'static str, value: &Value) -> Self {
        match value {
            Value::Null => Self::missing(column),
            Value::String(_) => Self::unknown(column),
            _ => Self { column, problem: "has a value of the wrong type" },
        }
    }
}

/// One row of a table, by the names of its columns.
pub(super) struct Row<'a> {
    pub columns: &'static [&'static str],
    pub values: &'a [Value],
}

impl<'a> Row<'a> {
    fn value(&self, column: &'static str) -> Result<&'a Value, DecodeError> {
        let at = self.columns.iter().position(|name| *name == column);
        let value = at.and_then(|at| self.values.get(at)).unwrap_or(&Value::Null);
        if value.as_u64().is_some_and(|number| number > READ_MAX) {
            return Err(DecodeError { column, problem: "has a number that is too large" });
        }
        Ok(value)
    }

    /// A column as it was written by [`param`]; an `Option` may be null.
    pub(super) fn get<T: Deserialize<'a>>(&self, column: &'static str) -> Result<T, DecodeError> {
        let value = self.value(column)?;
        T::deserialize(value).map_err(|_| DecodeError::of(column, value))
    }

    pub(super) fn flag(&self, column: &'static str) -> Result<bool, DecodeError> {
        let value = self.value(column)?;
        match value.as_u64() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) | None => Err(DecodeError::of(column, value)),
        }
    }

    /// A column as it was written by [`json`].
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, DecodeError> {
        serde_json::from_str(self.get(column)?).map_err(|_| DecodeError::unknown(column))
    }
}
