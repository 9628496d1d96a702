//! What the holder of an id sees: FASHN's status envelope, with what else is known.

use fashn::advice::Action;
use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::auth::ids::PredictionId;
use crate::config::limits;
use crate::http::etag::ETag;
use crate::run::output::StoredOutput;
use crate::run::record::{Ending, Run, State};
use crate::run::standing::Standing;

/// A run as the account shows it. The outputs are still where they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Where it stands, in FASHN's words.
    pub status: Status,
    /// Why there is no picture.
    #[serde(default)]
    pub error: Option<RuntimeError>,
    /// When it is deleted, in milliseconds since 1970; none while it isn't over.
    #[serde(default)]
    pub expires_ms: Option<u64>,
    /// The outputs of a completed run.
    #[serde(default)]
    pub output: Option<StoredOutput>,
    /// For the header `x-fashn-credits-used`.
    #[serde(default)]
    pub credits_used: Option<Credits>,
}

/// FASHN's envelope without `output`, which stands between `status` and `error` there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// The id that was asked for.
    pub id: PredictionId,
    /// Where it stands, in FASHN's words.
    pub status: Status,
    /// Why there is no picture.
    pub error: Option<ShownError>,
    /// When a finished prediction is deleted, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
    /// Until it is done, in seconds: a multiple of [`limits::ETA_STEP_SECONDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<u64>,
}

/// FASHN's error, with what it means for a shopper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownError {
    /// FASHN's name and sentence, as they came.
    #[serde(flatten)]
    pub error: RuntimeError,
    /// A sentence for a shopper.
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
    /// What is shown of a run.
    pub fn of(run: &Run) -> Self {
        let live = |status| Self {
            status,
            error: None,
            expires_ms: None,
            output: None,
            credits_used: None,
        };
        match &run.state {
            State::Receiving { .. } | State::Queued { .. } => live(Status::InQueue),
            State::Sending { .. } | State::Unknown { .. } => live(Status::Starting),
            State::Running { status, .. } => live(status.clone()),
            State::Ended { ending, expires_ms, .. } => Self {
                expires_ms: Some(*expires_ms),
                ..Self::of_ending(ending, live(ending.status()))
            },
        }
    }

    fn of_ending(ending: &Ending, bare: Self) -> Self {
        match ending {
            Ending::Completed { output, credits_used } => {
                Self { output: Some(output.clone()), credits_used: *credits_used, ..bare }
            }
            Ending::Failed(error) => Self { error: Some(error.clone()), ..bare },
            Ending::Canceled(error) => Self { error: error.clone(), ..bare },
            Ending::TimeOut(error) => {
                Self { error: Some(error.clone().unwrap_or_else(nothing_heard)), ..bare }
            }
        }
    }
}

impl Envelope {
    /// The envelope of a run that stands there.
    pub fn of(id: PredictionId, view: &View, standing: Option<Standing>) -> Self {
        let waits = view.status == Status::InQueue;
        Self {
            id,
            status: view.status.clone(),
            error: view.error.clone().map(ShownError::from),
            expires_at: view.expires_ms.map(|ms| ms / 1_000),
            queue_position: standing
                .map(|standing| standing.position)
                .filter(|position| waits && *position > 0),
            eta_seconds: standing
                .map(|standing| standing.eta_seconds.next_multiple_of(limits::ETA_STEP_SECONDS)),
        }
    }
}

impl Envelope {
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

fn nothing_heard() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::Other("TimeOut".to_owned()),
        message: "Nothing was heard of this run before its deadline.".to_owned(),
    }
}
