//! Who may go next: one Dispatcher for each FASHN key, as its object runs it. State + event + now → rows to
//! store, an answer, effects and the next alarm ([`Step`]).
//!
//! ```text
//!            admit                     sent: accepted, unknown            ended
//!  (none) ─────────▶ Permitted ─────────────────────────▶ InFlight ─────────────▶ Settled ──▶ forgotten
//!    │                │  ▲   │ refused: 429, 500             │ unknown, or the lease    ▲
//!    │ admit     again│  │go └─────────────┐                 ▼                          │
//!    └──────────────▶ Queued               └──▶ give up     Adrift ──truth, or a day────┘
//!                        └── forgotten, waited too long ──────────────────────────────▶ Settled
//! ```
//!
//! `Permitted` and `InFlight` hold a slot, all but `Settled` hold credits. Every event is harmless when told
//! twice. `docs/dispatcher.md` has the invariants and the edge's steps; `simulation/` drives this very code.
//!
//! ```text
//! event    what is said, answered, done
//! row      what is stored
//! gate     windows, back-offs, breaker, ledger
//! window   a sliding window of requests
//! ```

mod event;
mod gate;
mod row;
mod state;
mod window;

pub use event::{
    Admission, Answer, Application, Attempt, Effect, Event, Lane, Outcome, Place, Reason, Refusal,
    RefusalKind, Sent, StatusPermit, Step, Verdict, Visitor,
};
pub use gate::{Breaker, FewerSlots, Gate, Hold, KnownBalance};
pub use row::{Account, Durations, Phase, Row, RowChange, RowKey, Run, Turn, VisitorAccount};
pub use state::Dispatcher;
pub use window::Window;

use fashn::models::Credits;

use crate::ticket::Ticket;
use gate::{DAY_MS, Held, day_of, doubled};

impl Dispatcher {
    /// Takes an event in.
    #[must_use]
    pub fn step(&mut self, event: Event, now_ms: u64) -> Step {
        self.gate.slide(&self.limits, now_ms);
        let mut effects = Vec::new();
        let answer = match event {
            Event::Admit(application) => {
                Answer::Admission(self.admit(application, now_ms, &mut effects))
            }
            Event::Quoted(application) => Answer::Admission(self.quote(&application, now_ms)),
            Event::Sent {
                ticket,
                attempt,
                sent,
            } => self.sent(ticket, attempt, sent, now_ms),
            Event::Ended { ticket, outcome } => {
                self.ended(ticket, outcome, now_ms);
                Answer::Noted
            }
            Event::Forgotten(ticket) => {
                if self.phase(ticket) == Some(Phase::Queued) {
                    self.settle(ticket, Credits(0), now_ms);
                }
                Answer::Noted
            }
            Event::Absent(ticket) => {
                self.absent(ticket, now_ms);
                Answer::Noted
            }
            Event::StatusWanted => Answer::Status(self.status_wanted(now_ms)),
            Event::StatusRefused { retry_after_ms } => {
                let gate = self.gate_mut();
                gate.0.status_hold.longer(gate.1, retry_after_ms, now_ms);
                Answer::Noted
            }
            Event::BalanceWanted => Answer::BalanceMark(self.gate.charged),
            Event::BalanceTold { total, mark } => {
                let gate = self.gate_mut();
                gate.0.balance_told(gate.1, total, mark);
                Answer::Noted
            }
            Event::PlaceWanted(ticket) => Answer::Place(self.place_of(ticket, now_ms)),
            Event::Alarm => Answer::Noted,
        };
        self.look_after_overdue(now_ms, &mut effects);
        self.sweep_visitors();
        self.let_in(now_ms, &mut effects);
        self.finish(answer, effects, now_ms)
    }

    /// Lets a run in, lets it wait, or refuses it.
    fn admit(
        &mut self,
        application: Application,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) -> Admission {
        if let Some(admission) = self.admitted(application.ticket, now_ms) {
            return admission;
        }
        if let Err(refusal) = self.affordable(&application, now_ms) {
            return Admission::Refused(refusal);
        }
        // Those who waited go first.
        self.let_in(now_ms, effects);
        let goes = self.queue.is_empty() && self.held(now_ms) == Held::Free;
        if !goes && let Err(refusal) = self.may_wait(&application, now_ms) {
            return Admission::Refused(refusal);
        }
        let Application {
            ticket,
            visitor,
            lane,
            credits,
            expected_ms,
        } = application;
        let day = self.gate.account.day;
        let gate = self.gate_mut().0;
        gate.account.reserve(credits);
        gate.reserved = gate.reserved.saturating_add(u64::from(credits.0));
        self.with_visitor(&visitor, |account| {
            account.account.begin(day);
            account.account.reserve(credits);
        });
        let run = Run {
            visitor,
            lane,
            reserved: credits,
            day,
            expected_ms,
            admitted_ms: now_ms,
            attempt: 0,
            server_errors: 0,
            turn: None,
            give_up_ms: now_ms.saturating_add(self.limits.queue_wait_ms),
            phase: Phase::Queued,
        };
        if goes {
            return Admission::Go(self.permit(ticket, run, now_ms));
        }
        self.enqueue(ticket, run);
        self.admitted(ticket, now_ms).unwrap_or(Admission::Over)
    }

