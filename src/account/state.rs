//! An account's memory: its live runs, the indexes over them, and the limiter. Everything in it is
//! read from tables when the object starts.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::event::Effect;
use crate::account::limiter::{Limiter, RecentDurations};
use crate::account::places::Places;
use crate::account::rows::{Figures, FiguresKey, OutboxMessage, Rows, StorageError, Write};
use crate::auth::ids::{Ticket, Visitor};
use crate::config::limits::{self, AccountLimits};
use crate::run::output::StoredOutput;
use crate::run::record::{Charge, Ending, FairQueueKey, Run, State};
use crate::run::transition::RunTimes;

pub(super) const DAY_MS: u64 = 86_400_000;

/// Settings that the account works by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSettings {
    /// FASHN's limits, the queue's and the budgets.
    pub limits: AccountLimits,
    /// Times of a run's life.
    pub times: RunTimes,
    /// How long a call to FASHN may take, in milliseconds.
    pub call_ms: u64,
    /// The merchant's backend gets a message at the end of each run.
    pub has_merchant_webhook: bool,
}

/// One visitor's live runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct VisitorLoad {
    /// Runs that wait, their bodies stored or on their way.
    pub waiting: u32,
    /// Slots.
    pub slots: u32,
}

/// Decides which run goes next.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub(super) settings: AccountSettings,
    pub(super) limiter: Limiter,
    /// Runs that aren't settled.
    pub(super) live: BTreeMap<Ticket, Run>,
    /// Runs that wait for a slot, in order.
    pub(super) queue: BTreeMap<FairQueueKey, Ticket>,
    /// When each live run must be looked at.
    due: BTreeSet<(u64, Ticket)>,
    pub(super) visitors: BTreeMap<Visitor, VisitorLoad>,
    pub(super) slots_taken: usize,
    /// Of those, the ones with a send that has not been reported.
    pub(super) sending: usize,
    /// Bytes of bodies that are stored, or may come to be.
    pub(super) body_bytes: u64,
    /// Reserved credits by the day of admission.
    pub(super) reserved: BTreeMap<u64, u64>,
    /// Credits charged for runs that were admitted on the limiter's day.
    pub(super) spent_today: u64,
    /// Status calls under way, by run.
    pub(super) status_calls: Places,
    /// Messages under way, by run.
    pub(super) messages: Places,
    /// Until when the balance is being asked for, in milliseconds since 1970.
    pub(super) asks_balance_until_ms: Option<u64>,
    /// The limiter has a row: without one beside live runs it was lost.
    has_limiter_row: bool,
    /// Rows of visitors of earlier days may be left.
    pub(super) sweeps_visitors: bool,
    /// When the next settled run expires, in milliseconds since 1970.
    pub(super) next_expiry_ms: Option<u64>,
    /// When the next message is due, in milliseconds since 1970.
    pub(super) next_message_ms: Option<u64>,
}

/// What one event has changed so far.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub writes: Vec<Write>,
    pub effects: Vec<Effect>,
    /// When the first run that this event settled expires: its own look at the rows doesn't see it.
    pub expiry_ms: Option<u64>,
    /// When a message of this event is due: the same.
    pub message_ms: Option<u64>,
    runs: BTreeSet<Ticket>,
}

impl Account {
    /// The account as it is stored.
    pub fn restore(
        settings: AccountSettings,
        rows: &dyn Rows,
        now_ms: u64,
    ) -> Result<Self, StorageError> {
        let live = rows.live_runs()?;
        let stored = rows.limiter()?;
        let has_limiter_row = stored.is_some();
        let mut limiter = match stored {
            Some(limiter) => limiter,
            // It was lost: calls may have been made that nothing tells of.
            None if !live.is_empty() => Limiter::after_loss(&settings.limits, &live, now_ms),
            None => Limiter::default(),
        };
        limiter.day = limiter.day.max(now_ms / DAY_MS);
        let mut account = Self {
            settings,
            spent_today: rows.credits_of_day(limiter.day)?,
            limiter,
            live: BTreeMap::new(),
            queue: BTreeMap::new(),
            due: BTreeSet::new(),
            visitors: BTreeMap::new(),
            slots_taken: 0,
            sending: 0,
            body_bytes: 0,
            reserved: BTreeMap::new(),
            status_calls: Places::new(limits::STATUS_CALLS_MAX),
            messages: Places::new(limits::MESSAGES_MAX),
            asks_balance_until_ms: None,
            has_limiter_row,
            sweeps_visitors: true,
            next_expiry_ms: rows.next_expiry_ms(0)?,
            next_message_ms: rows.next_message_ms(0)?,
        };
        for run in live {
            account.insert(run);
        }
        Ok(account)
    }

