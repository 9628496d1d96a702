//! An object's database. Parameters and rows cross to JavaScript as JSON, a statement at a time: a
//! crossing for each value would cost more than the statement.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use wasm_bindgen::JsValue;

use crate::account::rows::StorageError;
use crate::storage::sql::{Sql, Value};
use crate::worker::runtime::platform::{JsError, sql_exec, transact};

/// The database of the object with this `ctx`.
pub struct ObjectSql(pub JsValue);

impl Sql for ObjectSql {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        let params: Vec<Json<&Value>> = params.iter().map(Json).collect();
        let params = serde_json::to_string(&params).map_err(unreadable)?;
        let rows = sql_exec(&self.0, statement, &params).map_err(failed)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Vec<Json<Value>>> = serde_json::from_str(&rows).map_err(unreadable)?;
        let values = |row: Vec<Json<Value>>| row.into_iter().map(|Json(value)| value).collect();
        Ok(rows.into_iter().map(values).collect())
    }

    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut work = Some(f);
        let mut done = None;
        let transacted = transact(&self.0, &mut || {
            done = work.take().map(|work| work());
            matches!(done, Some(Ok(_)))
        });
        transacted.map_err(failed)?;
        done.unwrap_or_else(|| Err(StorageError("a transaction was not begun".to_owned())))
    }
}

/// What storage threw.
pub fn failed(thrown: JsValue) -> StorageError {
    StorageError(JsError::from(thrown).to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn unreadable(error: serde_json::Error) -> StorageError {
    StorageError(format!("a row is no JSON: {error}"))
}

/// A value as JSON has it. No table that is read this way has bytes.
struct Json<V>(V);

impl Serialize for Json<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Blob(_) => Err(serde::ser::Error::custom("bytes")),
        }
    }
}

impl<'de> Deserialize<'de> for Json<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Column;

        impl Visitor<'_> for Column {
            type Value = Value;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a column")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            #[expect(clippy::cast_precision_loss, reason = "it was a JavaScript number before")]
            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Number(number as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "it was a JavaScript number before")]
            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }
        }

        deserializer.deserialize_any(Column).map(Self)
    }
}
