//! The account's rows in memory: the same answers as the database's, in less time.

#[path = "memory/dead_letters.rs"]
mod dead_letters;
#[path = "memory/proof.rs"]
mod proof;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use fitting_room::account::brakes::Brakes;
use fitting_room::account::limiter::Limiter;
use fitting_room::account::proof::FiguresQuery;
use fitting_room::account::rows::{
    AUDIT_MAX, AuditEntry, DeadLetter, FAILURE_NAMES_MAX, Figures, FiguresKey, MessageId,
    OTHER_FAILURES, OutboxMessage, QuarantineEntry, Quarantined, Rows, StorageError, VisitorDay,
    Write,
};
use fitting_room::auth::ids::{Ticket, Visitor};
use fitting_room::config::limits;
use fitting_room::run::dedup::{Dedup, DedupName};
use fitting_room::run::record::Run;
use fitting_room::run::view::View;
use fitting_room::storage::rows::{SETTLED_IS_FINAL, VISITORS_DELETED_AT_ONCE};
use fitting_room::storage::schema::MIGRATIONS;
use fitting_room::storage::sql::Value;
use serde_json::json;

use proof::{OrdersKey, ProductKey};

/// All tables. Rows that are looked up by a time are also in a second, ordered set.
#[derive(Default)]
pub struct MemoryRows {
    tables: RefCell<Tables>,
}

#[derive(Default)]
struct Tables {
    runs: BTreeMap<String, Run>,
    live: BTreeSet<String>,
    expiries: BTreeSet<(u64, String)>,
    dedup: BTreeMap<DedupName, Dedup>,
    visitors: BTreeMap<(u64, Visitor), VisitorDay>,
    limiter: Option<Limiter>,
    figures: BTreeMap<FiguresKey, Figures>,
    failures: BTreeMap<(FiguresKey, String), u64>,
    brakes: BTreeMap<String, Brakes>,
    audit: Vec<AuditEntry>,
    outbox: BTreeMap<String, OutboxMessage>,
    due: BTreeSet<(u64, String)>,
    quarantine: BTreeMap<EntryKey, QuarantineEntry>,
    dead_letters: BTreeMap<String, DeadLetter>,
    products: BTreeMap<ProductKey, [u64; 5]>,
    orders: BTreeMap<OrdersKey, [u64; 4]>,
    orders_seen: BTreeMap<String, u64>,
    undo: Vec<Undo>,
}

/// Puts back what stood in a row before the transaction changed it.
type Undo = Box<dyn FnOnce(&mut Tables)>;

