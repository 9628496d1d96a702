//! The account's rows over [`Sql`].

use std::cell::RefCell;

use crate::account::limiter::Limiter;
use crate::account::rows::{
    DeadLetter, Figures, FiguresKey, MessageId, OutboxMessage, Rows, StorageError, VisitorDay,
    Write,
};
use crate::auth::ids::{Ticket, Visitor};
use crate::config::limits;
use crate::run::dedup::{Dedup, DedupName};
use crate::run::record::Run;
use crate::run::view::View;
use crate::storage::schema;
use crate::storage::sql::{DecodeError, Row, Sql, Value, param, params};
use crate::storage::tables::{
    Named, Table, dead_letters, dedup, figures, limiter, outbox, quarantine, runs, visitors,
};

/// Rows that [`Write::DeleteVisitorsBefore`] deletes at most, which keeps a transaction short.
pub const VISITORS_DELETED_AT_ONCE: usize = 64;

/// What is stored when a settled run would become live again.
pub const SETTLED_IS_FINAL: &str = "a settled run can't become live";

/// A row that could not be understood, and so was deleted. Its key is in the table `quarantine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub table: &'static str,
    /// Which column, and why; no content.
    pub reason: String,
}

/// Every statement that runs on a database of the last version, by name.
pub fn statements() -> Vec<Named> {
    let mut all = [
        runs::STATEMENTS,
        runs::shown::STATEMENTS,
        dedup::STATEMENTS,
        visitors::STATEMENTS,
        limiter::STATEMENTS,
        figures::STATEMENTS,
        outbox::STATEMENTS,
        dead_letters::STATEMENTS,
        quarantine::STATEMENTS,
        schema::STATEMENTS,
    ]
    .concat();
    // Two ways to read runs have one way to delete them.
    all.sort_unstable();
    all.dedup();
    all
}

/// Makes a database ready: once, before anything else.
pub fn open<S: Sql>(sql: &S, now_ms: u64) -> Result<(), StorageError> {
    schema::migrate(sql, now_ms)?;
    sql.exec(
        quarantine::DELETE_BEFORE,
        &params![now_ms.saturating_sub(limits::QUARANTINE_KEPT_MS)],
    )?;
    let dead_ms = now_ms.saturating_sub(limits::DEAD_LETTER_MS);
    sql.exec(dead_letters::DELETE_BEFORE, &params![dead_ms])?;
    Ok(())
}