    /// What was decided of a run that was let in before.
    fn admitted(&self, ticket: Ticket, now_ms: u64) -> Option<Admission> {
        let run = self.runs.get(&ticket)?;
        Some(match run.phase {
            Phase::Queued => match self.place_of(ticket, now_ms) {
                Some(place) => Admission::Queued(place),
                None => Admission::Over,
            },
            Phase::Permitted { .. } => Admission::Go(run.attempt),
            Phase::InFlight { .. } | Phase::Adrift { .. } | Phase::Settled { .. } => {
                Admission::Over
            }
        })
    }

    fn quote(&self, application: &Application, now_ms: u64) -> Admission {
        if let Err(refusal) = self.affordable(application, now_ms) {
            return Admission::Refused(refusal);
        }
        if self.queue.is_empty() && self.held(now_ms) == Held::Free {
            return Admission::Go(1);
        }
        match self.may_wait(application, now_ms) {
            Ok(place) => Admission::Queued(place),
            Err(refusal) => Admission::Refused(refusal),
        }
    }

    fn affordable(&self, application: &Application, now_ms: u64) -> Result<(), Refusal> {
        let credits = application.credits;
        let reason = self.gate.unaffordable(&self.limits, credits).or_else(|| {
            let day = self.gate.account.day;
            let gone = self
                .visitors
                .get(&application.visitor)
                .map(|known| known.account)
                .filter(|account| account.day == day)
                .map_or(0, |account| account.committed());
            (gone.saturating_add(u64::from(credits.0)) > u64::from(self.limits.visitor_credits))
                .then_some(Reason::VisitorBudget)
        });
        let Some(reason) = reason else { return Ok(()) };
        let next_day_ms = day_of(now_ms).saturating_add(1).saturating_mul(DAY_MS);
        let retry_after_ms = match reason {
            Reason::DayBudget | Reason::VisitorBudget => next_day_ms.saturating_sub(now_ms),
            _ => self.limits.balance_every_ms,
        };
        Err(Refusal {
            reason,
            retry_after_seconds: retry_after_ms.div_ceil(1_000).max(1),
            retry_helps: false,
        })
    }

    /// Where a run would wait, if it may.
    fn may_wait(&self, application: &Application, now_ms: u64) -> Result<Place, Refusal> {
        let waiting = self
            .visitors
            .get(&application.visitor)
            .map_or(0, |account| account.waiting);
        let place = self.place_at(
            self.queue.len(),
            &application.lane,
            application.expected_ms,
            now_ms.saturating_add(self.limits.queue_wait_ms),
            now_ms,
        );
        let eta_ms = place.eta_seconds.saturating_mul(1_000);
        let reason = if self.queue.len() >= self.limits.queue_most {
            Reason::QueueFull
        } else if waiting >= self.limits.queue_per_visitor_most {
            Reason::VisitorQueueFull
        } else if eta_ms > self.limits.queue_wait_ms {
            Reason::WaitTooLong
        } else {
            return Ok(place);
        };
        Err(Refusal {
            reason,
            // By half the wait there is room again.
            retry_after_seconds: (place.eta_seconds / 2).clamp(1, 600),
            retry_helps: true,
        })
    }

