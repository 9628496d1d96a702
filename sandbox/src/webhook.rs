//! Deliveries to a run's `webhook_url` (page "Webhooks"): up to 5 retries in about 5 minutes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::settings::scaled;

/// The gaps before the retries. FASHN documents "up to 5 retries" within "approximately 5 minutes",
/// and not how they are spread.
pub const RETRY_GAPS_MS: [u64; 5] = [10_000, 20_000, 40_000, 80_000, 150_000];

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: usize,
    /// Its origin.
    pub kind: Kind,
    /// When it is due.
    pub due_at_ms: u64,
    /// When it was sent.
    pub sent_at_ms: Option<u64>,
    /// None until it is over.
    pub outcome: Option<Outcome>,
}

/// The origin of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the six that FASHN makes.
    Genuine,
    /// A copy by the fault `duplicate_webhook`; not retried.
    Duplicate,
    /// One by the fault `forge_webhook`, with those keys of the payload replaced; not retried.
    Forged(Map<String, Value>),
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver answered with that status; 2xx is success.
    Answered(u16),
    /// No answer, for that reason.
    Unanswered(String),
    /// Never sent, by the fault `drop_webhook`; it counts as unanswered.
    Dropped,
}

impl Outcome {
    /// Whether it counts as delivered. A redirect is not followed and counts as a failure.
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// What faults do to a run's webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFaults {
    /// The number of attempts that are never sent.
    pub drop: usize,
    /// The delay of the first attempt.
    pub delay_ms: u64,
    /// The number of copies after the first attempt.
    pub copies: usize,
    /// The gap before each copy.
    pub gap_ms: u64,
    /// The first attempt waits for another run's.
    pub after_next: bool,
    /// Forged payloads that are sent besides.
    pub forgeries: Vec<Map<String, Value>>,
}

/// One run's webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// Every attempt, in the order they were planned.
    pub attempts: Vec<Attempt>,
    /// What faults do to it.
    pub faults: WebhookFaults,
    /// The fault `reorder_webhook` holds it until that time, or until another run's is sent.
    pub held_until_ms: Option<u64>,
}

/// The longest that the fault `reorder_webhook` waits for another run's.
pub const REORDER_WAIT_MAX_MS: u64 = 60_000;

impl Webhook {
    /// A webhook of a run that has not ended.
    pub fn new(url: String, faults: WebhookFaults) -> Self {
        Self { url, attempts: Vec::new(), faults, held_until_ms: None }
    }

    /// Plans the first attempt after the run's end, and what faults add.
    pub fn run_ended(&mut self, now_ms: u64) {
        let first_ms = now_ms.saturating_add(self.faults.delay_ms);
        for change in self.faults.forgeries.clone() {
            self.plan_attempt(Kind::Forged(change), now_ms);
        }
        if self.faults.after_next {
            self.held_until_ms = Some(first_ms.saturating_add(REORDER_WAIT_MAX_MS));
        }
        self.plan_attempt(Kind::Genuine, first_ms);
        for copy in 1..=self.faults.copies {
            let gap = self.faults.gap_ms.saturating_mul(copy as u64);
            self.plan_attempt(Kind::Duplicate, first_ms.saturating_add(gap));
        }
    }

    /// Ends the wait for another run's webhook.
    pub fn release(&mut self) {
        self.held_until_ms = None;
    }

    /// The numbers of the attempts that are due, now marked as sent. A dropped one is over at once.
    pub fn start_due(&mut self, now_ms: u64, time_scale: f64) -> Vec<usize> {
        let is_held = self.held_until_ms.is_some_and(|until| now_ms < until);
        let mut due = Vec::new();
        // A dropped attempt plans its retry, which may be due too: look until nothing more is.
        loop {
            let next = self.attempts.iter_mut().find(|attempt| {
                attempt.sent_at_ms.is_none()
                    && attempt.due_at_ms <= now_ms
                    && (!is_held || matches!(attempt.kind, Kind::Forged(_)))
            });
            let Some(attempt) = next else { return due };
            attempt.sent_at_ms = Some(now_ms);
            let number = attempt.number;
            if attempt.kind == Kind::Genuine && self.faults.drop > 0 {
                self.faults.drop -= 1;
                self.record(number, Outcome::Dropped, now_ms, time_scale);
            } else {
                due.push(number);
            }
        }
    }

