//! `POST /webhooks/fashn/{token}`: FASHN says that a run is over.

use fashn::fields::FieldError;
use fashn::prediction::Prediction;
use fashn::response::{FashnError, UpstreamId};

use crate::app::message::{Request, Response, WebhookAck};
use crate::app::ports::Accounts;
use crate::app::problem::Problem;
use crate::app::status::{ask_again, unexpected};
use crate::auth::ids::{Attempt, Ticket};
use crate::request::error::RequestError;

/// (1) Read the claim. (2) The account confirms it with FASHN. FASHN comes again up to 5 times on
/// anything but a 2xx, so a 2xx is given only after the durable write.
pub async fn receive(
    ports: &impl Accounts,
    (ticket, attempt): (Ticket, Attempt),
    body: Vec<u8>,
) -> Result<(), Problem> {
    // (1)
    let upstream = claimed(&body)?;
    drop(body);
    // (2)
    let request = Request::Webhook { ticket, attempt, upstream };
    let Response::Webhook(ack) = ask_again(ports, &ticket, request).await? else {
        return Err(unexpected());
    };
    match ack {
        WebhookAck::Noted => Ok(()),
        WebhookAck::NotOurs => Err(Problem::NotFound),
        WebhookAck::TooEarly { retry_after_seconds } => Err(Problem::Overloaded {
            reason: "no status call may begin now".to_owned(),
            retry_after_seconds,
        }),
        WebhookAck::Unconfirmed => Err(Problem::Fashn(FashnError::NoAnswer {
            timed_out: false,
            reason: "a webhook could not be confirmed".to_owned(),
        })),
    }
}

/// FASHN's id of the run that a webhook is about.
fn claimed(body: &[u8]) -> Result<UpstreamId, RequestError> {
    let claim = Prediction::read(body)
        .map_err(|error| FieldError::new("body", format!("is no prediction: {error}")))?;
    UpstreamId::parse(&claim.id).ok_or_else(|| FieldError::new("id", "is no id of FASHN's").into())
}
