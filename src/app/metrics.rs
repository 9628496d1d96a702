//! Metrics: points for Workers Analytics Engine. `docs/metrics.md` names the columns; all points
//! have the same.

use serde::Serialize;

use crate::account::notice::{Alert, Notice, RunNotice, Settlement};

/// One point, as `writeDataPoint` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Analytics Engine samples by it: the shop.
    indexes: [String; 1],
    /// Kind, shop, model, and outcome or reason.
    blobs: [String; 4],
    /// Credits, milliseconds waited, milliseconds run.
    doubles: [u64; 3],
}

impl Point {
    fn of(kind: &str, shop: &str, model: &str, outcome: &str, doubles: [u64; 3]) -> Self {
        let blobs = [kind, shop, model, outcome].map(str::to_owned);
        Self { indexes: [shop.to_owned()], blobs, doubles }
    }

    fn count(kind: &str, outcome: &str) -> Self {
        Self::of(kind, "", "", outcome, [0; 3])
    }

    /// A request for a run that was refused before the account was asked.
    pub fn rejected(problem: &str) -> Self {
        Self::count("rejected", problem)
    }

    /// A row that could not be understood.
    pub fn quarantined(table: &str) -> Self {
        Self::count("quarantined", table)
    }

    /// The point of what an account tells, if it has one.
    pub fn of_notice(notice: &Notice) -> Option<Self> {
        Some(match notice {
            Notice::Run(_, RunNotice::Settled(settlement)) => {
                let Settlement { shop, model, outcome, credits, wait_ms, run_ms } = &**settlement;
                let doubles = [u64::from(*credits), *wait_ms, *run_ms];
                Self::of("settled", shop, model, outcome.as_str(), doubles)
            }
            Notice::Run(_, RunNotice::WebhookMissed) => Self::count("webhook", "missed"),
            Notice::Run(_, RunNotice::Webhook) => Self::count("webhook", "received"),
            Notice::Run(..) => return None,
            Notice::Refused { shop, model, reason } => {
                Self::of("refused", shop, model, reason.as_str(), [0; 3])
            }
            Notice::Message { outcome, .. } => Self::count("message", outcome.as_str()),
            Notice::Breaker { is_open } => {
                Self::count("breaker", if *is_open { "opened" } else { "closed" })
            }
            Notice::Alert(Alert::Budget { percent }) => {
                Self::count("alert", &format!("budget {percent}"))
            }
            Notice::Alert(alert) => Self::count("alert", alert.name()),
        })
    }
}
