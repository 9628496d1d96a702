//! The fair queue: which run goes next, and what holds it.

use crate::account::event::{Effect, Tx};
use crate::account::notice::RunNotice;
use crate::account::rows::Result;
use crate::account::state::Account;
use crate::auth::ids::Visitor;
use crate::run::record::{Carrier, FairQueueKey, Run, State};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
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
                Some(reduced) if self.slots_taken < limits.slots.into() => {
                    Readiness::Until(reduced.until_ms)
                }
                Some(_) | None => Readiness::Waiting,
            };
        }
        // A floor under a balance that isn't known yet holds until FASHN reports one.
        if limits.balance_floor > 0 && limiter.balance.is_none() {
            return Readiness::Waiting;
        }
        let mut until_ms = limiter
            .run_backoff
            .until_ms
            .max(limiter.breaker.holds_until_ms(now_ms).unwrap_or(0))
            .max(limiter.reduced_concurrency.map_or(0, |reduced| reduced.hold_until_ms));
        if limiter.runs.room(limits.runs, self.sending) == 0 {
            let Some(opens_ms) = limiter.runs.opens_ms(limits.runs) else {
                return Readiness::Waiting;
            };
            until_ms = until_ms.max(opens_ms);
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
        let mut round = self.limiter.round;
        if self.visitors.get(visitor).is_some_and(|load| load.waiting > 0) {
            let waiting = self.live.values().filter(|run| run.visitor == *visitor && run.waits());
            let last = waiting.filter_map(|run| Some(run.turn?.round)).max();
            round = round.max(last.map_or(0, |last| last.saturating_add(1)));
        }
        FairQueueKey { failures, round, sequence }
    }

    pub(super) fn let_go(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        while self.readiness(tx.now_ms) == Readiness::Ready
            && let Some(run) = self.next_in_turn(tx.now_ms)
        {
            let (ticket, round) = (run.ticket, run.turn.map_or(0, |turn| turn.round));
            self.limiter.round = self.limiter.round.max(round);
            self.limiter.breaker.pass(&self.settings.limits, ticket, tx.now_ms);
            let sent = self.step(tx, ticket, |run, now| run.go(now, Carrier::Body))?;
            if let Some((run, _)) = sent {
                let attempt = run.attempt;
                tx.note(ticket, RunNotice::Sent { attempt, carrier: Carrier::Body });
                tx.effects.push(Effect::SendBody { ticket, attempt });
            }
        }
        Ok(())
    }

    /// Queued runs in order, each with the end of its own pause.
    fn in_turn(&self) -> impl Iterator<Item = (&Run, u64)> {
        self.queue.values().filter_map(|ticket| {
            let run = self.live.get(ticket)?;
            let State::Queued { not_before_ms, .. } = run.state else { return None };
            Some((run, not_before_ms))
        })
    }

    /// The first run that may go. While runs of others may, a visitor that has half of the slots
    /// waits.
    fn next_in_turn(&self, now_ms: u64) -> Option<&Run> {
        let mut eligible = self.in_turn().filter(|(_, not_before_ms)| *not_before_ms <= now_ms);
        let (first, _) = eligible.next()?;
        if !self.has_half_of_slots(&first.visitor) {
            return Some(first);
        }
        let other = eligible.find(|(run, _)| !self.has_half_of_slots(&run.visitor));
        Some(other.map_or(first, |(run, _)| run))
    }

    /// A visitor has as many slots as one may while others wait.
    pub(super) fn has_half_of_slots(&self, visitor: &Visitor) -> bool {
        let half = u64::from(self.settings.limits.slots / 2).max(1);
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
            Readiness::Ready => self.in_turn().map(|(_, not_before_ms)| not_before_ms).min(),
        }
    }
}
