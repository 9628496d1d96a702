//! The statements of each table, and its rows as values.

pub(super) mod dedup;
pub(super) mod figures;
pub(super) mod limiter;
pub(super) mod outbox;
pub(super) mod quarantine;
pub(super) mod run_state;
pub(super) mod runs;
pub(super) mod visitors;

/// A statement and its name, for tests of every statement.
pub(super) type Named = (&'static str, &'static str);

/// What reading a table's rows takes. Each of its statements selects the key's columns first.
pub(super) struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many columns its key has.
    pub key_columns: usize,
    /// Deletes the row of a key.
    pub delete: &'static str,
}

/// Column names as they stand in `SELECT` and `INSERT`.
macro_rules! list {
    ($first:ident $($rest:ident)*) => {
        concat!(stringify!($first) $(, ", ", stringify!($rest))*)
    };
}

/// A parameter for each column.
macro_rules! parameters {
    (of $column:ident) => { ", ?" };
    ($first:ident $($rest:ident)*) => {
        concat!("?" $(, $crate::storage::tables::parameters!(of $rest))*)
    };
}

/// What `DO UPDATE SET` does when each column takes its new value.
macro_rules! replace {
    ($first:ident $($rest:ident)*) => {
        concat!(
            stringify!($first), " = excluded.", stringify!($first)
            $(, ", ", stringify!($rest), " = excluded.", stringify!($rest))*
        )
    };
}

pub(super) use {list, parameters, replace};
