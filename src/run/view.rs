//! What the holder of an id sees: FASHN's status envelope, with what else is known.

use fashn::advice::Action;
use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::auth::ids::PredictionId;
use crate::config::limits;
use crate::http::etag::ETag;
use crate::run::output::StoredOutput;
use crate::run::record::{Ending, Run, State, time_out};

const NOTHING_HEARD: &str = "Nothing was heard of this run before its deadline.";

/// Where a run stands that isn't over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its place in the queue, from 1; 0 for a run that waits no more.
    pub position: u64,
    /// Until it goes.
    pub wait_seconds: u64,
    /// Until it is done.
    pub eta_seconds: u64,
}

/// A run as the account shows it. The outputs are still where they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub status: Status,
    #[serde(default)]
    pub error: Option<RuntimeError>,
    /// When it is deleted, in milliseconds since 1970; none while it isn't over.
    #[serde(default)]
    pub expires_ms: Option<u64>,
    #[serde(default)]
    pub output: Option<StoredOutput>,
    /// For the header `x-fashn-credits-used`.
    #[serde(default)]
    pub credits_used: Option<Credits>,
}

/// FASHN's envelope without `output`, which stands between `status` and `error` there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope {
    pub id: PredictionId,
    pub status: Status,
    pub error: Option<ShownError>,
    /// When a finished prediction is deleted, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
    /// Until it is done: a multiple of [`limits::ETA_STEP_SECONDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<u64>,
}

/// FASHN's name and sentence, as they came, with what they mean for a shopper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownError {
    #[serde(flatten)]
    pub error: RuntimeError,
    pub advice: &'static str,
    /// What helps.
    pub action: Action,
}

impl From<RuntimeError> for ShownError {
    fn from(error: RuntimeError) -> Self {
        let advice = error.advice();
        Self { error, advice: advice.sentence, action: advice.action }
    }
}

impl View {
    pub fn of(run: &Run) -> Self {
        let status = match &run.state {
            State::Receiving { .. } | State::Queued { .. } => Status::InQueue,
            State::Sending { .. } | State::Unknown { .. } => Status::Starting,
            State::Running { status, .. } => status.clone(),
            State::Ended { ending, expires_ms, .. } => {
                return Self::ended(ending.clone(), *expires_ms);
            }
        };
        Self { status, error: None, expires_ms: None, output: None, credits_used: None }
    }

    pub fn ended(ending: Ending, expires_ms: u64) -> Self {
        let status = ending.status();
        let (error, output, credits_used) = match ending {
            Ending::Completed { output, credits_used } => (None, Some(output), credits_used),
            Ending::Failed(error) => (Some(error), None, None),
            Ending::Canceled(error) => (error, None, None),
            Ending::TimeOut(error) => {
                (Some(error.unwrap_or_else(|| time_out(NOTHING_HEARD))), None, None)
            }
        };
        Self { status, error, expires_ms: Some(expires_ms), output, credits_used }
    }
}

impl Envelope {
    pub fn of(id: PredictionId, view: &View, standing: Option<Standing>) -> Self {
        let position = standing.map(|standing| standing.position).filter(|position| *position > 0);
        let eta_seconds = standing.map(|standing| standing.eta_seconds);
        Self {
            id,
            status: view.status.clone(),
            error: view.error.clone().map(ShownError::from),
            expires_at: view.expires_ms.map(|ms| ms / 1_000),
            queue_position: position.filter(|_| view.status == Status::InQueue),
            eta_seconds: eta_seconds.map(|eta| eta.next_multiple_of(limits::ETA_STEP_SECONDS)),
        }
    }

    /// Names what is shown: `in_queue-3.25x0` is a state, a place in the queue, after the dot an
    /// estimate in seconds, and after the `x` how many outputs are expired, which a finished
    /// prediction shows without being news.
    pub fn tag(&self, expired: usize) -> ETag {
        let status = self.status.as_str();
        let place = self.queue_position.unwrap_or(0);
        let eta = self.eta_seconds.unwrap_or(0);
        ETag::new(format!("{status}-{place}.{eta}x{expired}"))
    }
}
