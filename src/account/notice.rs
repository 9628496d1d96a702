//! What an event of the account is worth telling of, for the log, the metrics and alerts. It has no
//! visitor, address or picture.

use crate::account::admission::RefusalReason;
use crate::account::rows::MessageId;
use crate::auth::ids::{Attempt, Ticket};
use crate::run::record::{Carrier, Ending};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Run(Ticket, RunNotice),
    /// A run was not admitted.
    Refused {
        shop: String,
        model: String,
        reason: RefusalReason,
    },
    /// A try of a message to the merchant's backend is over.
    Message {
        id: MessageId,
        tries: u32,
        outcome: MessageOutcome,
    },
    /// The breaker opened, or closed again.
    Breaker {
        is_open: bool,
    },
    Alert(Alert),
}

/// The outcome of a send that FASHN took.
pub const ACCEPTED: &str = "accepted";

/// A step of a run's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNotice {
    /// `waits`: its body is stored first.
    Admitted { waits: bool },
    /// It has a slot.
    Sent { attempt: Attempt, carrier: Carrier },
    /// What became of a send.
    Reported { attempt: Attempt, outcome: &'static str },
    /// FASHN's webhook named its id.
    Webhook,
    /// Its end was found by a status call of the account's own: no webhook came in time.
    WebhookMissed,
    /// It is over for its holder; what it cost isn't known yet.
    Ended { outcome: Outcome },
    /// It is over, and what it cost is known.
    Settled(Box<Settlement>),
    /// Its holder deleted it.
    Deleted,
    /// Its time is over, and its row is deleted.
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub shop: String,
    pub model: String,
    pub outcome: Outcome,
    pub credits: u32,
    /// From admission to its last slot; all of its time if it never had one.
    pub wait_ms: u64,
    /// From its last slot to its end.
    pub run_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageOutcome {
    /// The backend took it, or wants no more.
    Taken,
    /// It is sent again.
    Failed,
    /// It was the last try.
    Dead,
}

impl MessageOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    Failed,
    Canceled,
    TimeOut,
    /// Its holder deleted it, or it came to nothing, before FASHN had it.
    Dropped,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::TimeOut => "time_out",
            Self::Dropped => "dropped",
        }
    }
}

impl From<&Ending> for Outcome {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Completed { .. } => Self::Completed,
            Ending::Failed(_) => Self::Failed,
            Ending::Canceled(_) => Self::Canceled,
            Ending::TimeOut(_) => Self::TimeOut,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// FASHN has no credits, or its balance is at most twice the floor.
    BalanceLow,
    /// So much of the day's credits is spent or reserved.
    Budget { percent: u8 },
    /// FASHN fails runs of several visitors: none is sent.
    BreakerOpen,
    /// Ends of runs are found without FASHN's webhooks.
    WebhooksMissing,
    /// Rows could not be understood and were deleted.
    Quarantine,
}

impl Alert {
    pub fn name(self) -> &'static str {
        match self {
            Self::BalanceLow => "balance_low",
            Self::Budget { .. } => "budget",
            Self::BreakerOpen => "breaker_open",
            Self::WebhooksMissing => "webhooks_missing",
            Self::Quarantine => "quarantine",
        }
    }

    /// What its message says, as JSON.
    pub(super) fn detail(self) -> String {
        match self {
            Self::Budget { percent } => format!(r#"{{"percent":{percent}}}"#),
            Self::BalanceLow | Self::BreakerOpen | Self::WebhooksMissing | Self::Quarantine => {
                "{}".to_owned()
            }
        }
    }
}