impl MemoryRows {
    /// Runs one event's reads and writes as one transaction.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored.
    pub fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        self.transaction(|| {
            let (answer, writes) = event(self)?;
            for write in &writes {
                self.apply(write)?;
            }
            Ok(answer)
        })
    }

    /// Runs reads and writes as one transaction, which an error rolls back. Not within another.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.tables.borrow_mut().undo.clear();
        let done = f();
        let mut tables = self.tables.borrow_mut();
        match done {
            Ok(_) => tables.undo.clear(),
            Err(_) => tables.roll_back(),
        }
        done
    }

    /// Stores one change.
    ///
    /// # Errors
    /// [`StorageError`]: a settled run would become live again.
    pub fn apply(&self, write: &Write) -> Result<(), StorageError> {
        let tables = &mut *self.tables.borrow_mut();
        match write {
            Write::PutRun(run) => tables.put_run(run)?,
            Write::DeleteRun(ticket) => tables.set_run(ticket.name(), None),
            Write::PutLimiter(limiter) => tables.set_limiter(Some(Limiter::clone(limiter))),
            Write::PutVisitor(day, visitor, row) => {
                tables.set_visitor((*day, visitor.clone()), Some(row.clone()));
            }
            Write::DeleteVisitorsBefore(day) => tables.delete_visitors_before(*day),
            Write::PutDedup(dedup) => tables.set_dedup(dedup.name.clone(), Some(dedup.clone())),
            Write::DeleteDedup(name) => tables.set_dedup(name.clone(), None),
            Write::AddFigures(key, figures) => tables.add_figures(key, figures),
            Write::AddFailure(key, name) => tables.add_failure(key, name),
            Write::PutBrakes(shop, brakes) => {
                tables.set_brakes(shop.clone(), Some(brakes.clone()));
            }
            Write::AddAudit(entry) => tables.add_audit(entry),
            Write::PutMessage(message) => {
                tables.set_message(message.id.0.clone(), Some(message.clone()));
            }
            Write::DeleteAged { day, now_ms } => tables.delete_aged(*day, *now_ms),
            Write::PutQuarantine(entry) => tables.set_entry(key_of(entry), Some(entry.clone())),
            Write::ClearQuarantine => {
                for key in tables.quarantine.keys().cloned().collect::<Vec<_>>() {
                    tables.set_entry(key, None);
                }
            }
            Write::DeleteQuarantine(entry) => tables.set_entry(key_of(entry), None),
            Write::DeleteMessage(id) => tables.set_message(id.0.clone(), None),
            Write::PutDeadLetter(letter) => tables.put_dead_letter(letter),
            Write::DeleteDeadLetter(id) => tables.set_dead_letter(id.0.clone(), None),
            Write::CountProduct(day, shop, product, more) => {
                tables.count_product((*day, shop.clone(), product.clone()), more);
            }
            Write::PutOrder(name, day) => tables.set_order(name.clone(), Some(*day)),
            Write::CountOrders(day, shop, mark, currency, more) => {
                tables.count_orders((*day, shop.clone(), *mark, currency.clone()), more);
            }
        }
        Ok(())
    }
}

type EntryKey = (u64, String, String);

fn key_of(entry: &QuarantineEntry) -> EntryKey {
    (entry.at_ms, entry.table.clone(), entry.key.clone())
}

/// Replaces, inserts or deletes a row; answers what stood there.
fn set<K: Ord, V>(rows: &mut BTreeMap<K, V>, key: K, row: Option<V>) -> Option<V> {
    match row {
        Some(row) => rows.insert(key, row),
        None => rows.remove(&key),
    }
}

