//! What ended, what is overdue, and what is settled.

use fashn::models::Credits;

use super::event::{Effect, Outcome};
use super::row::{Phase, Run};
use super::state::Dispatcher;
use crate::auth::ids::Ticket;
use crate::config::backoff;

impl Dispatcher {
    /// A prediction is over.
    pub(super) fn ended(
        &mut self,
        ticket: Ticket,
        outcome: Outcome,
        sent_ms: Option<u64>,
        now_ms: u64,
    ) {
        // Of what was given up without a word, FASHN may have had it until now.
        let unheard = (outcome == Outcome::Unknown).then_some(now_ms);
        self.taken_at(ticket, sent_ms.or(unheard), now_ms);
        let Some(run) = self.run(ticket) else {
            return;
        };
        match outcome {
            Outcome::Charged(credits) => {
                if let Some(since_ms) = self.since_ms(&run) {
                    self.measure(&run.lane, now_ms.saturating_sub(since_ms));
                }
                self.settle(ticket, credits.unwrap_or(run.reserved), now_ms);
            }
            Outcome::Free => self.settle(ticket, Credits(0), now_ms),
            Outcome::Unknown => {
                if run.holds_slot() {
                    self.set_adrift(ticket, run, now_ms);
                }
            }
        }
    }

    /// A permit found no Prediction, or who asked for the same. It is still being written, or never will be.
    pub(super) fn absent(&mut self, ticket: Ticket, now_ms: u64) {
        let Some(run) = self.run(ticket) else {
            return;
        };
        let grace_ms = run.admitted_ms.saturating_add(self.limits.absence_grace_ms);
        if now_ms < grace_ms {
            return;
        }
        match run.phase {
            Phase::Permitted { .. } => {
                // What isn't there isn't in flight. Whether it was paid nobody can tell any more.
                self.never_was(ticket, &run.repeats);
                self.gate_mut().0.trial_lost(ticket, now_ms);
                self.set_adrift(ticket, run, now_ms);
            }
            // What isn't there can't be sent.
            Phase::Queued => {
                self.never_was(ticket, &run.repeats);
                self.settle(ticket, Credits(0), now_ms);
            }
            Phase::InFlight { .. } | Phase::Adrift { .. } | Phase::Settled { .. } => {}
        }
    }

    /// Looks after what is overdue, a few at a time.
    pub(super) fn look_after_overdue(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        for _ in 0..self.limits.overdue_per_event {
            let Some(&((due_ms, ticket), ())) = self.due.first() else {
                break;
            };
            if due_ms > now_ms {
                break;
            }
            let Some(mut run) = self.run(ticket) else {
                self.due.remove(&(due_ms, ticket));
                continue;
            };
            match run.phase {
                // It never was at FASHN. Its Prediction gives up by its own alarm.
                Phase::Queued => {
                    if !run.is_surely_written() {
                        self.never_was(ticket, &run.repeats);
                    }
                    self.settle(ticket, Credits(0), now_ms);
                }
                Phase::Permitted { told, lease_ms, .. } if now_ms < lease_ms => {
                    let wait_ms = backoff::pause_ms(
                        self.limits.redeliver_ms,
                        2,
                        told,
                        self.limits.hold_most_ms,
                    );
                    run.phase = Phase::Permitted {
                        redeliver_ms: now_ms.saturating_add(wait_ms),
                        told: told.saturating_add(1),
                        lease_ms,
                    };
                    effects.push(Effect::Permit {
                        ticket,
                        attempt: run.attempt,
                    });
                    self.put(ticket, run);
                }
                Phase::Permitted { .. } => {
                    let gate = self.gate_mut();
                    gate.0.trial_lost(ticket, now_ms);
                    gate.0.note_run(gate.1, now_ms);
                    self.set_adrift(ticket, run, now_ms);
                }
                Phase::InFlight { .. } => self.set_adrift(ticket, run, now_ms),
                // Its day is over. It counts as spent, which is the dearer truth.
                Phase::Adrift { .. } => self.settle(ticket, run.reserved, now_ms),
                Phase::Settled { .. } => self.forget(ticket),
            }
        }
        if let Some(at_ms) = self.gate.closed_until_balance {
            if at_ms <= now_ms {
                let every_ms = self.limits.balance_every_ms;
                self.gate_mut().0.closed_until_balance = Some(now_ms.saturating_add(every_ms));
                effects.push(Effect::AskBalance);
            }
        } else if self.gate.balance_is_stale(&self.limits, now_ms) {
            effects.push(Effect::AskBalance);
        }
        if effects.contains(&Effect::AskBalance) {
            self.gate_mut().0.balance_asked_ms = now_ms;
        }
        self.forget_repeats(now_ms);
    }

    pub(super) fn set_adrift(&mut self, ticket: Ticket, mut run: Run, now_ms: u64) {
        self.not_the_same_any_more(ticket, &run.repeats);
        self.tighten(&mut run, now_ms);
        run.phase = Phase::Adrift {
            until_ms: now_ms.saturating_add(self.limits.adrift_ms),
        };
        self.put(ticket, run);
    }

    /// Settles what is reserved, once.
    pub(super) fn settle(&mut self, ticket: Ticket, charged: Credits, now_ms: u64) {
        let Some(mut run) = self.run(ticket) else {
            return;
        };
        if !run.holds_credits() {
            return;
        }
        if charged == Credits(0) {
            // It came to nothing, so whoever asks for the same gets a run of their own.
            self.not_the_same_any_more(ticket, &run.repeats);
        }
        let was_permitted = matches!(run.phase, Phase::Permitted { .. });
        self.tighten(&mut run, now_ms);
        let (gate, limits) = self.gate_mut();
        if was_permitted {
            // Its prediction ended before anyone said that it was sent.
            gate.note_run(limits, now_ms);
            gate.trial_lost(ticket, now_ms);
        }
        gate.account.settle(run.day, run.reserved, charged);
        gate.reserved = gate.reserved.saturating_sub(u64::from(run.reserved.0));
        gate.charged = gate.charged.saturating_add(u64::from(charged.0));
        if charged != run.reserved && self.visitors.get(&run.visitor).is_some() {
            self.with_visitor(&run.visitor, |known| {
                known.settle(run.day, run.reserved, charged);
            });
        }
        run.phase = Phase::Settled {
            until_ms: now_ms.saturating_add(self.limits.settled_memory_ms),
        };
        self.put(ticket, run);
    }
}
