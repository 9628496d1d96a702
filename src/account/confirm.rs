//! FASHN's id and status of a run: webhooks, and the calls that confirm them.

use fashn::response::UpstreamId;

use crate::account::event::{StatusCall, StatusOutcome, Tx, WebhookDecision};
use crate::account::notice::RunNotice;
use crate::account::rows::Result;
use crate::account::state::Account;
use crate::auth::ids::{Attempt, Ticket};
use crate::run::record::{News, Run};
use crate::run::times::Now;
use crate::run::transition::Decision;

impl Account {
    /// FASHN's webhook names its id of a run.
    pub fn webhook(
        &mut self,
        tx: &mut Tx<'_>,
        ticket: Ticket,
        attempt: Attempt,
        upstream: UpstreamId,
    ) -> Result<WebhookDecision> {
        let decision = self.claim(tx, ticket, |run, now| run.webhook(now, attempt, upstream))?;
        if decision != WebhookDecision::NotOurs {
            tx.note(ticket, RunNotice::Webhook);
        }
        Ok(decision)
    }

    /// A webhook, or a late answer, names FASHN's id.
    pub(super) fn claim(
        &mut self,
        tx: &mut Tx<'_>,
        ticket: Ticket,
        event: impl FnOnce(&mut Run, Now<'_>) -> Decision,
    ) -> Result<WebhookDecision> {
        let was_sending = self.live.get(&ticket).is_some_and(Run::is_sending);
        let Some((run, decision)) = self.step(tx, ticket, event)? else {
            return Ok(WebhookDecision::NotOurs);
        };
        if was_sending && !run.is_sending() {
            // Its own report is late, or lost.
            self.note_send(tx.now_ms);
            self.limiter.breaker.probe_lost(ticket, tx.now_ms);
        }
        match decision {
            Decision::AskStatus(upstream) => self.confirm(tx, &run, upstream, false),
            Decision::NotOurs => Ok(WebhookDecision::NotOurs),
            Decision::Unchanged | Decision::Save | Decision::SendAgain | Decision::Delete => {
                Ok(WebhookDecision::Known)
            }
        }
    }

    /// A status call, or if it has no place now, the time at which the alarm makes it.
    pub(super) fn confirm(
        &mut self,
        tx: &mut Tx<'_>,
        run: &Run,
        upstream: UpstreamId,
        is_poll: bool,
    ) -> Result<WebhookDecision> {
        let Some(at_ms) = self.status_opens_ms(run.ticket, tx.now_ms) else {
            let until_ms = tx.now_ms.saturating_add(self.settings.call_ms);
            self.status_calls.take(run.ticket, until_ms);
            let wants_output = run.wants_output();
            let call = StatusCall { ticket: run.ticket, upstream, wants_output, is_poll };
            return Ok(WebhookDecision::Confirm(call));
        };
        let postponed = self.step(tx, run.ticket, |run, _| run.postpone_poll(at_ms))?;
        Ok(match postponed {
            Some((_, Decision::Save)) => WebhookDecision::Known,
            // It is over, and isn't polled.
            Some(_) | None => WebhookDecision::NotBefore(at_ms),
        })
    }

    /// When a run's status call may begin, in milliseconds since 1970: none if now.
    fn status_opens_ms(&self, ticket: Ticket, now_ms: u64) -> Option<u64> {
        let soon_ms = now_ms.saturating_add(1_000);
        if self.status_calls.contains(&ticket) {
            // The answer under way may be older than the webhook.
            return Some(soon_ms);
        }
        let full_until_ms = self.status_calls.full_until_ms().map(|until_ms| until_ms.min(soon_ms));
        let under_way = self.status_calls.count();
        full_until_ms
            .or_else(|| self.limiter.status_opens_ms(&self.settings.limits, under_way, now_ms))
    }

    /// A status call ended.
    pub fn status_answered(
        &mut self,
        tx: &mut Tx<'_>,
        call: &StatusCall,
        answer: StatusOutcome,
    ) -> Result<()> {
        let StatusCall { ticket, ref upstream, is_poll, .. } = *call;
        // A place that time released was counted then.
        if self.status_calls.give_back(&ticket) {
            self.limiter.status_calls_ended(&self.settings.limits, 1, tx.now_ms);
        }
        match answer {
            StatusOutcome::News(news) => {
                self.limiter.status_backoff.times = 0;
                let is_over = matches!(news, News::Over(_));
                if is_over {
                    self.limiter.breaker.probe_lost(ticket, tx.now_ms);
                }
                let left = self.step(tx, ticket, |run, now| run.status(now, upstream, news))?;
                let ended = left.is_some_and(|(_, decision)| decision == Decision::Save);
                if is_poll && is_over && ended {
                    tx.note(ticket, RunNotice::WebhookMissed);
                }
            }
            StatusOutcome::TooMany(retry_after_ms) => {
                let backoff = &mut self.limiter.status_backoff;
                backoff.lengthen(&self.settings.limits, retry_after_ms, tx.now_ms);
            }
            StatusOutcome::NotFound => {
                self.step(tx, ticket, |run, now| run.status_not_found(now, upstream))?;
            }
            StatusOutcome::Nothing => {}
        }
        Ok(())
    }
}
