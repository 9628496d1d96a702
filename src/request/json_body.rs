//! A body that is JSON of no fixed type.

use fashn::fields::FieldError;
use fashn::value::without_mark;
use serde_json::Value;

/// The value, or an error at `body`. A byte order mark before it is ignored.
pub fn parse(bytes: &[u8]) -> Result<Value, FieldError> {
    serde_json::from_str(&String::from_utf8_lossy(without_mark(bytes)))
        .map_err(|error| FieldError::new("body", ["is no JSON: ", &error.to_string()].concat()))
}

#[cfg(test)]
mod tests;
