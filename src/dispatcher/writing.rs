//! What is to be written, and when to look again. What may be lost with the memory waits for something that may not.

use super::event::{Answer, Effect, Step};
use super::gate::{DAY_MS, Held};
use super::row::{Row, RowChange, RowKey};
use super::state::Dispatcher;

/// One in so many of the status permits that a window has may be given between two writes.
const STATUSES_AHEAD_SHARE: u32 = 8;

impl Dispatcher {
    /// The first time after it was restored: what it may have permitted before and not stored counts as permitted now.
    pub(super) fn wake(&mut self, now_ms: u64) {
        self.changed = false;
        if !self.is_awake {
            let ahead = std::mem::take(&mut self.gate.statuses_ahead);
            self.gate.note_statuses(&self.limits, ahead, now_ms);
            self.is_awake = true;
        }
    }

    /// The same, as if nothing had been permitted since it was stored.
    #[cfg(test)]
    pub(super) fn as_if_awake(&self) -> Self {
        Self {
            is_awake: true,
            ..self.clone()
        }
    }

    /// What changed in the gate so far is written with what changes next: nothing comes to harm if it is lost with the memory.
    pub(super) fn may_come_later(&mut self) {
        self.changed = false;
    }

    /// Gathers what is to be written, and when to look again.
    pub(super) fn finish(&mut self, answer: Answer, effects: Vec<Effect>, now_ms: u64) -> Step {
        let alarm_ms = self.due_ms(now_ms);
        // Going off too early costs less than being set anew each time. One that is overdue may never come.
        let set_ms = self.gate.alarm_ms.filter(|set_ms| *set_ms > now_ms);
        let sets_alarm = alarm_ms.is_some_and(|due_ms| set_ms.is_none_or(|set_ms| due_ms < set_ms));
        let rows = if self.changed || sets_alarm || !effects.is_empty() {
            if sets_alarm {
                self.gate.alarm_ms = alarm_ms;
            }
            self.gate.statuses_ahead = self.limits.statuses.requests / STATUSES_AHEAD_SHARE;
            self.changed_rows()
        } else {
            Vec::new()
        };
        Step {
            answer,
            rows,
            effects,
            alarm_ms,
            sets_alarm,
        }
    }

    fn changed_rows(&mut self) -> Vec<RowChange> {
        self.changed = false;
        let mut rows = vec![RowChange::Put(Row::Gate(Box::new(self.gate.clone())))];
        for key in std::mem::take(&mut self.touched) {
            let row = match &key {
                RowKey::Gate => None,
                RowKey::Run(ticket) => self
                    .runs
                    .get(ticket)
                    .map(|run| Row::Run(*ticket, (**run).clone())),
                RowKey::Visitor(visitor) => self
                    .visitors
                    .get(visitor)
                    .map(|known| Row::Visitor(visitor.clone(), known.clone())),
                RowKey::Repeat(name) => self
                    .repeats
                    .get(name)
                    .map(|remembered| Row::Repeat(name.clone(), remembered.clone())),
            };
            rows.push(row.map_or(RowChange::Delete(key), RowChange::Put));
        }
        rows
    }

    /// When there is something to do next without being asked.
    fn due_ms(&self, now_ms: u64) -> Option<u64> {
        let queue_ms = match self
            .gate
            .held(&self.limits, self.taken, self.permitted, now_ms)
        {
            Held::Until(until_ms) if !self.queue.is_empty() => Some(until_ms),
            _ => None,
        };
        let due_ms = self.due.first().map(|((due_ms, _), ())| *due_ms);
        let account_day = self.gate.account.day;
        let sweep_ms = if self.visitors.is_empty() {
            None
        } else if self.gate.swept_day == account_day {
            Some(account_day.saturating_add(1).saturating_mul(DAY_MS))
        } else {
            Some(now_ms.saturating_add(1_000))
        };
        // A balance that isn't told is asked again while somebody waits for it.
        let balance_ms = (self.limits.balance_floor > 0
            && self.gate.balance.is_none()
            && !self.queue.is_empty())
        .then(|| {
            self.gate
                .balance_asked_ms
                .saturating_add(self.limits.balance_every_ms)
        });
        [
            due_ms,
            queue_ms,
            sweep_ms,
            balance_ms,
            self.gate.closed_until_balance,
            self.repeats.due_ms(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
