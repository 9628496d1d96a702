//! How many rows a statement writes, as the platform counts and bills them: each row that is
//! inserted, updated or deleted, and each index entry that is inserted. Removed index entries aren't
//! billed; they are counted apart.
//!
//! SQLite itself doesn't tell about index entries. Its program for a statement does: an index that the
//! statement can write has `IdxInsert` there, once for inserting a row and once for updating one if
//! the update sets a column of the index, even to the same value.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fitting_room::account::rows::StorageError;
use fitting_room::storage::sql::{Sql, Value};

use crate::HostSql;

/// Rows that statements wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowsWritten {
    /// Rows, and index entries that were inserted.
    pub billed: u64,
    /// Index entries that were removed.
    pub index_entries_removed: u64,
}

/// A database that counts the rows that are written to it.
pub struct Counter {
    host: HostSql,
    written: RefCell<BTreeMap<&'static str, RowsWritten>>,
}

/// What a statement writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Upsert,
    Delete,
}

impl Counter {
    /// Counts from now on.
    pub fn of(host: HostSql) -> Self {
        Self { host, written: RefCell::default() }
    }

    /// The database.
    pub fn host(&self) -> &HostSql {
        &self.host
    }

    /// What was written since the last call, by statement.
    pub fn take(&self) -> BTreeMap<&'static str, RowsWritten> {
        self.written.take()
    }

    fn count(
        &self,
        statement: &'static str,
        kind: Kind,
        table: &str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        let inserts = self.index_inserts(statement, table)?;
        let (rows_before, changes_before) = self.state(table)?;
        let answer = self.host.exec(statement, params)?;
        let (rows_after, changes_after) = self.state(table)?;
        let rows = changes_after.saturating_sub(changes_before);
        let (added, removed) = if rows_after > rows_before {
            (inserts.len() as u64, 0)
        } else if kind == Kind::Delete {
            (0, self.indexes(table)?.len() as u64)
        } else {
            let updated = inserts.iter().filter(|times| **times > 1).count() as u64;
            (updated, updated)
        };
        let mut written = self.written.borrow_mut();
        let sum = written.entry(statement).or_default();
        sum.billed += rows * (1 + added);
        sum.index_entries_removed += rows * removed;
        Ok(answer)
    }

    /// Rows of a table, and changes of the database so far.
    fn state(&self, table: &str) -> Result<(u64, u64), StorageError> {
        let statement = format!("SELECT (SELECT COUNT(*) FROM {table}), total_changes()");
        let rows = self.host.raw(&statement)?;
        let number = |column: usize| {
            let value = rows.first().and_then(|row| row.get(column));
            value.and_then(Value::as_u64).ok_or(StorageError("no count".into()))
        };
        Ok((number(0)?, number(1)?))
    }

    /// The root pages of a table's indexes.
    fn indexes(&self, table: &str) -> Result<Vec<u64>, StorageError> {
        let statement = format!(
            "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{table}'"
        );
        let rows = self.host.raw(&statement)?;
        Ok(rows.iter().filter_map(|row| row.first().and_then(Value::as_u64)).collect())
    }

    /// For each index of a table that a statement can write, how often its program inserts there.
    fn index_inserts(&self, statement: &str, table: &str) -> Result<Vec<usize>, StorageError> {
        let program = self.host.raw(&["EXPLAIN ", statement].concat())?;
        let operations: Vec<(&str, u64, u64)> = program
            .iter()
            .filter_map(|line| match line.as_slice() {
                [_, Value::String(name), p1, p2, ..] => {
                    Some((name.as_str(), p1.as_u64()?, p2.as_u64()?))
                }
                _ => None,
            })
            .collect();
        let inserts = self.indexes(table)?.into_iter().map(|root| {
            let cursor = operations
                .iter()
                .find(|(name, _, page)| *name == "OpenWrite" && *page == root)
                .map(|(_, cursor, _)| *cursor);
            operations
                .iter()
                .filter(|(name, at, _)| *name == "IdxInsert" && Some(*at) == cursor)
                .count()
        });
        Ok(inserts.filter(|times| *times > 0).collect())
    }
}

/// What a statement writes to, and which table; none if it reads.
fn target(statement: &str) -> Option<(Kind, &str)> {
    let upsert = statement.strip_prefix("INSERT INTO ");
    let delete = statement.strip_prefix("DELETE FROM ");
    let (kind, rest) =
        upsert.map(|rest| (Kind::Upsert, rest)).or(delete.map(|rest| (Kind::Delete, rest)))?;
    rest.split_whitespace().next().map(|table| (kind, table))
}

impl Sql for Counter {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        match target(statement) {
            Some((kind, table)) => self.count(statement, kind, table, params),
            None => self.host.exec(statement, params),
        }
    }

    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.host.transaction(f)
    }
}
