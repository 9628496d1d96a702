//! What a run asks of the account, and the account's answer.

use serde::{Deserialize, Serialize};

use crate::auth::ids::{Attempt, Ticket, Visitor};
use crate::run::dedup::DedupQuery;
use crate::run::record::RunSpec;
use crate::run::view::Standing;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionRequest {
    pub spec: RunSpec,
    /// The wider networks that the visitor is in, the narrowest first: their tries are counted too.
    #[serde(default)]
    pub networks: Vec<Visitor>,
    /// The shop says that the visitor is its customer.
    #[serde(default)]
    pub is_signed_in: bool,
    /// What an earlier run would have to share with it to be answered in its place. The first that
    /// fits counts.
    #[serde(default)]
    pub dedup: Vec<DedupQuery>,
    /// What the shopper agreed to, as the merchant's backend is told it: JSON.
    #[serde(default)]
    pub consent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// The Worker sends it now, as this attempt: slot and window are taken.
    Go(Attempt),
    /// The Worker stores its body; its place is kept meanwhile.
    Store(Standing),
    /// It is admitted already, and its body is stored or at FASHN.
    Admitted,
    Duplicate(Ticket),
    /// The earlier request with its key, or one for the same, is still under way.
    InProgress,
    /// Its `Idempotency-Key` came with another body before.
    KeyReused,
    /// Nothing is reserved.
    Refused(Refusal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub reason: RefusalReason,
    /// 0 where waiting doesn't help.
    pub retry_after_seconds: u64,
    /// Whether a client should ask again by itself: `x-should-retry`.
    pub retry_helps: bool,
    /// The place in the queue that it would have had, if the queue is why.
    pub position: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    QueueFull,
    VisitorQueueFull,
    BodiesFull,
    WaitTooLong,
    /// The credits of the day are spent or reserved.
    DayBudget,
    /// Those that staff have set for the shop's day.
    ShopBudget,
    MonthBudget,
    /// Those of the day until now.
    Pacing,
    Paused,
    SignedInOnly,
    VisitorBudget,
    VisitorAttempts,
    BalanceFloor,
    /// FASHN answered `OutOfCredits`, and has told no better balance since.
    OutOfCredits,
    #[cfg(feature = "next-release")]
    NotThisModel,
    /// A reason of a later release's, of which this one knows no more.
    #[serde(other)]
    Other,
}

impl RefusalReason {
    /// As messages, the log and metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::VisitorQueueFull => "visitor_queue_full",
            Self::BodiesFull => "bodies_full",
            Self::WaitTooLong => "wait_too_long",
            Self::DayBudget => "day_budget",
            Self::ShopBudget => "shop_budget",
            Self::MonthBudget => "month_budget",
            Self::Pacing => "pacing",
            Self::Paused => "paused",
            Self::SignedInOnly => "signed_in_only",
            Self::VisitorBudget => "visitor_budget",
            Self::VisitorAttempts => "visitor_attempts",
            Self::BalanceFloor => "balance_floor",
            Self::OutOfCredits => "out_of_credits",
            #[cfg(feature = "next-release")]
            Self::NotThisModel => "not_this_model",
            Self::Other => "other",
        }
    }
}