    /// What became of a run that was sent.
    fn sent(&mut self, ticket: Ticket, attempt: Attempt, sent: Sent, now_ms: u64) -> Answer {
        let Some(run) = self.runs.get(&ticket).cloned() else {
            return Answer::Verdict(Verdict::OutOfDate);
        };
        let current = run.attempt == attempt;
        let Phase::Permitted { lease_ms, .. } = run.phase else {
            // The webhook was faster, the report came twice, or after the lease.
            return match sent {
                Sent::Refused { .. } if current && run.phase == Phase::Queued => self
                    .place_of(ticket, now_ms)
                    .map_or(Answer::Verdict(Verdict::OutOfDate), |place| {
                        Answer::Verdict(Verdict::Again(place))
                    }),
                Sent::Refused { .. } if current && !run.holds_credits() => {
                    Answer::Verdict(Verdict::GiveUp)
                }
                _ => Answer::Verdict(Verdict::OutOfDate),
            };
        };
        if !current {
            return Answer::Verdict(Verdict::OutOfDate);
        }
        self.gate_mut().0.runs.note(now_ms);
        match sent {
            Sent::Accepted => {
                let gate = self.gate_mut().0;
                gate.upstream_works();
                gate.run_hold.times = 0;
                self.fly(ticket, run, lease_ms, now_ms);
                Answer::Noted
            }
            Sent::Unknown => {
                let gate = self.gate_mut();
                gate.0.upstream_fails(gate.1, now_ms);
                self.fly(ticket, run, lease_ms, now_ms);
                Answer::Noted
            }
            Sent::Refused {
                kind,
                retry_after_ms,
            } => Answer::Verdict(self.refused(ticket, run, kind, retry_after_ms, now_ms)),
        }
    }

    fn fly(&mut self, ticket: Ticket, mut run: Run, lease_ms: u64, now_ms: u64) {
        run.phase = Phase::InFlight {
            since_ms: now_ms,
            lease_ms,
        };
        self.put(ticket, run);
    }

    fn refused(
        &mut self,
        ticket: Ticket,
        mut run: Run,
        kind: RefusalKind,
        retry_after_ms: Option<u64>,
        now_ms: u64,
    ) -> Verdict {
        let others = self.taken.saturating_sub(1);
        let gate = self.gate_mut();
        gate.0.refused(gate.1, kind, retry_after_ms, others, now_ms);
        let again = match kind {
            RefusalKind::RateLimit | RefusalKind::Concurrency => true,
            RefusalKind::ServerError => {
                run.server_errors = run.server_errors.saturating_add(1);
                run.server_errors < self.limits.send_attempts_most
            }
            RefusalKind::OutOfCredits | RefusalKind::Unauthorized | RefusalKind::Request => false,
        };
        if !again || now_ms >= run.give_up_ms {
            self.settle(ticket, Credits(0), now_ms);
            return Verdict::GiveUp;
        }
        self.enqueue(ticket, run);
        match self.place_of(ticket, now_ms) {
            Some(place) => Verdict::Again(place),
            None => Verdict::OutOfDate,
        }
    }

