//! The account's rows over [`Sql`].

use std::cell::RefCell;

use crate::account::brakes::Brakes;
use crate::account::limiter::Limiter;
use crate::account::proof::FiguresQuery;
use crate::account::rows::{
    AuditEntry, DeadLetter, FAILURE_NAMES_MAX, Figures, FiguresKey, Histogram, MessageId,
    OTHER_FAILURES, OutboxMessage, QuarantineEntry, Quarantined, Rows, StorageError, VisitorDay,
    Write,
};
use crate::auth::ids::{Ticket, Visitor};
use crate::config::limits;
use crate::run::dedup::{Dedup, DedupName};
use crate::run::record::Run;
use crate::run::view::View;
use crate::storage::schema;
use crate::storage::sql::{DecodeError, INTEGER_MAX, Row, Sql, Value, json, param, params};
use crate::storage::tables::proof::{orders, orders_seen, products};
use crate::storage::tables::{
    Named, Table, audit, brakes, dead_letters, dedup, figures, figures::failures, limiter, outbox,
    quarantine, runs, visitors,
};

/// Rows that [`Write::DeleteVisitorsBefore`] deletes at most, which keeps a transaction short.
pub const VISITORS_DELETED_AT_ONCE: usize = 64;

/// What is stored when a settled run would become live again.
pub const SETTLED_IS_FINAL: &str = "a settled run can't become live";

