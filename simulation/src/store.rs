//! An account's rows: in memory for breadth, in SQLite for the shipped statements.

use fitting_room::account::rows::{Rows, StorageError, Write};
use fitting_room::storage::memory::MemoryRows;

/// Where an account's rows are.
pub enum Store {
    /// In memory.
    Memory(Box<MemoryRows>),
}

impl Store {
    /// Empty, in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Box::default())
    }

    /// Runs one event's reads and writes as one transaction.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored.
    pub fn transact<T>(
        &self,
        _now_ms: u64,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        match self {
            Self::Memory(rows) => rows.transact(event),
        }
    }
}
