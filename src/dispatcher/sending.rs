//! Whose turn it is, and what became of a run that was sent.

use fashn::models::Credits;

use super::event::{Answer, Attempt, Effect, RefusalKind, Reins, Sent, Verdict};
use super::gate::Held;
use super::row::{Phase, Run, Turn};
use super::state::Dispatcher;
use crate::auth::ids::Ticket;
use crate::config::limits::RequestWindow;

/// Of what a window has, one in so many may be held for runs on loose reins.
const LOOSE_SHARE: u32 = 8;

impl Dispatcher {
    /// Lets in whoever's turn it is, as many as may.
    pub(super) fn let_in(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        while self.held(now_ms) == Held::Free
            && let Some(&(turn, ticket)) = self.queue.first()
            && let Some(run) = self.run(ticket)
        {
            let gate = self.gate_mut().0;
            gate.round = gate.round.max(turn.round);
            let again_ms = now_ms.saturating_add(self.limits.redeliver_ms);
            let attempt = self.permit(ticket, run, again_ms, now_ms);
            effects.push(Effect::Permit { ticket, attempt });
        }
    }

    pub(super) fn held(&self, now_ms: u64) -> Held {
        self.gate
            .held(&self.limits, self.taken, self.permitted, now_ms)
    }

    /// Permits a run; if nobody says what became of it, it is told again at `again_ms`.
    pub(super) fn permit(
        &mut self,
        ticket: Ticket,
        mut run: Run,
        again_ms: u64,
        now_ms: u64,
    ) -> Attempt {
        self.gate_mut().0.pass(ticket);
        run.attempt = run.attempt.saturating_add(1);
        run.phase = Phase::Permitted {
            redeliver_ms: again_ms,
            told: 1,
            lease_ms: now_ms.saturating_add(self.limits.lease_ms),
        };
        let attempt = run.attempt;
        self.put(ticket, run);
        attempt
    }

    /// Queues a run: at its old place if it had one, else in its visitor's next round.
    pub(super) fn enqueue(&mut self, ticket: Ticket, mut run: Run, now_ms: u64) {
        self.tighten(&mut run, now_ms);
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

    /// On which reins the next run goes: on loose ones while all is well, and few hold room of the windows that others may need.
    pub(super) fn reins(&self) -> Reins {
        let few =
            |held: usize, window: RequestWindow| held < (window.requests / LOOSE_SHARE) as usize;
        if self.gate.is_well()
            && few(self.permitted, self.limits.runs)
            && few(self.status_calls, self.limits.statuses)
            && self
                .gate
                .statuses
                .room(self.limits.statuses, self.status_calls)
                > 0
        {
            Reins::Loose
        } else {
            Reins::Tight
        }
    }

    /// A run has no status call of its own any more. It may have been made just now.
    pub(super) fn tighten(&mut self, run: &mut Run, now_ms: u64) {
        if run.has_status_call() {
            let (gate, limits) = self.gate_mut();
            gate.note_statuses(limits, 1, now_ms);
        }
        run.reins = Reins::Tight;
    }

    /// FASHN has had a run since then, of which nobody said so.
    pub(super) fn taken_at(&mut self, ticket: Ticket, sent_ms: Option<u64>, now_ms: u64) {
        if let Some(sent_ms) = sent_ms
            && let Some(run) = self.run(ticket)
            && let Phase::Permitted { lease_ms, .. } = run.phase
        {
            let since_ms = sent_ms.max(run.admitted_ms).min(now_ms);
            let gate = self.gate_mut();
            gate.0.note_run(gate.1, since_ms);
            // It may have left the window already.
            gate.0.slide(gate.1, now_ms);
            gate.0.trial_lost(ticket, now_ms);
            self.keep(ticket, in_flight(run, lease_ms, since_ms));
        }
    }

    /// What became of a run that was sent.
    pub(super) fn sent(
        &mut self,
        ticket: Ticket,
        attempt: Attempt,
        sent: Sent,
        now_ms: u64,
    ) -> Answer {
        let Some(run) = self.run(ticket) else {
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
                    Answer::Verdict(Verdict::GiveUp { shared: run.shared })
                }
                _ => Answer::Verdict(Verdict::OutOfDate),
            };
        };
        if !current {
            return Answer::Verdict(Verdict::OutOfDate);
        }
        let gate = self.gate_mut();
        gate.0.note_run(gate.1, now_ms);
        match sent {
            Sent::Accepted => {
                let gate = self.gate_mut().0;
                let was_well = gate.is_well();
                gate.upstream_works();
                gate.run_hold.times = 0;
                if was_well {
                    // Not stored: forgotten, it counts as being sent until its end, which is the safer belief.
                    self.may_come_later();
                }
                self.keep(ticket, in_flight(run, lease_ms, now_ms));
                Answer::Noted
            }
            Sent::Unknown => {
                let gate = self.gate_mut();
                gate.0.upstream_fails(gate.1, now_ms);
                self.put(ticket, in_flight(run, lease_ms, now_ms));
                Answer::Noted
            }
            Sent::Refused {
                kind,
                retry_after_ms,
            } => Answer::Verdict(self.refused(ticket, run, kind, retry_after_ms, now_ms)),
        }
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
            let shared = run.shared;
            if run.turn.is_none() {
                // Its caller is told so now, and may ask again with the same key.
                self.never_was(ticket, &run.repeats);
            }
            self.settle(ticket, Credits(0), now_ms);
            return Verdict::GiveUp { shared };
        }
        self.enqueue(ticket, run, now_ms);
        match self.place_of(ticket, now_ms) {
            Some(place) => Verdict::Again(place),
            None => Verdict::OutOfDate,
        }
    }
}

fn in_flight(mut run: Run, lease_ms: u64, since_ms: u64) -> Run {
    run.phase = Phase::InFlight { since_ms, lease_ms };
    run
}
