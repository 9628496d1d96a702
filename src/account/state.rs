//! An account's memory: its live runs, the indexes over them, and the limiter. Everything in it is
//! read from tables when the object starts.

use litemap::LiteMap;

use crate::account::brakes::{Brakes, Spending, month_of};
use crate::account::limiter::Limiter;
use crate::account::places::Places;
use crate::account::rows::{MessageId, Result, Rows};
use crate::auth::ids::{Ticket, Visitor};
use crate::config::limits::{self, AccountLimits};
use crate::run::dedup::DedupName;
use crate::run::record::{FairQueueKey, Run, State};
use crate::run::times::RunTimes;

pub(super) use crate::config::limits::DAY_MS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSettings {
    /// The name of the secret that holds its FASHN key.
    pub name: String,
    pub limits: AccountLimits,
    pub times: RunTimes,
    pub call_ms: u64,
    /// The merchant's backend gets a message at the end of each run.
    pub has_merchant_webhook: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VisitorLoad {
    /// Bodies stored or on their way.
    pub waiting: u64,
    pub slots: u64,
}

/// All times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub settings: AccountSettings,
    pub limiter: Limiter,
    /// Runs that aren't settled.
    pub live: LiteMap<Ticket, Run>,
    /// Runs that wait for a slot, their bodies stored, in order.
    pub queue: LiteMap<FairQueueKey, Ticket>,
    /// When each live run must be looked at.
    pub due: LiteMap<(u64, Ticket), ()>,
    pub visitors: LiteMap<Visitor, VisitorLoad>,
    pub slots_taken: u64,
    /// Of those, the ones with a send that has not been reported.
    pub sending: u64,
    /// Bytes of bodies that are stored, or may come to be.
    pub body_bytes: u64,
    /// Reserved credits by the day of admission.
    pub reserved: LiteMap<u64, u64>,
    /// Credits charged for runs that were admitted on the limiter's day, and in its month.
    pub spent: Spending,
    /// By shop; those that staff never set aren't there.
    pub brakes: Vec<(String, Brakes)>,
    pub status_calls: Places<Ticket>,
    pub messages: Places<MessageId>,
    pub(super) asks_balance_until_ms: Option<u64>,
    pub(super) limiter_row: LimiterRow,
    pub(super) sweep: Sweep,
    pub next_expiry_ms: Option<u64>,
    pub next_message_ms: Option<u64>,
}

/// What the limiter's row has. A status call under way isn't in it: it is written with its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimiterRow {
    /// Nothing was stored yet; without a row beside live runs it was lost. It is written with the
    /// first of other writes.
    Missing,
    /// Calls may have been under way when the object ended. It is written with the next event.
    Behind,
    /// It is written when the limiter changes.
    Written,
}

/// How far the deletion of rows is that no run's end deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sweep {
    /// Rows past their age may be there.
    pub(super) aged: bool,
    /// Rows of visitors of earlier days may be left.
    pub(super) visitors: bool,
    /// Deduplication rows behind this name may have no run.
    pub(super) dedup_after: Option<DedupName>,
}

impl Sweep {
    pub(super) fn begin(aged: bool) -> Self {
        Self { aged, visitors: true, dedup_after: None }
    }

    pub(super) fn begin_day(&mut self) {
        (self.aged, self.visitors) = (true, true);
    }

    /// Something is left for the next event.
    pub(super) fn is_under_way(&self) -> bool {
        self.visitors || self.dedup_after.is_some()
    }
}

