//! What an event does for other runs than its own: what is overdue, a few at a time.

use crate::account::event::{Effect, Tx, WebhookDecision};
use crate::account::notice::RunNotice;
use crate::account::rows::Result;
use crate::account::state::{Account, earliest};
use crate::config::limits;
use crate::run::record::{Run, State};
use crate::run::transition::Decision;

impl Account {
    pub(super) fn look_after(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.look_after_due(tx)?;
        self.delete_expired(tx)?;
        self.sweep(tx)?;
        self.ask_balance(tx);
        self.let_go(tx)?;
        self.send_messages(tx)
    }

    fn look_after_due(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let is_due = |due: &&(u64, _)| due.0 <= tx.now_ms;
        let due = self.due().take_while(is_due).take(limits::OVERDUE_PER_EVENT);
        for ticket in due.map(|(_, ticket)| *ticket).collect::<Vec<_>>() {
            let was_sending = self.live.get(&ticket).is_some_and(Run::is_sending);
            let Some((run, decision)) = self.step(tx, ticket, Run::due)? else { continue };
            if was_sending && matches!(run.state, State::Unknown { .. }) {
                self.note_send(tx.now_ms);
                self.fail_upstream(&run, tx.now_ms);
            }
            match decision {
                Decision::AskStatus(upstream) => {
                    if let WebhookDecision::Confirm(call) =
                        self.confirm(tx, &run, upstream, true)?
                    {
                        tx.effects.push(Effect::AskStatus(call));
                    }
                }
                Decision::SendAgain => {
                    tx.effects.push(Effect::SendBody { ticket, attempt: run.attempt });
                }
                Decision::Unchanged | Decision::NotOurs | Decision::Save | Decision::Delete => {}
            }
        }
        Ok(())
    }

    fn delete_expired(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        if self.next_expiry_ms.is_none_or(|at_ms| at_ms > tx.now_ms) {
            return Ok(());
        }
        let most = limits::OVERDUE_PER_EVENT;
        let expired = tx.rows.expired(tx.now_ms, most + 1)?;
        self.next_expiry_ms = match expired.get(most) {
            Some(_) => Some(tx.now_ms),
            None => earliest(tx.rows.next_expiry_ms(tx.now_ms)?, tx.expiry_ms),
        };
        for run in expired.into_iter().take(most) {
            if !run.is_deleted {
                tx.note(run.ticket, RunNotice::Expired);
                self.expire_messages(tx, &run)?;
            }
            self.remove(tx, &run.clone(), run)?;
        }
        Ok(())
    }

    fn ask_balance(&mut self, tx: &mut Tx<'_>) {
        let limits = &self.settings.limits;
        let limiter = &mut self.limiter;
        if self.asks_balance_until_ms.is_some() || !limiter.is_balance_stale(limits, tx.now_ms) {
            return;
        }
        self.asks_balance_until_ms = Some(tx.now_ms.saturating_add(self.settings.call_ms));
        limiter.balance_asked_ms = tx.now_ms;
        if let Some(until_ms) = &mut limiter.out_of_credits_until_ms {
            *until_ms = tx.now_ms.saturating_add(limits.balance_every_ms);
        }
        tx.effects.push(Effect::AskBalance { mark: limiter.charged });
    }

    /// When the alarm must go off at the latest, in milliseconds since 1970.
    pub(super) fn alarm_ms(&self, now_ms: u64) -> Option<u64> {
        let balance_ms = self.limiter.balance_due_ms(&self.settings.limits);
        // Messages that are due wait for a place.
        let full_until_ms = self.messages.full_until_ms().unwrap_or(0);
        [
            self.due().next().map(|(due_ms, _)| *due_ms),
            self.next_expiry_ms,
            self.next_message_ms.map(|at_ms| at_ms.max(full_until_ms)),
            self.held_until_ms(now_ms),
            balance_ms.map(|at_ms| self.asks_balance_until_ms.unwrap_or(at_ms)),
            self.status_calls.next_ms(),
            self.sweep.is_under_way().then(|| now_ms.saturating_add(limits::SWEEP_EVERY_MS)),
        ]
        .into_iter()
        .flatten()
        .min()
        .map(|at_ms| at_ms.max(now_ms.saturating_add(1)))
    }
}
