//! Telling a run's end to its `webhook_url` (page "Webhooks"): up to 5 retries in about 5 minutes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::settings::scaled;

/// The gaps before the retries. FASHN says "up to 5 retries" within "approximately 5 minutes"; how they are
/// spread is not said.
pub const RETRY_GAPS_MS: [u64; 5] = [10_000, 20_000, 40_000, 80_000, 150_000];

/// What was tried, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: usize,
    /// What it is: one of the six that FASHN makes, or made by a fault.
    pub kind: Kind,
    /// When it should be made.
    pub due_at_ms: u64,
    /// When it was made.
    pub sent_at_ms: Option<u64>,
    /// What came of it; none while it is due or on its way.
    pub outcome: Option<Outcome>,
}

/// Whose idea an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// FASHN's own.
    Genuine,
    /// A second copy of one, from the fault `duplicate`. Not retried.
    Duplicate,
    /// One with keys of the payload replaced, from the fault `forge`. Not retried.
    Forged(Map<String, Value>),
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver answered with that status; 2xx is success.
    Answered(u16),
    /// No answer: why.
    Unanswered(String),
    /// Never sent, by the fault `drop`; for FASHN it is as if no answer came.
    Dropped,
}

impl Outcome {
    /// Whether FASHN takes it for delivered. A redirect is not followed and counts as a failure.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// What faults have in mind for a run's webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// So many attempts are never sent.
    pub drop: usize,
    /// The first attempt comes so much later.
    pub delay_ms: u64,
    /// So many more copies follow the first attempt, each so many milliseconds after the one before.
    pub copies: usize,
    /// The gap between copies.
    pub gap_ms: u64,
    /// The first attempt waits for the end of another run's.
    pub after_next: bool,
    /// Forged payloads that are sent besides, each with its offset from the run's end (or from its start,
    /// where `early` says so).
    pub forgeries: Vec<Map<String, Value>>,
}

/// One run's webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// Every attempt, in the order they were planned.
    pub attempts: Vec<Attempt>,
    /// What faults have in mind.
    pub plan: Plan,
    /// Held back by the fault `reorder` until that time or until another run's webhook went out.
    pub held_until_ms: Option<u64>,
}

/// How long the fault `reorder` waits for another run's webhook before it lets go.
pub const REORDER_PATIENCE_MS: u64 = 60_000;

impl Webhook {
    /// A webhook that has nothing to tell yet.
    #[must_use]
    pub fn to(url: String, plan: Plan) -> Self {
        Self {
            url,
            attempts: Vec::new(),
            plan,
            held_until_ms: None,
        }
    }

    /// The run ended: the first attempt is due, and what faults add to it.
    pub fn run_ended(&mut self, now_ms: u64) {
        let first_ms = now_ms.saturating_add(self.plan.delay_ms);
        for change in self.plan.forgeries.clone() {
            self.plan_attempt(Kind::Forged(change), now_ms);
        }
        if self.plan.after_next {
            self.held_until_ms = Some(first_ms.saturating_add(REORDER_PATIENCE_MS));
        }
        self.plan_attempt(Kind::Genuine, first_ms);
        for copy in 1..=self.plan.copies {
            let gap = self.plan.gap_ms.saturating_mul(copy as u64);
            self.plan_attempt(Kind::Duplicate, first_ms.saturating_add(gap));
        }
    }

    /// Another run's webhook went out: what was held back for it may go.
    pub fn another_went(&mut self) {
        self.held_until_ms = None;
    }

    /// The next attempts that are due, marked as sent. A dropped one is over at once.
    pub fn take_due(&mut self, now_ms: u64, time_scale: f64) -> Vec<usize> {
        let held = self.held_until_ms.is_some_and(|until| now_ms < until);
        let mut due = Vec::new();
        // A dropped attempt plans its retry, which may be due too: look until nothing more is.
        loop {
            let next = self.attempts.iter_mut().find(|attempt| {
                attempt.sent_at_ms.is_none()
                    && attempt.due_at_ms <= now_ms
                    && (!held || matches!(attempt.kind, Kind::Forged(_)))
            });
            let Some(attempt) = next else { return due };
            attempt.sent_at_ms = Some(now_ms);
            let number = attempt.number;
            if attempt.kind == Kind::Genuine && self.plan.drop > 0 {
                self.plan.drop -= 1;
                self.finished(number, Outcome::Dropped, now_ms, time_scale);
            } else {
                due.push(number);
            }
        }
    }