impl Tables {
    fn roll_back(&mut self) {
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            undo(self);
        }
        self.undo.clear();
    }

    fn put_run(&mut self, run: &Run) -> Result<(), StorageError> {
        let key = run.ticket.name();
        let is_live = !run.is_settled();
        if is_live && self.runs.contains_key(&key) && !self.live.contains(&key) {
            return Err(StorageError(SETTLED_IS_FINAL.to_owned()));
        }
        self.set_run(key, Some(run.clone()));
        Ok(())
    }

    fn set_run(&mut self, key: String, row: Option<Run>) {
        let delete_at_ms = row.as_ref().map(Run::settled_until_ms);
        let before = set(&mut self.runs, key.clone(), row);
        if let Some(before) = &before {
            match before.settled_until_ms() {
                None => self.live.remove(&key),
                Some(at_ms) => self.expiries.remove(&(at_ms, key.clone())),
            };
        }
        match delete_at_ms {
            None => {}
            Some(None) => {
                self.live.insert(key.clone());
            }
            Some(Some(at_ms)) => {
                self.expiries.insert((at_ms, key.clone()));
            }
        }
        self.undo.push(Box::new(move |tables| tables.set_run(key, before)));
    }

    fn set_dedup(&mut self, key: DedupName, row: Option<Dedup>) {
        let before = set(&mut self.dedup, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_dedup(key, before)));
    }

    fn set_visitor(&mut self, key: (u64, Visitor), row: Option<VisitorDay>) {
        let before = set(&mut self.visitors, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_visitor(key, before)));
    }

    fn delete_visitors_before(&mut self, day: u64) {
        let keys: Vec<_> = self
            .visitors
            .keys()
            .take_while(|(of_day, _)| *of_day < day)
            .take(VISITORS_DELETED_AT_ONCE)
            .cloned()
            .collect();
        for key in keys {
            self.set_visitor(key, None);
        }
    }

    fn set_limiter(&mut self, row: Option<Limiter>) {
        let before = std::mem::replace(&mut self.limiter, row);
        self.undo.push(Box::new(move |tables| tables.set_limiter(before)));
    }

    fn set_figures(&mut self, key: FiguresKey, row: Option<Figures>) {
        let before = set(&mut self.figures, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_figures(key, before)));
    }

    fn add_figures(&mut self, key: &FiguresKey, more: &Figures) {
        let before = self.figures.get(key).cloned().unwrap_or_default();
        let (mut waits, mut durations) = (before.waits, before.durations);
        waits.add(&more.waits);
        durations.add(&more.durations);
        let sum = Figures {
            waits,
            durations,
            joined: before.joined.saturating_add(more.joined),
            completed: before.completed.saturating_add(more.completed),
            failed: before.failed.saturating_add(more.failed),
            timed_out: before.timed_out.saturating_add(more.timed_out),
            credits: before.credits.saturating_add(more.credits),
            wait_ms: before.wait_ms.saturating_add(more.wait_ms),
            run_ms: before.run_ms.saturating_add(more.run_ms),
        };
        self.set_figures(key.clone(), Some(sum));
    }

    fn set_brakes(&mut self, key: String, row: Option<Brakes>) {
        let before = set(&mut self.brakes, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_brakes(key, before)));
    }

    fn add_audit(&mut self, entry: &AuditEntry) {
        let before = self.audit.clone();
        self.audit.push(entry.clone());
        let beyond = self.audit.len().saturating_sub(AUDIT_MAX);
        self.audit.drain(..beyond);
        self.undo.push(Box::new(move |tables| tables.audit = before));
    }

    fn set_failures(&mut self, key: (FiguresKey, String), row: Option<u64>) {
        let before = set(&mut self.failures, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_failures(key, before)));
    }

    fn add_failure(&mut self, key: &FiguresKey, name: &str) {
        let known: Vec<_> = self.failures.keys().filter(|(other, _)| other == key).collect();
        let is_known = known.iter().any(|(_, known)| known == name);
        let name = if is_known || known.len() < FAILURE_NAMES_MAX { name } else { OTHER_FAILURES };
        let key = (key.clone(), name.to_owned());
        let count = self.failures.get(&key).map_or(1, |count| count + 1);
        self.set_failures(key, Some(count));
    }

    fn delete_aged(&mut self, day: u64, now_ms: u64) {
        let kept = limits::FIGURES_KEPT_DAYS;
        let figures = self.figures.keys().filter(|key| key.day.abs_diff(day) > kept);
        for key in figures.cloned().collect::<Vec<_>>() {
            self.set_figures(key, None);
        }
        let failures = self.failures.keys().filter(|(key, _)| key.day.abs_diff(day) > kept);
        for key in failures.cloned().collect::<Vec<_>>() {
            self.set_failures(key, None);
        }
        self.delete_counts(day);
        let visitors = self.visitors.keys().filter(|(of_day, _)| *of_day > day + 1);
        for key in visitors.cloned().collect::<Vec<_>>() {
            self.set_visitor(key, None);
        }
        let kept_ms = limits::QUARANTINE_KEPT_MS;
        let entries = self.quarantine.keys().filter(|key| key.0.abs_diff(now_ms) > kept_ms);
        for key in entries.cloned().collect::<Vec<_>>() {
            self.set_entry(key, None);
        }
    }

    fn set_entry(&mut self, key: EntryKey, row: Option<QuarantineEntry>) {
        let before = set(&mut self.quarantine, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_entry(key, before)));
    }

    fn set_message(&mut self, key: String, row: Option<OutboxMessage>) {
        let next_ms = row.as_ref().map(|message| message.next_ms);
        let before = set(&mut self.outbox, key.clone(), row);
        if let Some(before) = &before {
            self.due.remove(&(before.next_ms, key.clone()));
        }
        if let Some(next_ms) = next_ms {
            self.due.insert((next_ms, key.clone()));
        }
        self.undo.push(Box::new(move |tables| tables.set_message(key, before)));
    }
}