/// Runs one event's reads and writes as one transaction. Answers also the rows that it could not
/// understand, for the log. After an error nothing is stored.
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

    pub fn into_quarantined(self) -> Vec<Quarantined> {
        self.quarantined.into_inner()
    }

    /// Stores one change.
    pub fn apply(&self, write: &Write) -> Result<(), StorageError> {
        match write {
            Write::PutRun(run) => self.put_run(run),
            Write::DeleteRun(ticket) => self.exec(runs::DELETE, &params![ticket]),
            Write::PutLimiter(limiter) => self.exec(limiter::PUT, &limiter::params(limiter)?),
            Write::PutVisitor(day, visitor, VisitorDay { committed, attempts }) => {
                self.exec(visitors::PUT, &params![day, visitor, committed, attempts])
            }
            Write::DeleteVisitorsBefore(day) => self.exec(visitors::DELETE_BEFORE, &params![day]),
            Write::PutDedup(Dedup { name, kind, fingerprint, ticket }) => {
                self.exec(dedup::PUT, &params![name, kind, fingerprint, ticket])
            }
            Write::DeleteDedup(name) => self.exec(dedup::DELETE, &params![name]),
            Write::AddFigures(FiguresKey { day, shop, model }, of_day) => {
                let Figures { completed, failed, timed_out, credits, wait_ms, run_ms } = of_day;
                let params = params![
                    day, shop, model, completed, failed, timed_out, credits, wait_ms, run_ms
                ];
                self.exec(figures::ADD, &params)
            }
            Write::PutMessage(message) => self.put_message(message),
            Write::DeleteMessage(id) => self.exec(outbox::DELETE, &params![id]),
            Write::PutDeadLetter(letter) => self.put_dead_letter(letter),
            Write::DeleteDeadLetter(id) => self.exec(dead_letters::DELETE, &params![id]),
        }
    }

    fn exec(&self, statement: &'static str, params: &[Value]) -> Result<(), StorageError> {
        self.sql.exec(statement, params).map(drop)
    }

    fn put_run(&self, run: &Run) -> Result<(), StorageError> {
        let mut params = runs::params(run)?;
        if let Some(delete_at_ms) = run.settled_until_ms() {
            params.push(param(&delete_at_ms)?);
            self.sql.exec(runs::PUT_SETTLED, &params)?;
        } else if self.sql.exec(runs::PUT_LIVE, &params)?.is_empty() {
            return Err(StorageError(SETTLED_IS_FINAL.to_owned()));
        }
        Ok(())
    }

    fn put_message(&self, message: &OutboxMessage) -> Result<(), StorageError> {
        let OutboxMessage { id, ticket, event, at_ms, detail, tries, next_ms, outcome } = message;
        let params = params![id, ticket, event, at_ms, detail, tries, next_ms, outcome];
        self.exec(outbox::PUT, &params)
    }

    fn put_dead_letter(&self, letter: &DeadLetter) -> Result<(), StorageError> {
        let DeadLetter { id, event, at_ms, detail, tries, outcome, dead_ms } = letter;
        let params = params![id, event, at_ms, detail, tries, outcome, dead_ms];
        self.exec(dead_letters::PUT, &params)?;
        let before_ms = dead_ms.saturating_sub(limits::DEAD_LETTER_MS);
        self.exec(dead_letters::DELETE_BEFORE, &params![before_ms])?;
        self.exec(dead_letters::DELETE_BEYOND, &[])
    }

    /// The rows of a query that can be understood. After others went into quarantine it is read
    /// anew, so that they take no place within its limit.
    fn read<T>(
        &self,
        table: &Table<T>,
        query: &'static str,
        params: &[Value],
    ) -> Result<Vec<T>, StorageError> {
        loop {
            let mut read = Vec::new();
            let mut is_whole = true;
            for values in self.sql.exec(query, params)? {
                let row = Row { columns: table.columns, values: &values };
                match (table.read)(&row) {
                    Ok(row) => read.push(row),
                    Err(error) => {
                        is_whole = false;
                        self.quarantine(table, &row, &error)?;
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
        table: &Table<T>,
        query: &'static str,
        params: &[Value],
    ) -> Result<Option<T>, StorageError> {
        Ok(self.read(table, query, params)?.pop())
    }

    /// The time that a statement selects, if there is one.
    fn read_time(&self, query: &'static str, after_ms: u64) -> Result<Option<u64>, StorageError> {
        let rows = self.sql.exec(query, &params![after_ms])?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::as_u64))
    }

    fn quarantine<T>(
        &self,
        table: &Table<T>,
        row: &Row<'_>,
        error: &DecodeError,
    ) -> Result<(), StorageError> {
        let key: Vec<Value> = row.values.iter().take(table.key_columns).cloned().collect();
        let texts: Vec<String> = key.iter().map(text).collect();
        let reason = error.to_string();
        let entry = params![self.now_ms, table.name, texts.join("/"), reason];
        self.sql.exec(quarantine::PUT, &entry)?;
        // Nothing else would delete the deduplication rows of a run that is in quarantine.
        if table.name == runs::TABLE.name {
            for name in row.json::<Vec<DedupName>>("dedup_names").unwrap_or_default() {
                self.sql.exec(dedup::DELETE, &params![name])?;
            }
        }
        self.sql.exec(table.delete, &key)?;
        self.quarantined.borrow_mut().push(Quarantined { table: table.name, reason });
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl<S: Sql> Rows for SqlRows<'_, S> {
    fn live_runs(&self) -> Result<Vec<Run>, StorageError> {
        self.read(&runs::TABLE, runs::LIVE, &[])
    }

    fn run(&self, ticket: &Ticket) -> Result<Option<Run>, StorageError> {
        self.read_one(&runs::TABLE, runs::ONE, &params![ticket])
    }

    fn ended_view(&self, ticket: &Ticket) -> Result<Option<View>, StorageError> {
        self.read_one(&runs::shown::TABLE, runs::shown::ENDED, &params![ticket])
            .map(Option::flatten)
    }

    fn expired(&self, now_ms: u64, most: usize) -> Result<Vec<Run>, StorageError> {
        self.read(&runs::TABLE, runs::EXPIRED, &params![now_ms, most])
    }

    fn next_expiry_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        self.read_time(runs::NEXT_EXPIRY, after_ms)
    }

    fn dedup(&self, name: &DedupName) -> Result<Option<Dedup>, StorageError> {
        self.read_one(&dedup::TABLE, dedup::ONE, &params![name])
    }

    fn visitor(&self, day: u64, visitor: &Visitor) -> Result<Option<VisitorDay>, StorageError> {
        self.read_one(&visitors::TABLE, visitors::ONE, &params![day, visitor])
    }

    fn first_visitor_day(&self) -> Result<Option<u64>, StorageError> {
        self.read_time(visitors::FIRST_DAY, 0)
    }

    fn limiter(&self) -> Result<Option<Limiter>, StorageError> {
        self.read_one(&limiter::TABLE, limiter::ONE, &[])
    }

    fn credits_of_day(&self, day: u64) -> Result<u64, StorageError> {
        let credits = self.read(&figures::TABLE, figures::OF_DAY, &params![day])?;
        Ok(credits.into_iter().fold(0, u64::saturating_add))
    }

    fn due_messages(&self, now_ms: u64, most: usize) -> Result<Vec<OutboxMessage>, StorageError> {
        self.read(&outbox::TABLE, outbox::DUE, &params![now_ms, most])
    }

    fn message(&self, id: &MessageId) -> Result<Option<OutboxMessage>, StorageError> {
        self.read_one(&outbox::TABLE, outbox::ONE, &params![id])
    }

    fn next_message_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        self.read_time(outbox::NEXT, after_ms)
    }

    fn dead_letters(&self) -> Result<Vec<DeadLetter>, StorageError> {
        self.read(&dead_letters::TABLE, dead_letters::ALL, &[])
    }

    fn dead_letter(&self, id: &MessageId) -> Result<Option<DeadLetter>, StorageError> {
        self.read_one(&dead_letters::TABLE, dead_letters::ONE, &params![id])
    }
}
