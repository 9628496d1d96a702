//! The outcome of a send, and what it says about all runs.

use fashn::response::RefusalKind;

use crate::account::event::{Effect, SendOutcome, Sent, Tx, Verdict, WebhookDecision};
use crate::account::notice::RunNotice;
use crate::account::rows::Result;
use crate::account::state::Account;
use crate::config::limits;
use crate::run::record::{Carrier, Run, State, unavailable};

impl Account {
    /// What became of a send.
    pub fn sent(&mut self, tx: &mut Tx<'_>, sent: Sent) -> Result<Verdict> {
        let Sent { ticket, attempt, outcome } = sent;
        let run = self.find(tx.rows, ticket)?.filter(|run| run.attempt == attempt);
        let Some(run) = run else { return Ok(Verdict::OutOfDate) };
        let State::Sending { carrier, .. } = run.state else {
            return self.sent_late(tx, &run, outcome);
        };
        tx.note(ticket, RunNotice::Reported { attempt, outcome: outcome.name() });
        if outcome != SendOutcome::NotSent {
            self.note_send(tx.now_ms);
        }
        let left = match outcome {
            SendOutcome::Accepted(upstream) => {
                self.limiter.breaker.succeed();
                self.limiter.run_backoff.times = 0;
                self.step(tx, ticket, |run, now| run.accepted(now, upstream))?;
                return Ok(Verdict::Noted);
            }
            SendOutcome::Unknown => {
                self.fail_upstream(&run, tx.now_ms);
                self.step(tx, ticket, Run::lose_track)?;
                return Ok(Verdict::Noted);
            }
            SendOutcome::NotSent => {
                self.limiter.breaker.probe_lost(ticket, tx.now_ms);
                let not_before_ms = tx.now_ms.saturating_add(limits::SEND_RETRY_MS);
                self.step(tx, ticket, |run, now| match carrier {
                    Carrier::Worker => run.give_up(now, unavailable("The run could not be sent.")),
                    Carrier::Body => run.wait_again(now, false, not_before_ms),
                })?
            }
            SendOutcome::Refused { kind, retry_after_ms, error } => {
                let may_go_again = self.refused(&run, kind, retry_after_ms, tx.now_ms);
                let failed = kind == RefusalKind::ServerError;
                if may_go_again {
                    self.step(tx, ticket, |run, now| run.wait_again(now, failed, 0))?
                } else {
                    self.step(tx, ticket, |run, now| run.give_up(now, error))?
                }
            }
        };
        // It may have waited too long already, or its holder deleted it meanwhile.
        let waits = left.is_some_and(|(run, _)| run.waits());
        Ok(if waits { Verdict::Again } else { Verdict::GiveUp })
    }

    /// The report came before, the webhook was faster, or the send was given up meanwhile.
    fn sent_late(&mut self, tx: &mut Tx<'_>, run: &Run, outcome: SendOutcome) -> Result<Verdict> {
        Ok(match outcome {
            SendOutcome::Accepted(upstream) => {
                let claimed = self.claim(tx, run.ticket, |run, now| run.accepted(now, upstream))?;
                if let WebhookDecision::Confirm(call) = claimed {
                    tx.effects.push(Effect::AskStatus(call));
                }
                Verdict::Noted
            }
            SendOutcome::Unknown => Verdict::Noted,
            SendOutcome::Refused { .. } | SendOutcome::NotSent if run.waits() => Verdict::Again,
            SendOutcome::Refused { .. } | SendOutcome::NotSent => Verdict::GiveUp,
        })
    }

    /// A send is over: it counts as made now.
    pub(super) fn note_send(&mut self, now_ms: u64) {
        self.limiter.runs.note(self.settings.limits.runs, 1, now_ms);
    }

    /// FASHN failed a run. A large body is at fault itself.
    pub(super) fn fail_upstream(&mut self, run: &Run, now_ms: u64) {
        let breaker = &mut self.limiter.breaker;
        if run.body_bytes > limits::LARGE_BODY_BYTES {
            breaker.probe_lost(run.ticket, now_ms);
        } else {
            breaker.fail(&self.settings.limits, run.ticket, &run.visitor, now_ms);
        }
    }

    /// What a refusal says about all runs; whether this one may go again.
    fn refused(
        &mut self,
        run: &Run,
        kind: RefusalKind,
        retry_after_ms: Option<u64>,
        now_ms: u64,
    ) -> bool {
        let limits = &self.settings.limits;
        let limiter = &mut self.limiter;
        match kind {
            RefusalKind::ServerError | RefusalKind::Unauthorized => {
                let is_last = run.failures.saturating_add(1) >= limits.send_attempts_max;
                self.fail_upstream(run, now_ms);
                return kind == RefusalKind::ServerError && !is_last;
            }
            RefusalKind::RateLimit => limiter.run_backoff.lengthen(limits, retry_after_ms, now_ms),
            RefusalKind::Concurrency => {
                let others = self.slots_taken.saturating_sub(1);
                limiter.reduce(limits, others, retry_after_ms, now_ms);
            }
            RefusalKind::OutOfCredits => {
                // What was known of the balance is out of date.
                limiter.balance = None;
                limiter.out_of_credits_until_ms.get_or_insert(now_ms);
            }
            RefusalKind::Request => {}
        }
        limiter.breaker.succeed();
        matches!(kind, RefusalKind::RateLimit | RefusalKind::Concurrency)
    }
}