/// Every statement that runs on a database of the last version, by name.
pub fn statements() -> Vec<Named> {
    let mut all = [
        runs::STATEMENTS,
        runs::shown::STATEMENTS,
        dedup::STATEMENTS,
        visitors::STATEMENTS,
        limiter::STATEMENTS,
        figures::STATEMENTS,
        failures::STATEMENTS,
        brakes::STATEMENTS,
        audit::STATEMENTS,
        products::STATEMENTS,
        orders::STATEMENTS,
        orders_seen::STATEMENTS,
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
    pub(super) sql: &'a S,
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
            Write::DeleteAged { day, now_ms } => self.delete_aged(*day, *now_ms),
            Write::PutDedup(Dedup { name, kind, fingerprint, ticket }) => {
                self.exec(dedup::PUT, &params![name, kind, fingerprint, ticket])
            }
            Write::DeleteDedup(name) => self.exec(dedup::DELETE, &params![name]),
            Write::AddFigures(key, of_day) => self.add_figures(key, of_day),
            Write::AddFailure(key, name) => self.add_failure(key, name),
            Write::PutBrakes(shop, brakes) => {
                let mut params = vec![param(shop)?];
                for (_, value) in brakes.fields() {
                    params.push(param(&value)?);
                }
                self.exec(brakes::PUT, &params)
            }
            Write::AddAudit(AuditEntry { at_ms, by, shop, change }) => {
                self.exec(audit::ADD, &params![at_ms, by, shop, change])?;
                self.exec(audit::DELETE_BEYOND, &[])
            }
            Write::PutQuarantine(QuarantineEntry { at_ms, table, key, reason }) => {
                self.exec(quarantine::PUT, &params![at_ms, table, key, reason])
            }
            Write::ClearQuarantine => self.exec(quarantine::DELETE_BEFORE, &params![INTEGER_MAX]),
            Write::DeleteQuarantine(QuarantineEntry { at_ms, table, key, .. }) => {
                self.exec(quarantine::DELETE, &params![at_ms, table, key])
            }
            Write::PutMessage(message) => self.put_message(message),
            Write::DeleteMessage(id) => self.exec(outbox::DELETE, &params![id]),
            Write::PutDeadLetter(letter) => self.put_dead_letter(letter),
            Write::DeleteDeadLetter(id) => self.exec(dead_letters::DELETE, &params![id]),
            Write::CountProduct(day, shop, product, counts) => {
                self.add(products::ADD, &params![day, shop, product], counts)
            }
            Write::PutOrder(name, day) => self.exec(orders_seen::PUT, &params![name, day]),
            Write::CountOrders(day, shop, mark, currency, sums) => {
                self.add(orders::ADD, &params![day, shop, mark, currency], sums)
            }
        }
    }

    /// Adds to the counts of a row.
    fn add(
        &self,
        statement: &'static str,
        key: &[Value],
        counts: &[u64],
    ) -> Result<(), StorageError> {
        let mut params = key.to_vec();
        for count in counts {
            params.push(param(count)?);
        }
        self.exec(statement, &params)
    }

    fn delete_aged(&self, day: u64, now_ms: u64) -> Result<(), StorageError> {
        let kept_ms = limits::QUARANTINE_KEPT_MS;
        for (statement, bound) in [
            (figures::DELETE_BEFORE, day.saturating_sub(limits::FIGURES_KEPT_DAYS)),
            (figures::DELETE_AFTER, day.saturating_add(limits::FIGURES_KEPT_DAYS)),
            (failures::DELETE_BEFORE, day.saturating_sub(limits::FIGURES_KEPT_DAYS)),
            (failures::DELETE_AFTER, day.saturating_add(limits::FIGURES_KEPT_DAYS)),
            (products::DELETE_BEFORE, day.saturating_sub(limits::FIGURES_KEPT_DAYS)),
            (products::DELETE_AFTER, day.saturating_add(limits::FIGURES_KEPT_DAYS)),
            (orders_seen::DELETE_BEFORE, day.saturating_sub(limits::ORDERS_SEEN_DAYS)),
            (orders_seen::DELETE_AFTER, day.saturating_add(limits::ORDERS_SEEN_DAYS)),
            (orders::DELETE_BEFORE, day.saturating_sub(limits::FIGURES_KEPT_DAYS)),
            (orders::DELETE_AFTER, day.saturating_add(limits::FIGURES_KEPT_DAYS)),
            (visitors::DELETE_AFTER, day.saturating_add(1)),
            (quarantine::DELETE_BEFORE, now_ms.saturating_sub(kept_ms)),
            (quarantine::DELETE_AFTER, now_ms.saturating_add(kept_ms)),
        ] {
            self.exec(statement, &params![bound])?;
        }
        Ok(())
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
        #[cfg(feature = "next-release")]
        self.exec(
            "UPDATE runs SET note = coalesce(?, note) WHERE ticket = ?",
            &params![run.note, run.ticket],
        )?;
        Ok(())
    }

    /// Sums are SQLite's; the histograms are joined here.
    fn add_figures(&self, key: &FiguresKey, more: &Figures) -> Result<(), StorageError> {
        let FiguresKey { day, shop, model } = key;
        let before = self.sql.exec(figures::TIMES, &params![day, shop, model])?;
        let mut before = before.iter().flatten();
        // One that can't be read begins anew.
        let mut joined = |more: &Histogram| {
            let text = before.next().and_then(Value::as_str);
            let mut counts: Histogram =
                text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            counts.add(more);
            json(&counts)
        };
        let (waits, durations) = (joined(&more.waits)?, joined(&more.durations)?);
        let Figures { completed, failed, timed_out, joined, credits, wait_ms, run_ms, .. } = more;
        let params = params![
            day, shop, model, completed, failed, timed_out, joined, credits, wait_ms, run_ms,
            waits, durations
        ];
        self.exec(figures::ADD, &params)
    }

    fn add_failure(&self, key: &FiguresKey, name: &str) -> Result<(), StorageError> {
        let FiguresKey { day, shop, model } = key;
        let known = self.sql.exec(failures::NAMES, &params![day, shop, model])?;
        let is_known = known.iter().flatten().any(|known| known == name);
        let name = if is_known || known.len() < FAILURE_NAMES_MAX { name } else { OTHER_FAILURES };
        self.exec(failures::ADD, &params![day, shop, model, name])
    }

    fn put_message(&self, message: &OutboxMessage) -> Result<(), StorageError> {
        let OutboxMessage { id, ticket, event, at_ms, detail, tries, next_ms, outcome, url } =
            message;
        let params = params![id, ticket, event, at_ms, detail, tries, next_ms, outcome, url];
        self.exec(outbox::PUT, &params)
    }

    fn put_dead_letter(&self, letter: &DeadLetter) -> Result<(), StorageError> {
        let DeadLetter { id, event, at_ms, detail, tries, outcome, dead_ms, url } = letter;
        let params = params![id, event, at_ms, detail, tries, outcome, dead_ms, url];
        self.exec(dead_letters::PUT, &params)?;
        let before_ms = dead_ms.saturating_sub(limits::DEAD_LETTER_MS);
        self.exec(dead_letters::DELETE_BEFORE, &params![before_ms])?;
        self.exec(dead_letters::DELETE_BEYOND, &[])
    }

    /// The rows of a query that can be understood. After others went into quarantine it is read
    /// anew, so that they take no place within its limit; once, because a row that its key doesn't
    /// delete would be read for ever.
    pub(super) fn read<T>(
        &self,
        table: &Table<T>,
        query: &'static str,
        params: &[Value],
    ) -> Result<Vec<T>, StorageError> {
        let mut is_again = false;
        loop {
            let mut read = Vec::new();
            let mut is_whole = true;
            for values in self.sql.exec(query, params)? {
                let row = Row { columns: table.columns, values: &values };
                match (table.read)(&row) {
                    Ok(row) => read.push(row),
                    Err(_) if is_again => {}
                    Err(error) => {
                        is_whole = false;
                        self.quarantine(table, &row, &error)?;
                    }
                }
            }
            if is_whole {
                return Ok(read);
            }
            is_again = true;
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

    /// The number that a statement selects, if there is one.
    fn read_number(&self, query: &'static str, after_ms: u64) -> Result<Option<u64>, StorageError> {
        Ok(number(&self.sql.exec(query, &params![after_ms])?))
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
        let mut run = None;
        if table.name == runs::TABLE.name {
            run = row.get("ticket").ok();
            // Nothing but the daily look would delete them.
            for name in self.dedup_names(&key)? {
                self.sql.exec(dedup::DELETE, &params![name])?;
            }
        }
        self.sql.exec(table.delete, &key)?;
        self.quarantined.borrow_mut().push(Quarantined { table: table.name, reason, run });
        Ok(())
    }

    /// The deduplication rows of a run, as far as they can be read.
    fn dedup_names(&self, key: &[Value]) -> Result<Vec<DedupName>, StorageError> {
        let rows = self.sql.exec(runs::DEDUP_NAMES, key)?;
        let names = rows.first().and_then(|row| row.first()).and_then(Value::as_str);
        Ok(names.and_then(|names| serde_json::from_str(names).ok()).unwrap_or_default())
    }
}

/// The number that a statement selects alone.
pub(super) fn number(rows: &[Vec<Value>]) -> Option<u64> {
    rows.first()?.first()?.as_u64()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| serde_json::to_string(value).unwrap_or_default(), str::to_owned)
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
        self.read_number(runs::NEXT_EXPIRY, after_ms)
    }

    fn dedup(&self, name: &DedupName) -> Result<Option<Dedup>, StorageError> {
        self.read_one(&dedup::TABLE, dedup::ONE, &params![name])
    }

    fn dedup_after(&self, name: &DedupName, most: usize) -> Result<Vec<Dedup>, StorageError> {
        self.read(&dedup::TABLE, dedup::AFTER, &params![name, most])
    }

    fn visitor(&self, day: u64, visitor: &Visitor) -> Result<Option<VisitorDay>, StorageError> {
        self.read_one(&visitors::TABLE, visitors::ONE, &params![day, visitor])
    }

    fn has_visitors_before(&self, day: u64) -> Result<bool, StorageError> {
        Ok(!self.sql.exec(visitors::ANY_BEFORE, &params![day])?.is_empty())
    }

    fn limiter(&self) -> Result<Option<Limiter>, StorageError> {
        self.read_one(&limiter::TABLE, limiter::ONE, &[])
    }

    fn credits(&self, (from, to): (u64, u64)) -> Result<Vec<(u64, String, u64)>, StorageError> {
        self.read(&figures::TABLE, figures::CREDITS, &params![from, to])
    }

    fn brakes(&self) -> Result<Vec<(String, Brakes)>, StorageError> {
        self.read(&brakes::TABLE, brakes::ALL, &[])
    }

    fn audit(&self, shop: Option<&str>) -> Result<Value, StorageError> {
        let rows = self.sql.exec(audit::NEWEST, &params![shop])?;
        Ok(rows.into_iter().map(Value::Array).collect())
    }

    fn figures(&self, (from, to): (u64, u64), shop: Option<&str>) -> Result<Value, StorageError> {
        let params = params![from, to, shop];
        let rows = |statement| self.sql.exec(statement, &params);
        Ok(serde_json::json!({
            "runs": rows(figures::OF_DAYS)?,
            "failures": rows(failures::OF_DAYS)?,
        }))
    }

    fn due_messages(&self, now_ms: u64, most: usize) -> Result<Vec<OutboxMessage>, StorageError> {
        self.read(&outbox::TABLE, outbox::DUE, &params![now_ms, most])
    }

    fn message(&self, id: &MessageId) -> Result<Option<OutboxMessage>, StorageError> {
        self.read_one(&outbox::TABLE, outbox::ONE, &params![id])
    }

    fn next_message_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        self.read_number(outbox::NEXT, after_ms)
    }

    fn messages_waiting(&self) -> Result<u64, StorageError> {
        Ok(self.read_number(outbox::WAITING, 0)?.unwrap_or(0))
    }

    fn quarantine(&self, most: usize) -> Result<Vec<QuarantineEntry>, StorageError> {
        self.read(&quarantine::TABLE, quarantine::NEWEST, &params![0, most])
    }

    fn quarantined(&self) -> Vec<Quarantined> {
        self.quarantined.borrow().clone()
    }

    fn schema_version(&self) -> Result<u64, StorageError> {
        schema::version(self.sql)
    }

    fn dead_letters(&self) -> Result<Vec<DeadLetter>, StorageError> {
        self.read(&dead_letters::TABLE, dead_letters::ALL, &[])
    }

    fn dead_letter(&self, id: &MessageId) -> Result<Option<DeadLetter>, StorageError> {
        self.read_one(&dead_letters::TABLE, dead_letters::ONE, &params![id])
    }

    fn has_order(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.read_one(&orders_seen::TABLE, orders_seen::ONE, &params![name])?.is_some())
    }

    fn orders_of_day(&self, day: u64) -> Result<u64, StorageError> {
        Ok(self.read_number(orders::OF_DAY, day)?.unwrap_or(0))
    }

    fn has_room_for(&self, day: u64, shop: &str, product: &str) -> Result<bool, StorageError> {
        self.has_room(day, shop, product)
    }

    fn proof(&self, query: &FiguresQuery) -> Result<Value, StorageError> {
        self.read_proof(query)
    }
}
