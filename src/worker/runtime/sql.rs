//! An object's database. Parameters and rows cross to JavaScript as JSON, a statement at a time: a
//! crossing for each value would cost more than the statement.

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
        let params = serde_json::to_string(params).map_err(unreadable)?;
        let rows = sql_exec(&self.0, statement, &params).map_err(failed)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&rows).map_err(unreadable)
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