    /// A prediction is over.
    fn ended(&mut self, ticket: Ticket, outcome: Outcome, now_ms: u64) {
        let Some(run) = self.runs.get(&ticket).cloned() else {
            return;
        };
        match outcome {
            Outcome::Charged(credits) => {
                if let Phase::InFlight { since_ms, .. } = run.phase {
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

    /// A permit found no Prediction. It is still being written, or never will be.
    fn absent(&mut self, ticket: Ticket, now_ms: u64) {
        let Some(run) = self.runs.get(&ticket).cloned() else {
            return;
        };
        let grace_ms = run.admitted_ms.saturating_add(self.limits.absence_grace_ms);
        if matches!(run.phase, Phase::Permitted { .. }) && now_ms >= grace_ms {
            // What isn't there isn't in flight. Whether it was paid nobody can tell any more.
            self.gate_mut().0.trial_lost(ticket, now_ms);
            self.set_adrift(ticket, run, now_ms);
        }
    }

    fn status_wanted(&mut self, now_ms: u64) -> StatusPermit {
        let hold_ms = self.gate.status_hold.until_ms;
        if hold_ms > now_ms {
            return StatusPermit::NotBefore(hold_ms);
        }
        if self.gate.statuses.room(self.limits.statuses, 0) == 0 {
            let opens_ms = self
                .gate
                .statuses
                .opens_ms(self.limits.statuses, self.limits.window_margin_ms);
            return StatusPermit::NotBefore(opens_ms.unwrap_or(now_ms));
        }
        let gate = self.gate_mut().0;
        gate.statuses.note(now_ms);
        gate.status_hold.times = 0;
        StatusPermit::Now
    }

    /// Looks after what is overdue, a few at a time.
    fn look_after_overdue(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        for _ in 0..self.limits.overdue_per_event {
            let Some(&(due_ms, ticket)) = self.due.first() else {
                break;
            };
            if due_ms > now_ms {
                break;
            }
            let Some(mut run) = self.runs.get(&ticket).cloned() else {
                self.due.pop_first();
                continue;
            };
            match run.phase {
                // It never was at FASHN. Its Prediction gives up by its own alarm.
                Phase::Queued => self.settle(ticket, Credits(0), now_ms),
                Phase::Permitted { told, lease_ms, .. } if now_ms < lease_ms => {
                    let wait_ms = doubled(self.limits.redeliver_ms, told, self.limits.hold_most_ms);
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
                    self.gate_mut().0.trial_lost(ticket, now_ms);
                    self.gate_mut().0.runs.note(now_ms);
                    self.set_adrift(ticket, run, now_ms);
                }
                Phase::InFlight { .. } => self.set_adrift(ticket, run, now_ms),
                // Its day is over. It counts as spent, which is the dearer truth.
                Phase::Adrift { .. } => self.settle(ticket, run.reserved, now_ms),
                Phase::Settled { .. } => self.forget(ticket),
            }
        }
        if let Some(at_ms) = self.gate.closed_until_balance
            && at_ms <= now_ms
        {
            let every_ms = self.limits.balance_every_ms;
            self.gate_mut().0.closed_until_balance = Some(now_ms.saturating_add(every_ms));
            effects.push(Effect::AskBalance);
        }
    }

    /// Lets in whoever's turn it is, as many as may.
    fn let_in(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        while self.held(now_ms) == Held::Free
            && let Some((&turn, &ticket)) = self.queue.first_key_value()
            && let Some(run) = self.runs.get(&ticket).cloned()
        {
            let gate = self.gate_mut().0;
            gate.round = gate.round.max(turn.round);
            let attempt = self.permit(ticket, run, now_ms);
            effects.push(Effect::Permit { ticket, attempt });
        }
    }

    fn held(&self, now_ms: u64) -> Held {
        self.gate
            .held(&self.limits, self.taken, self.permitted, now_ms)
    }

    fn permit(&mut self, ticket: Ticket, mut run: Run, now_ms: u64) -> Attempt {
        self.gate_mut().0.pass(ticket);
        run.attempt = run.attempt.saturating_add(1);
        run.phase = Phase::Permitted {
            redeliver_ms: now_ms.saturating_add(self.limits.redeliver_ms),
            told: 1,
            lease_ms: now_ms.saturating_add(self.limits.lease_ms),
        };
        let attempt = run.attempt;
        self.put(ticket, run);
        attempt
    }

    /// Queues a run: at its old place if it had one, else in its visitor's next round.
    fn enqueue(&mut self, ticket: Ticket, mut run: Run) {
        if run.turn.is_none() {
            let gate = self.gate_mut().0;
            let (round, sequence) = (gate.round, gate.sequence);
            gate.sequence = sequence.saturating_add(1);
            let mut mine = round;
            self.with_visitor(&run.visitor, |account| {
                mine = round.max(account.last_round.saturating_add(1));
                account.last_round = mine;
            });
            run.turn = Some(Turn {
                round: mine,
                sequence,
            });
        }
        run.phase = Phase::Queued;
        self.put(ticket, run);
    }

    fn set_adrift(&mut self, ticket: Ticket, mut run: Run, now_ms: u64) {
        run.phase = Phase::Adrift {
            until_ms: now_ms.saturating_add(self.limits.adrift_ms),
        };
        self.put(ticket, run);
    }

    /// Settles what is reserved, once.
    fn settle(&mut self, ticket: Ticket, charged: Credits, now_ms: u64) {
        let Some(mut run) = self.runs.get(&ticket).cloned() else {
            return;
        };
        if !run.holds_credits() {
            return;
        }
        let was_permitted = matches!(run.phase, Phase::Permitted { .. });
        let gate = self.gate_mut().0;
        if was_permitted {
            // Its prediction ended before anyone said that it was sent.
            gate.runs.note(now_ms);
            gate.trial_lost(ticket, now_ms);
        }
        gate.account.settle(run.day, run.reserved, charged);
        gate.reserved = gate.reserved.saturating_sub(u64::from(run.reserved.0));
        gate.charged = gate.charged.saturating_add(u64::from(charged.0));
        if self.visitors.contains_key(&run.visitor) {
            self.with_visitor(&run.visitor, |known| {
                known.account.settle(run.day, run.reserved, charged);
            });
        }
        run.phase = Phase::Settled {
            until_ms: now_ms.saturating_add(self.limits.settled_memory_ms),
        };
        self.put(ticket, run);
    }
}

#[cfg(test)]
mod tests;