    /// The first part in which two accounts differ that tables hold: what is in memory, and what was
    /// restored. Calls under way are memory's alone; it may look after a row too early, never too late.
    pub fn difference(&self, other: &Self, now_ms: u64) -> Option<&'static str> {
        let limiter = |account: &Self| {
            let mut limiter = account.limiter.clone();
            limiter.slide(&account.settings.limits, now_ms);
            limiter
        };
        let is_in_time = |own: Option<u64>, stored: Option<u64>| {
            stored.is_none_or(|stored_ms| {
                own.is_some_and(|own_ms| own_ms <= stored_ms.max(now_ms) + 1)
            })
        };
        [
            ("live runs", self.live == other.live),
            ("queue", self.queue == other.queue),
            ("due times", self.due == other.due),
            ("visitors", self.visitors == other.visitors),
            ("slots", self.slots_taken == other.slots_taken),
            ("sends", self.sending == other.sending),
            ("waiting bodies", self.body_bytes == other.body_bytes),
            ("reserved credits", self.reserved == other.reserved),
            ("spent credits", self.spent_today == other.spent_today),
            (
                "next message",
                // A message under way is looked at when its call ends.
                self.messages.next_ms().is_some()
                    || is_in_time(self.next_message_ms, other.next_message_ms),
            ),
            ("next expiry", is_in_time(self.next_expiry_ms, other.next_expiry_ms)),
            ("limiter", limiter(self) == limiter(other)),
        ]
        .into_iter()
        .find_map(|(part, is_same)| (!is_same).then_some(part))
    }

    /// Every live run.
    pub fn live(&self) -> impl Iterator<Item = &Run> {
        self.live.values()
    }

    /// What holds all runs back alike.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Runs that hold a slot.
    pub fn slots_taken(&self) -> usize {
        self.slots_taken
    }

    /// Runs that wait for a slot, their bodies stored.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// A live run.
    pub fn live_run(&self, ticket: &Ticket) -> Option<&Run> {
        self.live.get(ticket)
    }

    /// A run as memory or storage has it.
    pub fn find(&self, rows: &dyn Rows, ticket: &Ticket) -> Result<Option<Run>, StorageError> {
        match self.live.get(ticket) {
            Some(run) => Ok(Some(run.clone())),
            None => rows.run(ticket),
        }
    }

    /// Credits reserved, whichever day.
    pub(super) fn reserved_in_all(&self) -> u64 {
        self.reserved.values().sum()
    }

    /// The earliest time at which a live run must be looked at. A run that is being asked about is
    /// looked at again when that call ends.
    pub(super) fn next_due_ms(&self) -> Option<u64> {
        self.due
            .iter()
            .find(|(_, ticket)| !self.status_calls.contains(ticket))
            .map(|(due_ms, _)| *due_ms)
    }

    /// Live runs that are due, earliest first, at most so many.
    pub(super) fn due_runs(&self, now_ms: u64, most: usize) -> Vec<Ticket> {
        self.due
            .iter()
            .take_while(|(due_ms, _)| *due_ms <= now_ms)
            .filter(|(_, ticket)| !self.status_calls.contains(ticket))
            .take(most)
            .map(|(_, ticket)| *ticket)
            .collect()
    }

    /// Puts a run into memory and its indexes.
    fn insert(&mut self, run: Run) {
        let ticket = run.ticket;
        self.due.insert((run.due_ms(&self.settings.times), ticket));
        self.slots_taken += usize::from(run.holds_slot());
        self.sending += usize::from(matches!(run.state, State::Sending { .. }));
        if run.has_stored_body() {
            self.body_bytes = self.body_bytes.saturating_add(run.body_bytes);
        }
        if run.waits() || run.holds_slot() {
            let load = self.visitors.entry(run.visitor.clone()).or_default();
            load.waiting += u32::from(run.waits());
            load.slots += u32::from(run.holds_slot());
        }
        if let (State::Queued { .. }, Some(turn)) = (&run.state, run.turn) {
            self.queue.insert(turn, ticket);
        }
        let day = run.admitted_ms / DAY_MS;
        let reserved = self.reserved.entry(day).or_default();
        *reserved = reserved.saturating_add(run.reserved());
        self.live.insert(ticket, run);
    }

    /// Takes a run out of memory and its indexes.
    fn take(&mut self, ticket: &Ticket) -> Option<Run> {
        let run = self.live.remove(ticket)?;
        self.due.remove(&(run.due_ms(&self.settings.times), *ticket));
        self.slots_taken -= usize::from(run.holds_slot());
        self.sending -= usize::from(matches!(run.state, State::Sending { .. }));
        if run.has_stored_body() {
            self.body_bytes = self.body_bytes.saturating_sub(run.body_bytes);
        }
        if let Some(load) = self.visitors.get_mut(&run.visitor) {
            load.waiting -= u32::from(run.waits());
            load.slots -= u32::from(run.holds_slot());
            if *load == VisitorLoad::default() {
                self.visitors.remove(&run.visitor);
            }
        }
        if let Some(turn) = run.turn {
            self.queue.remove(&turn);
        }
        let day = run.admitted_ms / DAY_MS;
        if let Some(reserved) = self.reserved.get_mut(&day) {
            *reserved = reserved.saturating_sub(run.reserved());
            if *reserved == 0 {
                self.reserved.remove(&day);
            }
        }
        Some(run)
    }

    /// A new run.
    pub(super) fn add(&mut self, run: Run, changes: &mut Changes) {
        changes.runs.insert(run.ticket);
        self.insert(run);
    }

    /// A run changed: memory, indexes, budgets, figures, outbox, subscribers follow.
    pub(super) fn replace(
        &mut self,
        before: &Run,
        after: Run,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        let ticket = after.ticket;
        self.take(&ticket);
        self.settle(before, &after, rows, changes)?;
        if before.has_stored_body()
            && !after.has_stored_body()
            && matches!(before.state, State::Receiving { .. } | State::Queued { .. })
        {
            changes.effects.push(Effect::DropBody(ticket));
        }
        if after.is_over() && !before.is_over() && after.is_visible(now_ms) {
            self.tell_merchant(ticket, now_ms, changes);
        }
        if before.state != after.state || before.is_deleted != after.is_deleted {
            changes.effects.push(Effect::Notify(ticket));
        }
        if after.is_deleted
            && !before.is_deleted
            && let Some(output) = stored_output(before)
        {
            let effect = Effect::DeleteOutputs(ticket, output.clone());
            changes.effects.push(effect);
            self.drop_message(ticket, rows, changes)?;
        }
        if after.is_settled() {
            changes.writes.push(Write::PutRun(Box::new(after.clone())));
            changes.runs.remove(&ticket);
            if let State::Ended { expires_ms, .. } = after.state {
                let due_ms = if after.is_deleted { 0 } else { expires_ms };
                changes.expiry_ms = earliest(changes.expiry_ms, Some(due_ms));
                self.next_expiry_ms = earliest(self.next_expiry_ms, Some(due_ms));
            }
        } else {
            changes.runs.insert(ticket);
            self.insert(after);
        }
        Ok(())
    }

    /// A run's row is deleted, with all that points to it. What isn't settled by then cost nothing.
    pub(super) fn delete(
        &mut self,
        before: &Run,
        mut after: Run,
        rows: &dyn Rows,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        let ticket = before.ticket;
        self.take(&ticket);
        if after.charge == Charge::Reserved {
            after.charge = Charge::Settled(fashn::models::Credits(0));
        }
        self.settle(before, &after, rows, changes)?;
        for name in &before.dedup {
            // A later run may have taken the name over.
            if rows.dedup(name)?.is_some_and(|dedup| dedup.ticket == ticket) {
                changes.writes.push(Write::DeleteDedup(name.clone()));
            }
        }
        if matches!(before.state, State::Receiving { .. } | State::Queued { .. }) {
            changes.effects.push(Effect::DropBody(ticket));
        }
        if let Some(output) = stored_output(before) {
            let effect = Effect::DeleteOutputs(ticket, output.clone());
            changes.effects.push(effect);
        }
        self.drop_message(ticket, rows, changes)?;
        changes.effects.push(Effect::Notify(ticket));
        changes.runs.remove(&ticket);
        changes.writes.push(Write::DeleteRun(ticket));
        Ok(())
    }

    /// What a run's end and price mean for budgets and figures.
    fn settle(
        &mut self,
        before: &Run,
        after: &Run,
        rows: &dyn Rows,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        let day = after.admitted_ms / DAY_MS;
        let mut figures = Figures::default();
        if let (Charge::Reserved, Charge::Settled(charged)) = (before.charge, after.charge) {
            let charged = u64::from(charged.0);
            let reserved = u64::from(after.credits.0);
            figures.credits = charged;
            self.limiter.charged = self.limiter.charged.saturating_add(charged);
            if day == self.limiter.day {
                self.spent_today = self.spent_today.saturating_add(charged);
            }
            if charged != reserved
                && !after.is_staff
                && let Some(mut visitor) = rows.visitor(day, &after.visitor)?
            {
                let others = visitor.committed.saturating_sub(reserved);
                visitor.committed = others.saturating_add(charged);
                let write = Write::PutVisitor(day, after.visitor.clone(), visitor);
                changes.writes.push(write);
            }
        }
        if let State::Ended { ending, ended_ms, .. } = &after.state
            && !before.is_over()
        {
            match ending {
                Ending::Completed { .. } => {
                    figures.completed = 1;
                    figures.wait_ms = after.go_ms.saturating_sub(after.admitted_ms);
                    figures.run_ms = ended_ms.saturating_sub(after.go_ms);
                    self.note_duration(after, *ended_ms);
                }
                Ending::Failed(_) | Ending::Canceled(_) => figures.failed = 1,
                Ending::TimeOut(_) => figures.timed_out = 1,
            }
        }
        if figures != Figures::default() {
            let key = FiguresKey { day, shop: after.shop.clone(), model: after.model.clone() };
            changes.writes.push(Write::AddFigures(key, figures));
        }
        Ok(())
    }

    fn note_duration(&mut self, run: &Run, ended_ms: u64) {
        let kept = self.settings.limits.durations_kept;
        let duration_ms = ended_ms.saturating_sub(run.go_ms);
        let RecentDurations(classes) = &mut self.limiter.durations;
        let durations = classes.entry(run.class.0.clone()).or_default();
        durations.push(duration_ms);
        if durations.len() > kept {
            durations.remove(0);
        }
    }

    fn tell_merchant(&mut self, ticket: Ticket, now_ms: u64, changes: &mut Changes) {
        if !self.settings.has_merchant_webhook {
            return;
        }
        // This event's own look at the outbox doesn't see it yet.
        let due_ms = Some(now_ms.saturating_add(1));
        changes.message_ms = due_ms;
        self.next_message_ms = earliest(self.next_message_ms, due_ms);
        changes.writes.push(Write::PutMessage(OutboxMessage { ticket, tries: 0, next_ms: now_ms }));
    }

    fn drop_message(
        &mut self,
        ticket: Ticket,
        rows: &dyn Rows,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        if self.settings.has_merchant_webhook && rows.message(&ticket)?.is_some() {
            changes.writes.push(Write::DeleteMessage(ticket));
        }
        Ok(())
    }

    /// The writes of what changed; the limiter's if it changed since `before`, and once at first.
    pub(super) fn written(&mut self, mut changes: Changes, before: &Limiter) -> Vec<Write> {
        for ticket in &changes.runs {
            if let Some(run) = self.live.get(ticket) {
                changes.writes.push(Write::PutRun(Box::new(run.clone())));
            }
        }
        let is_first = !self.has_limiter_row && !changes.writes.is_empty();
        if self.limiter != *before || is_first {
            self.has_limiter_row = true;
            changes.writes.push(Write::PutLimiter(Box::new(self.limiter.clone())));
        }
        changes.writes
    }
}

pub(super) fn earliest(one_ms: Option<u64>, other_ms: Option<u64>) -> Option<u64> {
    [one_ms, other_ms].into_iter().flatten().min()
}

fn stored_output(run: &Run) -> Option<&StoredOutput> {
    match &run.state {
        State::Ended { ending: Ending::Completed { output, .. }, .. } if output.has_kept() => {
            Some(output)
        }
        State::Ended { .. }
        | State::Receiving { .. }
        | State::Queued { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Running { .. } => None,
    }
}
