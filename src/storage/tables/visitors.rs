//! What each visitor reserved and spent on a day.

use crate::account::rows::{StorageError, VisitorDay};
use crate::auth::ids::Visitor;
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::{Named, Table};

pub(in crate::storage) const TABLE: Table =
    Table { name: "visitors", key_columns: 2, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] = &[
    ("visitors: one", ONE),
    ("visitors: first day", FIRST_DAY),
    ("visitors: put", PUT),
    ("visitors: delete", DELETE),
    ("visitors: delete before", DELETE_BEFORE),
];

/// Rows that [`DELETE_BEFORE`] deletes at most, which keeps a transaction short.
pub(in crate::storage) const DELETED_AT_ONCE: usize = 64;

pub(in crate::storage) const ONE: &str =
    "SELECT day, visitor, committed, attempts FROM visitors WHERE day = ? AND visitor = ?";

pub(in crate::storage) const FIRST_DAY: &str =
    "SELECT day FROM visitors WHERE day > ? ORDER BY day LIMIT 1";

pub(in crate::storage) const PUT: &str = "\
    INSERT INTO visitors (day, visitor, committed, attempts) VALUES (?, ?, ?, ?) \
    ON CONFLICT (day, visitor) DO UPDATE SET \
    committed = excluded.committed, attempts = excluded.attempts";

pub(in crate::storage) const DELETE: &str = "DELETE FROM visitors WHERE day = ? AND visitor = ?";

pub(in crate::storage) const DELETE_BEFORE: &str = "\
    DELETE FROM visitors WHERE (day, visitor) IN \
    (SELECT day, visitor FROM visitors WHERE day < ? ORDER BY day, visitor LIMIT 64)";

pub(in crate::storage) fn key(day: u64, visitor: &Visitor) -> Result<Vec<Value>, StorageError> {
    let params = Params::default().integer(day)?.text(&visitor.0);
    Ok(params.finish())
}

pub(in crate::storage) fn params(
    day: u64,
    visitor: &Visitor,
    row: &VisitorDay,
) -> Result<Vec<Value>, StorageError> {
    let params = Params::default()
        .integer(day)?
        .text(&visitor.0)
        .integer(row.committed)?
        .integer(row.attempts)?;
    Ok(params.finish())
}

pub(in crate::storage) fn read(values: &[Value]) -> Result<VisitorDay, DecodeError> {
    let mut columns = Columns::of(values);
    columns.integer::<u64>("day")?;
    columns.text("visitor")?;
    Ok(VisitorDay {
        committed: columns.integer("committed")?,
        attempts: columns.integer("attempts")?,
    })
}
