//! The answer of `GET /v1/status/{id}`: FASHN's envelope, with what else is known.

use fashn::advice::Action;
use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::Serialize;

use crate::auth::ids::PredictionId;
use crate::config::limits;
use crate::dispatcher::Place;
use crate::prediction::{Ending, Record, State};
use crate::run::output::StoredOutput;

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
    pub error: Option<ShownError>,
    /// When a finished prediction is forgotten, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
    /// Until it is done, by measured durations, in seconds: a multiple of [`limits::ETA_STEP_SECONDS`].
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
        Self {
            error,
            advice: advice.sentence,
            action: advice.action,
        }
    }
}

/// Shows a record, and where it stands if it isn't over.
#[must_use]
pub fn view(record: Record, place: Option<Place>) -> View {
    let Record { id, state, .. } = record;
    let waits = state == State::Queued;
    let bare = |status, error: Option<RuntimeError>, expires_at| View {
        envelope: Envelope {
            id,
            status,
            error: error.map(ShownError::from),
            expires_at,
            queue_position: place.map(|place| place.position).filter(|_| waits),
            eta_seconds: place
                .map(|place| place.eta_seconds.next_multiple_of(limits::ETA_STEP_SECONDS)),
        },
        output: None,
        credits_used: None,
    };
    match state {
        State::Queued => bare(Status::InQueue, None, None),
        State::Sending => bare(Status::Starting, None, None),
        State::Running { status, .. } => bare(status, None, None),
        State::Ended { ending, expires_ms } => {
            let expires_at = Some(expires_ms / 1_000);
            match ending {
                Ending::Completed {
                    output,
                    credits_used,
                } => View {
                    output: Some(output),
                    credits_used,
                    ..bare(Status::Completed, None, expires_at)
                },
                Ending::Failed(error) => bare(Status::Failed, Some(error), expires_at),
                Ending::Canceled(error) => bare(Status::Canceled, error, expires_at),
                Ending::TimeOut(error) => bare(
                    Status::TimeOut,
                    Some(error.unwrap_or_else(out_of_time)),
                    expires_at,
                ),
            }
        }
    }
}

fn out_of_time() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::Other("TimeOut".to_owned()),
        message: "Nothing was heard of this run before its deadline.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ids::{Signer, Ticket};
    use crate::auth::secret::Secret;
    use crate::config::shops::KeyName;
    use crate::prediction::{Event, News, Report, UpstreamId};

    const NOW: u64 = 1_763_670_000_000;

    fn shown(ending: Ending) -> View {
        let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
        let upstream = UpstreamId::parse("a-u1").expect("an id");
        let mut record = Record::new(
            signer.id(&Ticket::mint(NOW, [1; 12])),
            KeyName::default(),
            NOW,
            10,
            600,
            3_600,
        );
        let _ = record.step(Event::Accepted(upstream.clone()), NOW);
        let _ = record.step(
            Event::Told(Report {
                upstream,
                news: News::Over(ending),
            }),
            NOW,
        );
        view(record, None)
    }

    #[test]
    fn an_error_says_what_a_shopper_can_do() {
        let error = RuntimeError {
            name: RuntimeErrorName::PoseError,
            message: "No pose in model image".into(),
        };
        let envelope = shown(Ending::Failed(error)).envelope;
        insta::assert_json_snapshot!(envelope, @r#"
{
  "id": "aR938AEBAQEBAQEBAQEBAe13wiNTKvOy6j78y-sEaJs",
  "status": "failed",
  "error": {
    "name": "PoseError",
    "message": "No pose in model image",
    "advice": "We could not see how you stand. Please use a photo of you alone, facing the camera, from head to knees at least, arms a little away from the body, in good light.",
    "action": "retake"
  },
  "expires_at": 1763673600
}
"#);
    }

    #[test]
    fn the_credits_are_told_of_a_completed_run() {
        let output = StoredOutput {
            as_images: false,
            items: Vec::new(),
        };
        let view = shown(Ending::Completed {
            output: output.clone(),
            credits_used: Some(Credits(3)),
        });
        assert_eq!(
            (view.output, view.credits_used),
            (Some(output), Some(Credits(3)))
        );
        assert_eq!(view.envelope.expires_at, Some(NOW / 1_000 + 3_600));
    }

    #[test]
    fn a_run_that_nobody_heard_of_says_so() {
        let envelope = shown(Ending::TimeOut(None)).envelope;
        assert_eq!(envelope.status, Status::TimeOut);
        assert_eq!(
            envelope.error.map(|error| error.action),
            Some(Action::Retry)
        );
    }
}