    /// An attempt is over. A genuine one that failed is tried again, five times at most.
    pub fn finished(&mut self, number: usize, outcome: Outcome, now_ms: u64, time_scale: f64) {
        let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|attempt| attempt.number == number)
        else {
            return;
        };
        if attempt.outcome.is_some() {
            return;
        }
        let again = attempt.kind == Kind::Genuine && !outcome.is_delivered();
        attempt.outcome = Some(outcome);
        if !again {
            return;
        }
        let made = self
            .attempts
            .iter()
            .filter(|attempt| attempt.kind == Kind::Genuine)
            .count();
        if let Some(gap_ms) = made
            .checked_sub(1)
            .and_then(|retry| RETRY_GAPS_MS.get(retry))
        {
            self.plan_attempt(
                Kind::Genuine,
                now_ms.saturating_add(scaled(*gap_ms, time_scale)),
            );
        }
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<u64> {
        let waiting = self
            .attempts
            .iter()
            .filter(|attempt| attempt.sent_at_ms.is_none());
        waiting
            .map(|attempt| match (&attempt.kind, self.held_until_ms) {
                (Kind::Genuine | Kind::Duplicate, Some(until)) => attempt.due_at_ms.max(until),
                _ => attempt.due_at_ms,
            })
            .min()
    }

    /// Attempts that were sent and have no outcome.
    pub fn on_their_way(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.sent_at_ms.is_some() && attempt.outcome.is_none())
    }

    /// Whether the receiver took a genuine attempt.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        let genuine = self
            .attempts
            .iter()
            .filter(|attempt| attempt.kind == Kind::Genuine);
        genuine
            .filter_map(|attempt| attempt.outcome.as_ref())
            .any(Outcome::is_delivered)
    }

    /// Whether a genuine attempt was made.
    #[must_use]
    pub fn went(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| attempt.kind == Kind::Genuine && attempt.sent_at_ms.is_some())
    }

    fn plan_attempt(&mut self, kind: Kind, due_at_ms: u64) {
        self.attempts.push(Attempt {
            number: self.attempts.len() + 1,
            kind,
            due_at_ms,
            sent_at_ms: None,
            outcome: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(plan: Plan) -> Webhook {
        let mut webhook = Webhook::to("http://receiver/".into(), plan);
        webhook.run_ended(1000);
        webhook
    }

    /// Runs a webhook to its end with a receiver that always answers `outcome`; the times of sending.
    fn played(mut webhook: Webhook, outcome: &Outcome) -> (Vec<u64>, Webhook) {
        let mut sent = Vec::new();
        while let Some(due) = webhook.next_due_ms() {
            for number in webhook.take_due(due, 1.0) {
                sent.push(due);
                webhook.finished(number, outcome.clone(), due, 1.0);
            }
        }
        (sent, webhook)
    }

    #[test]
    fn a_delivered_webhook_is_sent_once() {
        for status in [200, 204, 299] {
            assert_eq!(
                played(webhook(Plan::default()), &Outcome::Answered(status)).0,
                [1000]
            );
        }
    }

    #[test]
    fn anything_but_2xx_is_retried_five_times_in_five_minutes() {
        for outcome in [
            Outcome::Answered(500),
            Outcome::Answered(307),
            Outcome::Answered(404),
            Outcome::Unanswered("reset".into()),
        ] {
            let (sent, _) = played(webhook(Plan::default()), &outcome);
            assert_eq!(sent, [1000, 11_000, 31_000, 71_000, 151_000, 301_000]);
        }
    }

    #[test]
    fn dropped_attempts_are_never_sent_but_count() {
        let (sent, all) = played(
            webhook(Plan {
                drop: 6,
                ..Plan::default()
            }),
            &Outcome::Answered(200),
        );
        assert!(sent.is_empty());
        assert_eq!(all.attempts.len(), 6);
        let (sent, _) = played(
            webhook(Plan {
                drop: 2,
                ..Plan::default()
            }),
            &Outcome::Answered(200),
        );
        assert_eq!(sent, [31_000]);
    }

    #[test]
    fn copies_and_forgeries_are_not_retried() {
        let forged = Map::from_iter([("status".to_owned(), Value::from("completed"))]);
        let plan = Plan {
            copies: 2,
            gap_ms: 5,
            forgeries: vec![forged],
            ..Plan::default()
        };
        let (sent, all) = played(webhook(plan), &Outcome::Answered(500));
        assert_eq!(sent.len(), 6 + 2 + 1);
        assert_eq!(
            all.attempts
                .iter()
                .filter(|attempt| attempt.kind == Kind::Duplicate)
                .count(),
            2
        );
        assert_eq!(sent[..4], [1000, 1000, 1005, 1010]);
    }

    #[test]
    fn a_reordered_webhook_waits_for_another_or_for_its_patience() {
        let plan = Plan {
            after_next: true,
            ..Plan::default()
        };
        let mut held = webhook(plan.clone());
        assert!(held.take_due(1000, 1.0).is_empty());
        held.another_went();
        assert_eq!(held.take_due(1001, 1.0), [1]);
        assert_eq!(played(webhook(plan), &Outcome::Answered(200)).0, [61_000]);
    }

    #[test]
    fn an_outcome_told_twice_counts_once() {
        let mut webhook = webhook(Plan::default());
        webhook.take_due(1000, 1.0);
        webhook.finished(1, Outcome::Answered(500), 1000, 1.0);
        webhook.finished(1, Outcome::Answered(500), 1000, 1.0);
        assert_eq!(webhook.attempts.len(), 2);
    }
}