/// The keys that are due, earliest first.
fn due(times: &BTreeSet<(u64, String)>, now_ms: u64, most: usize) -> impl Iterator<Item = &String> {
    times.iter().take_while(move |(at_ms, _)| *at_ms <= now_ms).take(most).map(|(_, key)| key)
}

fn next_ms(times: &BTreeSet<(u64, String)>, after_ms: u64) -> Option<u64> {
    let later = (after_ms.saturating_add(1), String::new());
    times.range(later..).next().map(|(at_ms, _)| *at_ms)
}

impl Rows for MemoryRows {
    fn live_runs(&self) -> Result<Vec<Run>, StorageError> {
        let tables = self.tables.borrow();
        let live = tables.live.iter().filter_map(|key| tables.runs.get(key));
        Ok(live.cloned().collect())
    }

    fn run(&self, ticket: &Ticket) -> Result<Option<Run>, StorageError> {
        Ok(self.tables.borrow().runs.get(&ticket.name()).cloned())
    }

    fn ended_view(&self, ticket: &Ticket) -> Result<Option<View>, StorageError> {
        let run = self.run(ticket)?.filter(|run| run.is_settled() && !run.is_deleted);
        Ok(run.as_ref().map(View::of))
    }

    fn expired(&self, now_ms: u64, most: usize) -> Result<Vec<Run>, StorageError> {
        let tables = self.tables.borrow();
        let keys = due(&tables.expiries, now_ms, most);
        Ok(keys.filter_map(|key| tables.runs.get(key)).cloned().collect())
    }

