//! An object's database. Parameters and rows cross to JavaScript as JSON, a statement at a time: a
//! crossing for each value would cost more than the statement.

use crate::account::rows::StorageError;
use crate::storage::sql::{Sql, Value};
use crate::worker::runtime::platform::{Storage, query, transact};

impl Sql for Storage {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        let params = serde_json::to_string(params).map_err(unreadable)?;
        let rows = query(self, statement, &params)?;
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
        transact(self, &mut || {
            done = work.take().map(|work| work());
            matches!(done, Some(Ok(_)))
        })?;
        done.unwrap_or_else(|| Err(StorageError("a transaction was not begun".to_owned())))
    }
}

/// Of a row, or of what is stored as a text.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub fn unreadable(error: serde_json::Error) -> StorageError {
    StorageError(format!("no JSON of the expected form: {error}"))
}
