//! The answer of `GET /v1/status/{id}`: FASHN's envelope, with what else is known.

use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::Serialize;

use crate::output::StoredOutput;
use crate::prediction::{Ending, Record, State};
use crate::ticket::PredictionId;

/// A prediction as its holder sees it. The outputs are still where they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The envelope without its outputs.
    pub envelope: Envelope,
    /// The outputs of a completed prediction.
    pub output: Option<StoredOutput>,
    /// For the header `x-fashn-credits-used`.
    pub credits_used: Option<Credits>,
}

/// FASHN's envelope. `output` stands between `status` and `error` there, and is put in by whoever has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// The id that was asked for.
    pub id: PredictionId,
    /// Where it stands, in FASHN's words.
    pub status: Status,
    /// Why there is no picture.
    pub error: Option<RuntimeError>,
    /// When a finished prediction is forgotten, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// Shows a record.
#[must_use]
pub fn view(record: Record) -> View {
    let envelope = |status, error, expires_at| Envelope {
        id: record.id,
        status,
        error,
        expires_at,
    };
    let live = |envelope| View {
        envelope,
        output: None,
        credits_used: None,
    };
    match record.state {
        State::Sending => live(envelope(Status::Starting, None, None)),
        State::Running { status, .. } => live(envelope(status, None, None)),
        State::Ended { ending, expires_ms } => {
            let expires_at = Some(expires_ms / 1_000);
            match ending {
                Ending::Completed {
                    output,
                    credits_used,
                } => View {
                    envelope: envelope(Status::Completed, None, expires_at),
                    output: Some(output),
                    credits_used,
                },
                Ending::Failed(error) => live(envelope(Status::Failed, Some(error), expires_at)),
                Ending::Canceled(error) => live(envelope(Status::Canceled, error, expires_at)),
                Ending::TimeOut(error) => live(envelope(
                    Status::TimeOut,
                    Some(error.unwrap_or_else(out_of_time)),
                    expires_at,
                )),
            }
        }
    }
}

fn out_of_time() -> RuntimeError {
    RuntimeError {
        name: "TimeOut".into(),
        message: "The picture took too long to make. Nothing more is coming; try again.".to_owned(),
    }
}
