//! Which rows could not be understood. Their content is deleted: nothing outlives the time of its
//! own row here.

use crate::account::rows::StorageError;
use crate::storage::sql::{Params, Value};
use crate::storage::tables::Named;

pub(in crate::storage) const STATEMENTS: &[Named] =
    &[("quarantine: put", PUT), ("quarantine: delete before", DELETE_BEFORE)];

/// How long an entry is kept for an operator: as long as a run's result at most.
pub(in crate::storage) const KEPT_MS: u64 = 72 * 3_600_000;

pub(in crate::storage) const PUT: &str = "\
    INSERT INTO quarantine (at_ms, table_name, key, reason) VALUES (?, ?, ?, ?) \
    ON CONFLICT (at_ms, table_name, key) DO UPDATE SET reason = excluded.reason";

pub(in crate::storage) const DELETE_BEFORE: &str = "DELETE FROM quarantine WHERE at_ms < ?";

pub(in crate::storage) fn params(
    at_ms: u64,
    table: &str,
    key: &[Value],
    reason: &str,
) -> Result<Vec<Value>, StorageError> {
    let params = Params::default().integer(at_ms)?.text(table).text(key_text(key)).text(reason);
    Ok(params.finish())
}

/// A key's columns, between slashes.
fn key_text(key: &[Value]) -> String {
    let texts: Vec<String> = key
        .iter()
        .map(|value| match value {
            Value::Null => "null".into(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Blob(bytes) => format!("{} bytes", bytes.len()),
        })
        .collect();
    texts.join("/")
}
