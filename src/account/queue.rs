//! The fair queue: which run goes next, and what holds it.

use crate::account::event::Effect;
use crate::account::rows::{Rows, StorageError};
use crate::account::state::{Account, Changes};
use crate::auth::ids::{Ticket, Visitor};
use crate::run::record::{Carrier, FairQueueKey, Run, State};
use crate::run::transition::Event as RunEvent;

/// What holds the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Nothing.
    Ready,
    /// Time alone; until when, in milliseconds since 1970.
    Until(u64),
    /// An event: a slot is freed, a balance is reported.
    Waiting,
}

impl Account {
    /// Whether a run may go now, as far as all runs are held back alike.
    pub(super) fn readiness(&self, now_ms: u64) -> Readiness {
        let limits = &self.settings.limits;
        let limiter = &self.limiter;
        if limiter.out_of_credits_until_ms.is_some() {
            return Readiness::Waiting;
        }
        if self.slots_taken >= limiter.slots(limits) {
            // Slots that are lacking for a while return by time.
            return match limiter.reduced_concurrency {
                Some(reduced) if self.slots_taken < limits.slots as usize => {
                    Readiness::Until(reduced.until_ms)
                }
                Some(_) | None => Readiness::Waiting,
            };
        }
        // A floor under a balance that isn't known yet holds until FASHN reports one.
        if limits.balance_floor > 0 && limiter.balance.is_none() {
            return Readiness::Waiting;
        }
        let mut until_ms = limiter.run_backoff.until_ms;
        if let Some(at_ms) = limiter.breaker.holds_until_ms(now_ms) {
            until_ms = until_ms.max(at_ms);
        }
        if let Some(reduced) = limiter.reduced_concurrency {
            until_ms = until_ms.max(reduced.hold_until_ms);
        }
        if limiter.runs.room(limits.runs, self.sending) == 0 {
            match limiter.runs.opens_ms(limits.runs, limits.window_margin_ms) {
                Some(opens_ms) => until_ms = until_ms.max(opens_ms),
                None => return Readiness::Waiting,
            }
        }
        if until_ms > now_ms { Readiness::Until(until_ms) } else { Readiness::Ready }
    }

    /// Gives a run that waits its place: the old one if it had one, behind all that FASHN never
    /// failed if it failed this one.
    pub(super) fn enqueue(&mut self, run: &mut Run) {
        run.turn = Some(match run.turn {
            Some(turn) => FairQueueKey { failures: run.failures, ..turn },
            None => self.next_turn(run.failures, &run.visitor),
        });
    }

    /// A place in the visitor's next round.
    pub(super) fn next_turn(&mut self, failures: u32, visitor: &Visitor) -> FairQueueKey {
        let sequence = self.limiter.sequence;
        self.limiter.sequence = sequence.saturating_add(1);
        let waits = |load: &super::state::VisitorLoad| load.waiting > 0;
        let round = if self.visitors.get(visitor).is_some_and(waits) {
            let mine = self.live.values().filter(|run| run.visitor == *visitor);
            let last = mine.filter_map(|run| run.turn.filter(|_| run.waits()));
            last.map(|turn| turn.round.saturating_add(1)).max()
        } else {
            None
        };
        FairQueueKey { failures, round: round.unwrap_or(0).max(self.limiter.round), sequence }
    }

    /// Lets runs go that wait, as many as may.
    pub(super) fn let_go(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        while self.readiness(now_ms) == Readiness::Ready
            && let Some(ticket) = self.next_in_turn(now_ms)
        {
            if let Some(turn) = self.live.get(&ticket).and_then(|run| run.turn) {
                self.limiter.round = self.limiter.round.max(turn.round);
            }
            let limits = &self.settings.limits;
            self.limiter.breaker.pass(limits, ticket, now_ms);
            let event = RunEvent::Go(Carrier::Body);
            let gone = self.step_run(&ticket, event, rows, now_ms, changes)?;
            if let Some((run, _)) = gone {
                changes.effects.push(Effect::SendBody { ticket, attempt: run.attempt });
            }
        }
        Ok(())
    }

    /// The first run that may go. While runs of others may, a visitor that has half of the slots
    /// waits.
    fn next_in_turn(&self, now_ms: u64) -> Option<Ticket> {
        let eligible = || {
            self.queue
                .values()
                .filter(|ticket| self.live.get(ticket).is_some_and(|run| is_eligible(run, now_ms)))
        };
        let has_room = |ticket: &&Ticket| {
            self.live.get(ticket).is_some_and(|run| !self.has_half_of_slots(&run.visitor))
        };
        eligible().find(has_room).or_else(|| eligible().next()).copied()
    }

    /// A visitor has as many slots as one may while others wait.
    pub(super) fn has_half_of_slots(&self, visitor: &Visitor) -> bool {
        let half = (self.settings.limits.slots / 2).max(1);
        self.visitors.get(visitor).is_some_and(|load| load.slots >= half)
    }

    /// Until when the runs that wait are held by time alone, in milliseconds since 1970.
    pub(super) fn held_until_ms(&self, now_ms: u64) -> Option<u64> {
        if self.queue.is_empty() {
            return None;
        }
        match self.readiness(now_ms) {
            Readiness::Until(until_ms) => Some(until_ms),
            Readiness::Waiting => None,
            // Every run that waits is in its own pause.
            Readiness::Ready => self
                .queue
                .values()
                .filter_map(|ticket| match self.live.get(ticket)?.state {
                    State::Queued { not_before_ms, .. } => Some(not_before_ms),
                    State::Receiving { .. }
                    | State::Sending { .. }
                    | State::Unknown { .. }
                    | State::Running { .. }
                    | State::Ended { .. } => None,
                })
                .min(),
        }
    }
}

fn is_eligible(run: &Run, now_ms: u64) -> bool {
    match run.state {
        State::Queued { not_before_ms, .. } => not_before_ms <= now_ms,
        State::Receiving { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Running { .. }
        | State::Ended { .. } => false,
    }
}