    fn next_expiry_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        Ok(next_ms(&self.tables.borrow().expiries, after_ms))
    }

    fn dedup(&self, name: &DedupName) -> Result<Option<Dedup>, StorageError> {
        Ok(self.tables.borrow().dedup.get(name).cloned())
    }

    fn dedup_after(&self, name: &DedupName, most: usize) -> Result<Vec<Dedup>, StorageError> {
        let behind = (Bound::Excluded(name), Bound::Unbounded);
        let tables = self.tables.borrow();
        Ok(tables.dedup.range(behind).take(most).map(|(_, dedup)| dedup.clone()).collect())
    }

    fn visitor(&self, day: u64, visitor: &Visitor) -> Result<Option<VisitorDay>, StorageError> {
        let key = (day, visitor.clone());
        Ok(self.tables.borrow().visitors.get(&key).cloned())
    }

    fn has_visitors_before(&self, day: u64) -> Result<bool, StorageError> {
        let tables = self.tables.borrow();
        Ok(tables.visitors.keys().next().is_some_and(|(first, _)| *first < day))
    }

    fn limiter(&self) -> Result<Option<Limiter>, StorageError> {
        Ok(self.tables.borrow().limiter.clone())
    }

    fn credits(&self, (from, to): (u64, u64)) -> Result<Vec<(u64, String, u64)>, StorageError> {
        let first = FiguresKey { day: from, shop: String::new(), model: String::new() };
        let tables = self.tables.borrow();
        let of_days = tables.figures.range(first..).take_while(|(key, _)| key.day <= to);
        Ok(of_days.map(|(key, row)| (key.day, key.shop.clone(), row.credits)).collect())
    }

    fn brakes(&self) -> Result<Vec<(String, Brakes)>, StorageError> {
        let tables = self.tables.borrow();
        Ok(tables.brakes.iter().map(|(shop, brakes)| (shop.clone(), brakes.clone())).collect())
    }

    fn audit(&self, shop: Option<&str>) -> Result<Value, StorageError> {
        let tables = self.tables.borrow();
        let newest = tables.audit.iter().rev();
        let wanted = newest.filter(|entry| shop.is_none_or(|shop| shop == entry.shop));
        Ok(wanted
            .map(|AuditEntry { at_ms, by, shop, change }| json!([at_ms, by, shop, change]))
            .collect())
    }

    fn figures(&self, (from, to): (u64, u64), shop: Option<&str>) -> Result<Value, StorageError> {
        let tables = self.tables.borrow();
        let is_wanted = |key: &FiguresKey| {
            (from..=to).contains(&key.day) && shop.is_none_or(|shop| shop == key.shop)
        };
        let text = |times| serde_json::to_string(times).unwrap_or_default();
        let runs = tables.figures.iter().filter(|(key, _)| is_wanted(key)).map(|(key, row)| {
            let Figures { completed, failed, timed_out, joined, credits, .. } = row;
            let counts = (completed, failed, timed_out, joined, credits);
            let (waits, durations) = (text(&row.waits), text(&row.durations));
            let FiguresKey { day, shop, model } = key;
            json!([
                day, shop, model, counts.0, counts.1, counts.2, counts.3, counts.4, waits,
                durations
            ])
        });
        let failures = tables.failures.iter().filter(|((key, _), _)| is_wanted(key)).map(
            |((FiguresKey { day, shop, model }, name), count)| {
                json!([day, shop, model, name, count])
            },
        );
        Ok(json!({"runs": runs.collect::<Vec<_>>(), "failures": failures.collect::<Vec<_>>()}))
    }

    fn due_messages(&self, now_ms: u64, most: usize) -> Result<Vec<OutboxMessage>, StorageError> {
        let tables = self.tables.borrow();
        let keys = due(&tables.due, now_ms, most);
        Ok(keys.filter_map(|key| tables.outbox.get(key)).cloned().collect())
    }

    fn message(&self, id: &MessageId) -> Result<Option<OutboxMessage>, StorageError> {
        Ok(self.tables.borrow().outbox.get(&id.0).cloned())
    }

    fn dead_letters(&self) -> Result<Vec<DeadLetter>, StorageError> {
        Ok(self.tables.borrow().dead_letters())
    }

    fn dead_letter(&self, id: &MessageId) -> Result<Option<DeadLetter>, StorageError> {
        Ok(self.tables.borrow().dead_letters.get(&id.0).cloned())
    }

    fn next_message_ms(&self, after_ms: u64) -> Result<Option<u64>, StorageError> {
        Ok(next_ms(&self.tables.borrow().due, after_ms))
    }

    fn messages_waiting(&self) -> Result<u64, StorageError> {
        Ok(self.tables.borrow().outbox.len() as u64)
    }

    fn quarantine(&self, most: usize) -> Result<Vec<QuarantineEntry>, StorageError> {
        let tables = self.tables.borrow();
        Ok(tables.quarantine.values().rev().take(most).cloned().collect())
    }

    /// None: each row is as it was written.
    fn quarantined(&self) -> Vec<Quarantined> {
        Vec::new()
    }

    fn schema_version(&self) -> Result<u64, StorageError> {
        Ok(MIGRATIONS.len() as u64)
    }

    fn has_order(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.tables.borrow().orders_seen.contains_key(name))
    }

    fn orders_of_day(&self, day: u64) -> Result<u64, StorageError> {
        Ok(self.tables.borrow().orders_of_day(day))
    }

    fn has_room_for(&self, day: u64, shop: &str, product: &str) -> Result<bool, StorageError> {
        Ok(self.tables.borrow().has_room_for(day, shop, product))
    }

    fn proof(&self, query: &FiguresQuery) -> Result<Value, StorageError> {
        Ok(self.tables.borrow().proof(query))
    }
}
