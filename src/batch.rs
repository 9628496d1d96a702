//! Which predictions share an object, and when that object's one alarm goes off.
//!
//! An object for each prediction is simplest, and was a third of what a run cost: a database is made for it, with two tables and
//! the statements that the platform prepares, an alarm is set, and ten seconds later all of it is closed. So the runs of one
//! minute share one, of which there are as many as the load asks for. A prediction's own is what it was: its record,
//! its body, who listens to it, and its time.

use std::num::NonZeroU8;

use crate::auth::ids::Ticket;
use crate::config::limits::{self, RequestWindow};
use crate::dispatcher::DispatcherLimits;

/// How many objects the runs of one minute are divided between: as many as their number asks for, and the bodies of those that
/// wait. The limits are of each FASHN key.
#[must_use]
pub fn batches(limits: &DispatcherLimits, body_bytes_most: usize, keys: usize) -> NonZeroU8 {
    let RequestWindow {
        requests,
        window_ms,
    } = limits.runs;
    let keys = keys as u64;
    let runs = u64::from(requests).saturating_mul(keys * 1_000);
    let by_runs = runs.div_ceil(window_ms.max(1) * limits::BATCH_RUNS_PER_SECOND);
    let waiting = (limits.queue_most as u64).saturating_mul(keys);
    let by_bodies = waiting
        .saturating_mul(body_bytes_most as u64)
        .div_ceil(limits::BATCH_BODY_BYTES);
    let batches = by_runs.min(limits::BATCHES_MAX).max(by_bodies);
    let batches = u8::try_from(batches).unwrap_or(u8::MAX);
    NonZeroU8::new(batches).unwrap_or(NonZeroU8::MIN)
}

/// When there is something to do for each prediction of an object, and what its alarm is set to.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    due: Vec<(Ticket, u64)>,
    /// Nothing if it went off, or if that isn't known.
    set_ms: Option<u64>,
}

impl Schedule {
    /// Of these, each named once, when nothing is known of the alarm.
    #[must_use]
    pub fn of(due: Vec<(Ticket, u64)>) -> Self {
        Self { due, set_ms: None }
    }

    /// When there is something to do for a prediction next, whatever was known before.
    pub fn put(&mut self, ticket: Ticket, due_ms: u64) {
        match self.due.iter_mut().find(|(known, _)| *known == ticket) {
            Some((_, known_ms)) => *known_ms = due_ms,
            None => self.due.push((ticket, due_ms)),
        }
    }

    /// There is nothing to do any more for a prediction.
    pub fn remove(&mut self, ticket: &Ticket) {
        self.due.retain(|(known, _)| known != ticket);
    }

    /// The alarm went off: whose time has come, each once. Whoever has something to do later says so anew.
    pub fn went_off(&mut self, now_ms: u64) -> Vec<Ticket> {
        self.set_ms = None;
        let mut went_off = Vec::new();
        self.due.retain(|(ticket, due_ms)| {
            let is_due = *due_ms <= now_ms;
            if is_due {
                went_off.push(*ticket);
            }
            !is_due
        });
        went_off
    }

    /// What the alarm must be set to, if it must; it is taken to be set then.
    pub fn alarm_to_set(&mut self, now_ms: u64) -> Option<u64> {
        let wanted_ms = self.due.iter().map(|(_, due_ms)| *due_ms).min()?;
        let to_set_ms = alarm_to_set(self.set_ms, wanted_ms, now_ms);
        self.set_ms = to_set_ms.or(self.set_ms);
        to_set_ms
    }
}

/// What an alarm must be set to, if it must. One that goes off too early finds nothing to do and is set again, so a little early
/// is good enough.
#[must_use]
pub fn alarm_to_set(set_ms: Option<u64>, wanted_ms: u64, now_ms: u64) -> Option<u64> {
    let stays = set_ms.is_some_and(|set_ms| {
        set_ms > now_ms
            && wanted_ms
                .checked_sub(set_ms)
                .is_some_and(|early_ms| early_ms <= limits::ALARM_EARLY_MS)
    });
    (!stays).then_some(wanted_ms)
}

#[cfg(test)]
mod tests;
