//! What an operator is told at once: each crossing once, and not each event beyond it. What was told
//! is stored with the limiter, so that a restart repeats nothing.

use crate::account::admission::RefusalReason;
use crate::account::event::Tx;
use crate::account::notice::{Alert, Notice, RunNotice};
use crate::account::rows::{MessageId, OutboxMessage};
use crate::account::state::Account;
use crate::auth::crypto::digest_name;
use crate::config::limits;

/// Shares of the day's credits, in percent.
const BUDGET_PERCENT: [u8; 3] = [50, 80, 100];

/// Ends without a webhook in a row.
const WEBHOOKS_MISSED: u32 = 3;

impl Account {
    /// At the end of an event: what it has crossed.
    pub(super) fn raise_alerts(&mut self, tx: &mut Tx<'_>) {
        let crossed = [
            breaker_crossed(tx),
            self.budget_crossed(tx),
            self.balance_crossed(),
            self.webhooks_crossed(tx),
        ];
        for alert in crossed.into_iter().flatten() {
            self.raise(tx, alert);
        }
    }

    /// Rows went into quarantine.
    pub fn rows_quarantined(&mut self, tx: &mut Tx<'_>) {
        if self.limiter.alerts.quarantined_until_ms <= tx.now_ms {
            let until_ms = tx.now_ms.saturating_add(limits::QUARANTINE_KEPT_MS);
            self.limiter.alerts.quarantined_until_ms = until_ms;
            self.raise(tx, Alert::Quarantine);
        }
    }

    fn raise(&mut self, tx: &mut Tx<'_>, alert: Alert) {
        tx.notices.push(Notice::Alert(alert));
        if !self.settings.has_merchant_webhook {
            return;
        }
        let message = OutboxMessage {
            id: self.alert_id(alert, tx.now_ms),
            ticket: None,
            event: ["alert.", alert.name()].concat(),
            at_ms: tx.now_ms,
            detail: Some(alert.detail()),
            tries: 0,
            next_ms: tx.now_ms,
            outcome: None,
            url: None,
        };
        self.put_message(tx, message);
    }

    /// No other alert of any account has it.
    fn alert_id(&self, alert: Alert, now_ms: u64) -> MessageId {
        let limiter = &self.limiter;
        let (charged, sequence) = (limiter.charged, limiter.sequence);
        let account = &self.settings.name;
        let (name, detail) = (alert.name(), alert.detail());
        let text = format!("{account}/{name}/{detail}/{now_ms}/{charged}/{sequence}");
        MessageId(digest_name(text.as_bytes()))
    }

    fn budget_crossed(&mut self, tx: &Tx<'_>) -> Option<Alert> {
        let day = self.limiter.day;
        let is_refused = |notice: &Notice| {
            matches!(notice, Notice::Refused { reason: RefusalReason::DayBudget, .. })
        };
        let share = self
            .committed_on(day)
            .saturating_mul(100)
            .checked_div(self.settings.limits.day_credits.into());
        // What is left may be too little for a run.
        let share = if tx.notices.iter().any(is_refused) { Some(100) } else { share };
        let reached = |percent: &&u8| share.is_some_and(|share| share >= u64::from(**percent));
        let percent = BUDGET_PERCENT.iter().rev().find(reached).copied()?;
        let alerts = &mut self.limiter.alerts;
        let told = if alerts.budget_day == day { alerts.budget_percent } else { 0 };
        if percent <= told {
            return None;
        }
        (alerts.budget_day, alerts.budget_percent) = (day, percent);
        Some(Alert::Budget { percent })
    }

    fn balance_crossed(&mut self) -> Option<Alert> {
        let floor = u64::from(self.settings.limits.balance_floor);
        let limiter = &mut self.limiter;
        let left = limiter
            .balance
            .map(|known| known.total.saturating_sub(limiter.charged.saturating_sub(known.mark)));
        let is_low = if limiter.out_of_credits_until_ms.is_some() {
            true
        } else {
            // Without word of the balance nothing has changed.
            floor > 0 && left? <= floor.saturating_mul(2)
        };
        let was_low = std::mem::replace(&mut limiter.alerts.is_balance_low, is_low);
        (is_low && !was_low).then_some(Alert::BalanceLow)
    }

    fn webhooks_crossed(&mut self, tx: &Tx<'_>) -> Option<Alert> {
        let before = self.limiter.alerts.webhooks_missed;
        let mut missed = before;
        for notice in &tx.notices {
            match notice {
                Notice::Run(_, RunNotice::Webhook) => missed = 0,
                Notice::Run(_, RunNotice::WebhookMissed) => {
                    missed = missed.saturating_add(1).min(WEBHOOKS_MISSED);
                }
                _ => {}
            }
        }
        self.limiter.alerts.webhooks_missed = missed;
        (missed == WEBHOOKS_MISSED && before < missed).then_some(Alert::WebhooksMissing)
    }
}

/// The breaker's own row says whether it was open before.
fn breaker_crossed(tx: &Tx<'_>) -> Option<Alert> {
    let opened = Notice::Breaker { is_open: true };
    tx.notices.contains(&opened).then_some(Alert::BreakerOpen)
}
