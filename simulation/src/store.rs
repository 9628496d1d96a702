//! An account's rows: in memory for breadth, in SQLite for the shipped statements.

use fitting_room::account::rows::{Rows, StorageError, Write};
use fitting_room::storage::rows;
use sqlite_host::{HostSql, MemoryRows};

/// Where an account's rows are.
pub enum Store {
    /// In memory.
    Memory(Box<MemoryRows>),
    /// In SQLite.
    Sqlite(Box<HostSql>),
}

impl Store {
    /// Empty, in memory.
    pub fn memory() -> Self {
        Self::Memory(Box::default())
    }

    /// Empty, in SQLite.
    ///
    /// # Errors
    /// [`StorageError`]: SQLite can't be had.
    pub fn sqlite() -> Result<Self, StorageError> {
        let sql = HostSql::new()?;
        rows::open(&sql, 0)?;
        Ok(Self::Sqlite(Box::new(sql)))
    }

    /// Runs one event's reads and writes as one transaction.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored.
    pub fn transact<T>(
        &self,
        now_ms: u64,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        match self {
            Self::Memory(rows) => rows.transact(event),
            Self::Sqlite(sql) => {
                let (answer, quarantined) = rows::transact(&**sql, now_ms, event)?;
                match quarantined.first() {
                    None => Ok(answer),
                    Some(row) => Err(StorageError(format!("quarantined: {row:?}"))),
                }
            }
        }
    }
}