    /// Records the outcome of an attempt. A genuine one that failed is retried, five times at most.
    pub fn record(&mut self, number: usize, outcome: Outcome, now_ms: u64, time_scale: f64) {
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.number == number)
        else {
            return;
        };
        if attempt.outcome.is_some() {
            return;
        }
        let is_retried = attempt.kind == Kind::Genuine && !outcome.is_delivered();
        attempt.outcome = Some(outcome);
        if !is_retried {
            return;
        }
        let attempts = self.attempts.iter().filter(|attempt| attempt.kind == Kind::Genuine).count();
        if let Some(gap_ms) = attempts.checked_sub(1).and_then(|retry| RETRY_GAPS_MS.get(retry)) {
            self.plan_attempt(Kind::Genuine, now_ms.saturating_add(scaled(*gap_ms, time_scale)));
        }
    }

    /// When the next attempt is due.
    pub fn next_due_ms(&self) -> Option<u64> {
        let waiting = self.attempts.iter().filter(|attempt| attempt.sent_at_ms.is_none());
        waiting
            .map(|attempt| match (&attempt.kind, self.held_until_ms) {
                (Kind::Genuine | Kind::Duplicate, Some(until)) => attempt.due_at_ms.max(until),
                _ => attempt.due_at_ms,
            })
            .min()
    }

    /// Attempts that were sent and have no outcome yet.
    pub fn in_flight(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.sent_at_ms.is_some() && attempt.outcome.is_none())
    }

    /// Whether a genuine attempt was delivered.
    pub fn is_delivered(&self) -> bool {
        let genuine = self.attempts.iter().filter(|attempt| attempt.kind == Kind::Genuine);
        genuine.filter_map(|attempt| attempt.outcome.as_ref()).any(Outcome::is_delivered)
    }

    /// Whether a genuine attempt was sent.
    pub fn was_sent(&self) -> bool {
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

    fn webhook(faults: WebhookFaults) -> Webhook {
        let mut webhook = Webhook::new("http://receiver/".into(), faults);
        webhook.run_ended(1000);
        webhook
    }

    /// Runs a webhook to its end with a receiver that always answers `outcome`; the times of
    /// sending.
    fn played(mut webhook: Webhook, outcome: &Outcome) -> (Vec<u64>, Webhook) {
        let mut sent = Vec::new();
        while let Some(due) = webhook.next_due_ms() {
            for number in webhook.start_due(due, 1.0) {
                sent.push(due);
                webhook.record(number, outcome.clone(), due, 1.0);
            }
        }
        (sent, webhook)
    }

    #[test]
    fn a_delivered_webhook_is_sent_once() {
        for status in [200, 204, 299] {
            assert_eq!(
                played(webhook(WebhookFaults::default()), &Outcome::Answered(status)).0,
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
            let (sent, _) = played(webhook(WebhookFaults::default()), &outcome);
            assert_eq!(sent, [1000, 11_000, 31_000, 71_000, 151_000, 301_000]);
        }
    }

    #[test]
    fn dropped_attempts_are_never_sent_but_count() {
        let (sent, all) = played(
            webhook(WebhookFaults { drop: 6, ..WebhookFaults::default() }),
            &Outcome::Answered(200),
        );
        assert!(sent.is_empty());
        assert_eq!(all.attempts.len(), 6);
        let (sent, _) = played(
            webhook(WebhookFaults { drop: 2, ..WebhookFaults::default() }),
            &Outcome::Answered(200),
        );
        assert_eq!(sent, [31_000]);
    }

    #[test]
    fn copies_and_forgeries_are_not_retried() {
        let forged = Map::from_iter([("status".to_owned(), Value::from("completed"))]);
        let faults = WebhookFaults {
            copies: 2,
            gap_ms: 5,
            forgeries: vec![forged],
            ..WebhookFaults::default()
        };
        let (sent, all) = played(webhook(faults), &Outcome::Answered(500));
        assert_eq!(sent.len(), 6 + 2 + 1);
        assert_eq!(
            all.attempts.iter().filter(|attempt| attempt.kind == Kind::Duplicate).count(),
            2
        );
        assert_eq!(sent[..4], [1000, 1000, 1005, 1010]);
    }

    #[test]
    fn a_reordered_webhook_waits_for_another_and_not_forever() {
        let faults = WebhookFaults { after_next: true, ..WebhookFaults::default() };
        let mut held = webhook(faults.clone());
        assert!(held.start_due(1000, 1.0).is_empty());
        held.release();
        assert_eq!(held.start_due(1001, 1.0), [1]);
        assert_eq!(played(webhook(faults), &Outcome::Answered(200)).0, [61_000]);
    }

    #[test]
    fn an_outcome_recorded_twice_counts_once() {
        let mut webhook = webhook(WebhookFaults::default());
        webhook.start_due(1000, 1.0);
        webhook.record(1, Outcome::Answered(500), 1000, 1.0);
        webhook.record(1, Outcome::Answered(500), 1000, 1.0);
        assert_eq!(webhook.attempts.len(), 2);
    }
}