impl Account {
    pub fn restore(mut settings: AccountSettings, rows: &dyn Rows, now_ms: u64) -> Result<Self> {
        let limits = &mut settings.limits;
        let margin_ms = limits.window_margin_ms;
        for window in [&mut limits.runs, &mut limits.statuses] {
            window.window_ms = window.window_ms.saturating_add(margin_ms);
        }
        let live = rows.live_runs()?;
        let stored = rows.limiter()?;
        let lost = rows.quarantined();
        let has_limiter_row = stored.is_some();
        let mut limiter = match stored {
            Some(mut limiter) => {
                limiter.status_calls_ended(limits, limits::STATUS_CALLS_MAX, now_ms);
                limiter
            }
            // It was lost: calls may have been made that nothing tells of.
            None if !live.is_empty() || !lost.is_empty() => {
                Limiter::after_loss(limits, &live, now_ms)
            }
            None => Limiter::default(),
        };
        // Each run that could not be understood may have been sent a moment ago.
        let may_be_sent = lost.iter().filter(|row| row.run.is_some()).count();
        limiter.runs.note(limits.runs, u32::try_from(may_be_sent).unwrap_or(u32::MAX), now_ms);
        limiter.day = limiter.day.max(now_ms / DAY_MS);
        let mut account = Self {
            settings,
            spent: Spending::of_rows(
                rows.credits((month_of(limiter.day).0, limiter.day))?,
                limiter.day,
            ),
            brakes: rows.brakes()?,
            limiter,
            live: LiteMap::new(),
            queue: LiteMap::new(),
            due: LiteMap::new(),
            visitors: LiteMap::new(),
            slots_taken: 0,
            sending: 0,
            body_bytes: 0,
            reserved: LiteMap::new(),
            status_calls: Places::new(limits::STATUS_CALLS_MAX),
            messages: Places::new(limits::MESSAGES_MAX),
            asks_balance_until_ms: None,
            limiter_row: if has_limiter_row { LimiterRow::Behind } else { LimiterRow::Missing },
            // An account that stored nothing yet stays empty.
            sweep: Sweep::begin(has_limiter_row || !lost.is_empty()),
            next_expiry_ms: rows.next_expiry_ms(0)?,
            next_message_ms: rows.next_message_ms(0)?,
        };
        for run in live {
            account.insert(run);
        }
        Ok(account)
    }

    pub fn find(&self, rows: &dyn Rows, ticket: Ticket) -> Result<Option<Run>> {
        match self.live.get(&ticket) {
            Some(run) => Ok(Some(run.clone())),
            None => rows.run(&ticket),
        }
    }

    /// Live runs that are due, earliest first. A run that is being asked about is looked at again
    /// when that call ends.
    pub(super) fn due(&self) -> impl Iterator<Item = &(u64, Ticket)> {
        self.due.keys().filter(|(_, ticket)| !self.status_calls.contains(ticket))
    }

    pub(super) fn insert(&mut self, run: Run) {
        self.due.insert((run.due_ms(&self.settings.times), run.ticket), ());
        if let (State::Queued { .. }, Some(turn)) = (&run.state, run.turn) {
            self.queue.insert(turn, run.ticket);
        }
        self.count(&run, |sum, part| *sum = sum.saturating_add(part));
        self.live.insert(run.ticket, run);
    }

    pub(super) fn take(&mut self, ticket: Ticket) {
        let Some(run) = self.live.remove(&ticket) else { return };
        self.due.remove(&(run.due_ms(&self.settings.times), ticket));
        if let Some(turn) = run.turn {
            self.queue.remove(&turn);
        }
        self.count(&run, |sum, part| *sum = sum.saturating_sub(part));
    }

    /// Counts a run in, or out.
    fn count(&mut self, run: &Run, change: fn(&mut u64, u64)) {
        let (waits, holds_slot) = (u64::from(run.waits()), u64::from(run.holds_slot()));
        change(&mut self.slots_taken, holds_slot);
        change(&mut self.sending, u64::from(run.is_sending()));
        change(&mut self.body_bytes, if run.has_stored_body() { run.body_bytes } else { 0 });
        let load = self.visitors.entry(run.visitor.clone()).or_default();
        change(&mut load.waiting, waits);
        change(&mut load.slots, holds_slot);
        if *load == VisitorLoad::default() {
            self.visitors.remove(&run.visitor);
        }
        let day = run.admitted_ms / DAY_MS;
        let reserved = self.reserved.entry(day).or_default();
        change(reserved, run.reserved());
        if *reserved == 0 {
            self.reserved.remove(&day);
        }
    }
}

pub(super) fn earliest(one_ms: Option<u64>, other_ms: Option<u64>) -> Option<u64> {
    [one_ms, other_ms].into_iter().flatten().min()
}
