//! Where a prediction stands, how it ended, and what FASHN says of it.

use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::dispatcher::Outcome;
pub use crate::fashn_api::response::UpstreamId;
use crate::run::output::StoredOutput;

/// Where a prediction stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for the Dispatcher's permit; its body is stored beside the record.
    Queued,
    /// It is being sent, or was sent and no answer came.
    Sending,
    /// FASHN has it.
    Running {
        /// FASHN's own id, which the caller never sees.
        upstream: UpstreamId,
        /// What FASHN said last.
        status: Status,
        /// How often FASHN was asked.
        polls: u32,
        /// When FASHN is asked next if no webhook comes.
        next_poll_ms: u64,
    },
    /// It is over.
    Ended {
        /// How.
        ending: Ending,
        /// When it is wiped.
        expires_ms: u64,
    },
}

/// How a prediction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With a picture.
    Completed {
        /// What was made.
        output: StoredOutput,
        /// What FASHN charged, if it said so.
        credits_used: Option<Credits>,
    },
    /// Without one; it cost nothing.
    Failed(RuntimeError),
    /// Canceled at FASHN.
    Canceled(Option<RuntimeError>),
    /// FASHN said that it took too long, or nobody heard of it until the deadline.
    TimeOut(Option<RuntimeError>),
}

impl Ending {
    /// What it says of the price: only what completed costs credits.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Completed { credits_used, .. } => Outcome::Charged(*credits_used),
            Self::Failed(_) | Self::Canceled(_) | Self::TimeOut(_) => Outcome::Free,
        }
    }
}

/// What FASHN's status answer says, its pictures already kept where they belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whose status it is.
    pub upstream: UpstreamId,
    /// What it says.
    pub news: News,
}

/// What FASHN says of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It isn't over.
    Live(Status),
    /// It is over.
    Over(Ending),
}
