//! The account's database on this machine's SQLite, as strict as the platform's: its limits, and an
//! authorizer that refuses what it refuses; and the same rows in memory. For tests and the
//! simulation; nothing that ships has it.

mod authorizer;
mod counter;
mod memory;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fitting_room::account::rows::StorageError;
use fitting_room::storage::sql::{Sql, Value};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, StatementStatus, ToSql, params_from_iter};

pub use counter::{Counter, RowsWritten};
pub use memory::MemoryRows;

/// Parameters of one statement; the platform takes 100.
const PARAMS_MAX: usize = 90;

/// The platform's limits of one database.
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
];

/// A database in memory.
pub struct HostSql {
    connection: Connection,
    /// What is prepared now comes from here, not from the account: the authorizer lets it pass.
    is_trusted: Arc<AtomicBool>,
    is_within: Cell<bool>,
    steps: Cell<u64>,
}

impl HostSql {
    /// An empty database.
    ///
    /// # Errors
    /// [`StorageError`]: SQLite can't be had.
    pub fn new() -> Result<Self, StorageError> {
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        for (limit, most) in LIMITS {
            connection.set_limit(*limit, *most).map_err(failed)?;
        }
        let is_trusted = Arc::new(AtomicBool::new(false));
        let trusted = Arc::clone(&is_trusted);
        connection
            .authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
                authorizer::judge(&context, trusted.load(Ordering::Relaxed))
            }))
            .map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, is_trusted, is_within: Cell::new(false), steps: Cell::new(0) })
    }

    /// A database out of SQL text.
    ///
    /// # Errors
    /// [`StorageError`]: it is no SQL.
    pub fn from_text(text: &str) -> Result<Self, StorageError> {
        let host = Self::new()?;
        host.trusted(|connection| connection.execute_batch(text).map_err(failed))?;
        Ok(host)
    }

    /// Runs any statement past the authorizer, its parameters null; answers its rows.
    pub fn raw(&self, statement: &str) -> Result<Vec<Vec<Value>>, StorageError> {
        self.trusted(|connection| {
            let mut prepared = connection.prepare(statement).map_err(failed)?;
            let params = vec![Value::Null; prepared.parameter_count()];
            collect(&mut prepared, &params)
        })
    }

    /// The lines of a statement's query plan.
    ///
    /// # Errors
    /// [`StorageError`]: the statement can't be prepared.
    pub fn plan(&self, statement: &str) -> Result<Vec<String>, StorageError> {
        let explained = ["EXPLAIN QUERY PLAN ", statement].concat();
        Ok(self
            .raw(&explained)?
            .into_iter()
            .filter_map(|line| match line.into_iter().nth(3) {
                Some(Value::String(detail)) => Some(detail),
                _ => None,
            })
            .collect())
    }

    /// Steps that SQLite's machine took for all statements so far: a measure of what they read that
    /// no clock disturbs.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    fn trusted<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.is_trusted.store(true, Ordering::Relaxed);
        let done = f(&self.connection);
        self.is_trusted.store(false, Ordering::Relaxed);
        done
    }

    fn control(&self, statement: &str) -> Result<(), StorageError> {
        self.trusted(|connection| connection.execute_batch(statement).map_err(failed))
    }

    fn note_steps(&self, statement: &CachedStatement<'_>) {
        let steps = statement.reset_status(StatementStatus::VmStep);
        let steps = u64::try_from(steps).unwrap_or(0);
        self.steps.set(self.steps.get().saturating_add(steps));
    }
}

impl Sql for HostSql {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        if params.len() > PARAMS_MAX {
            return Err(StorageError(format!("{} parameters", params.len())));
        }
        let mut prepared = self.connection.prepare_cached(statement).map_err(failed)?;
        if prepared.parameter_count() != params.len() {
            return Err(StorageError("wrong number of parameters".into()));
        }
        let rows = collect(&mut prepared, params);
        self.note_steps(&prepared);
        rows
    }

    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        if self.is_within.replace(true) {
            return Err(StorageError("a transaction within another".into()));
        }
        let done = self.control("BEGIN").and_then(|()| {
            let done = f();
            let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
            self.control(end).and(done)
        });
        self.is_within.set(false);
        done
    }
}

/// A value as it is bound: each number as a real, as JavaScript's are.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Number(number) => ValueRef::Real(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => ValueRef::Text(text.as_bytes()),
            _ => ValueRef::Null,
        }))
    }
}

fn collect(
    prepared: &mut rusqlite::Statement<'_>,
    params: &[Value],
) -> Result<Vec<Vec<Value>>, StorageError> {
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(params.iter().map(Bound))).map_err(failed)?;
    let mut collected = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..columns).map(|column| row.get_ref(column).map(value).map_err(failed));
        collected.push(values.collect::<Result<_, _>>()?);
    }
    Ok(collected)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "the platform hands integers out as JavaScript numbers, too"
        )]
        ValueRef::Integer(integer) => Value::from(integer as f64 as i64),
        ValueRef::Real(number) => Value::from(number),
        ValueRef::Text(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::String(format!("{} bytes", bytes.len())),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in map_err, which hands the error over"
)]
fn failed(error: rusqlite::Error) -> StorageError {
    StorageError(error.to_string())
}
