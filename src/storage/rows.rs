//! The account's rows over [`Sql`].

use std::cell::RefCell;

use crate::account::limiter::Limiter;
use crate::account::rows::{OutboxMessage, Rows, StorageError, VisitorDay, Write};
use crate::auth::ids::{Ticket, Visitor};
use crate::run::dedup::{Dedup, DedupName};
use crate::run::record::Run;
use crate::storage::schema;
use crate::storage::sql::{DecodeError, Sql, Value};
use crate::storage::tables::{
    Named, Table, dedup, figures, limiter, outbox, quarantine, runs, visitors,
};

/// A row that could not be understood, and so was deleted. Its key is in the table `quarantine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its table.
    pub table: &'static str,
    /// Which column, and why; no content.
    pub reason: String,
}

/// Every statement that runs on a database of the last version, by name.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    let tables: [&[Named]; 8] = [
        runs::STATEMENTS,
        dedup::STATEMENTS,
        visitors::STATEMENTS,
        limiter::STATEMENTS,
        figures::STATEMENTS,
        outbox::STATEMENTS,
        quarantine::STATEMENTS,
        schema::STATEMENTS,
    ];
    tables.concat()
}

/// Makes a database ready: once, before anything else.
pub fn open<S: Sql>(sql: &S, now_ms: u64) -> Result<(), StorageError> {
    schema::migrate(sql, now_ms)?;
    let before_ms = now_ms.saturating_sub(quarantine::KEPT_MS);
    sql.exec(quarantine::DELETE_BEFORE, &[Value::integer(before_ms)?])?;
    Ok(())
}

/// Runs one event's reads and writes as one transaction. Answers also the rows that it could not
/// understand, for the log.
///
/// # Errors
/// [`StorageError`]: nothing is stored.
pub fn transact<S: Sql, T>(
    sql: &S,
    now_ms: u64,
    event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
) -> Result<(T, Vec<Quarantined>), StorageError> {
    sql.transaction(|| {
        let rows = SqlRows::new(sql, now_ms);
        let (answer, writes) = event(&rows)?;
        for write in &writes {
            rows.apply(write)?;
        }
        Ok((answer, rows.into_quarantined()))
    })
}

/// Reads and writes of one transaction. A row that can't be understood reads as absent and goes
/// into quarantine.
pub struct SqlRows<'a, S> {
    sql: &'a S,
    now_ms: u64,
    quarantined: RefCell<Vec<Quarantined>>,
}

impl<'a, S: Sql> SqlRows<'a, S> {
    /// The rows of a database that was [opened](open).
    pub fn new(sql: &'a S, now_ms: u64) -> Self {
        Self { sql, now_ms, quarantined: RefCell::default() }
    }

    /// The rows that went into quarantine.
    pub fn into_quarantined(self) -> Vec<Quarantined> {
        self.quarantined.into_inner()
    }

    /// Stores one change.
    pub fn apply(&self, write: &Write) -> Result<(), StorageError> {
        match write {
            Write::PutRun(run) => return self.put_run(run),
            Write::DeleteRun(ticket) => self.exec(runs::DELETE, &[name(ticket)]),
            Write::PutLimiter(limiter) => self.exec(limiter::PUT, &limiter::params(limiter)?),
            Write::PutVisitor(day, visitor, row) => {
                self.exec(visitors::PUT, &visitors::params(*day, visitor, row)?)
            }
            Write::DeleteVisitorsBefore(day) => {
                self.exec(visitors::DELETE_BEFORE, &[Value::integer(*day)?])
            }
            Write::PutDedup(dedup) => self.exec(dedup::PUT, &dedup::params(dedup)),
            Write::DeleteDedup(name) => self.exec(dedup::DELETE, &[Value::Text(name.0.clone())]),
            Write::AddFigures(key, figures) => {
                self.exec(figures::ADD, &figures::params(key, figures)?)
            }
            Write::PutMessage(message) => self.exec(outbox::PUT, &outbox::params(message)?),
            Write::DeleteMessage(ticket) => self.exec(outbox::DELETE, &[name(ticket)]),
        }
        .map(drop)
    }

    fn put_run(&self, run: &Run) -> Result<(), StorageError> {
        let params = runs::params(run)?;
        if runs::delete_at_ms(run).is_some() {
            self.exec(runs::PUT_SETTLED, &params)?;
            return Ok(());
        }
        let written = self.exec(runs::PUT_LIVE, &params)?;
        if written.is_empty() {
            return Err(runs::settled_is_final());
        }
        Ok(())
    }

    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        self.sql.exec(statement, params)
    }

    /// The rows of a statement that can be understood. After others went into quarantine it is read
    /// anew, so that they take no place within its limit.
    fn read<T>(
        &self,
        table: &Table,
        statement: &'static str,
        params: &[Value],
        decode: impl Fn(&[Value]) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, StorageError> {
        loop {
            let mut read = Vec::new();
            let mut is_whole = true;
            for values in self.exec(statement, params)? {
                match decode(&values) {
                    Ok(row) => read.push(row),
                    Err(error) => {
                        is_whole = false;
                        self.quarantine(table, &values, &error)?;
                    }
                }
            }
            if is_whole {
                return Ok(read);
            }
        }
    }

    fn read_one<T>(
        &self,
        table: &Table,
        statement: &'static str,
        params: &[Value],
        decode: impl Fn(&[Value]) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, StorageError> {
        Ok(self.read(table, statement, params, decode)?.pop())
    }

    /// The time that a statement selects, if there is one.
    fn read_time(
        &self,
        statement: &'static str,
        after_ms: u64,
    ) -> Result<Option<u64>, StorageError> {
        let rows = self.exec(statement, &[Value::integer(after_ms)?])?;
        let time = rows.first().and_then(|row| row.first());
        Ok(time.and_then(Value::as_integer))
    }

    fn quarantine(
        &self,
        table: &Table,
        values: &[Value],
        error: &DecodeError,
    ) -> Result<(), StorageError> {
        let key: Vec<Value> = values.iter().take(table.key_columns).cloned().collect();
        let reason = error.to_string();
        let params = quarantine::params(self.now_ms, table.name, &key, &reason)?;
        self.exec(quarantine::PUT, &params)?;
        if table.name == runs::TABLE.name {
            self.forget_names(values)?;
        }
        self.exec(table.delete, &key)?;
        self.quarantined.borrow_mut().push(Quarantined { table: table.name, reason });
        Ok(())
    }

    /// Nothing else would delete the deduplication rows of a run that is in quarantine.
    fn forget_names(&self, run: &[Value]) -> Result<(), StorageError> {
        if let Some(Value::Text(json)) = run.get(runs::DEDUP_NAMES_INDEX)
            && let Ok(names) = serde_json::from_str::<Vec<DedupName>>(json)
        {
            for name in names {
                self.exec(dedup::DELETE, &[Value::Text(name.0)])?;
            }
        }
        Ok(())
    }
}

fn name(ticket: &Ticket) -> Value {
    Value::Text(ticket.name())
}

fn count(most: usize) -> Result<Value, StorageError> {
    Value::integer(most as u64)
}

impl<S: Sql> Rows for SqlRows<'_, S> {
    fn live_runs(&self) -> Result<Vec<Run>, StorageError> {
        self.read(&runs::TABLE, runs::LIVE, &[], runs::read)
    }

    fn run(&self, ticket: &Ticket) -> Result<Option<Run>, StorageError> {
        self.read_one(&runs::TABLE, runs::ONE, &[name(ticket)], runs::read)
    }

    fn expired(&self, now_ms: u64, most: usize) -> Result<Vec<Run>, StorageError> {
        let params = [Value::integer(now_ms)?, count(most)?];
        self.read(&runs::TABLE, runs::EXPIRED, &params, runs::read)
    }

    fn next_expiry_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        self.read_time(runs::NEXT_EXPIRY, after_ms)
    }

    fn dedup(&self, name: &DedupName) -> Result<Option<Dedup>, StorageError> {
        let params = [Value::Text(name.0.clone())];
        self.read_one(&dedup::TABLE, dedup::ONE, &params, dedup::read)
    }

    fn visitor(&self, day: u64, visitor: &Visitor) -> Result<Option<VisitorDay>, StorageError> {
        let params = visitors::key(day, visitor)?;
        self.read_one(&visitors::TABLE, visitors::ONE, &params, visitors::read)
    }

    fn first_visitor_day(&self) -> Result<Option<u64>, StorageError> {
        self.read_time(visitors::FIRST_DAY, 0)
    }

    fn limiter(&self) -> Result<Option<Limiter>, StorageError> {
        self.read_one(&limiter::TABLE, limiter::ONE, &[], limiter::read)
    }

    fn credits_of_day(&self, day: u64) -> Result<u64, StorageError> {
        let params = [Value::integer(day)?];
        let decode = figures::read_credits;
        let credits = self.read(&figures::TABLE, figures::CREDITS_OF_DAY, &params, decode)?;
        Ok(credits.into_iter().fold(0, u64::saturating_add))
    }

    fn due_messages(&self, now_ms: u64, most: usize) -> Result<Vec<OutboxMessage>, StorageError> {
        let params = [Value::integer(now_ms)?, count(most)?];
        self.read(&outbox::TABLE, outbox::DUE, &params, outbox::read)
    }

    fn message(&self, ticket: &Ticket) -> Result<Option<OutboxMessage>, StorageError> {
        self.read_one(&outbox::TABLE, outbox::ONE, &[name(ticket)], outbox::read)
    }

    fn next_message_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        self.read_time(outbox::NEXT, after_ms)
    }
}
