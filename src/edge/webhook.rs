//! `POST /webhooks/fashn/{token}`

use super::gateway::Gateway;
use super::incoming::Incoming;
use super::predictions::{Hinted, PredictionHandle};
use super::{body, reply::Reply};
use crate::app::problem::Problem;
use crate::config::limits;
use crate::prediction::UpstreamId;

use fashn::fields::Fault;
use fashn::prediction::Prediction;

/// FASHN comes again up to 5 times on anything but a 2xx, so a 2xx is given only after the durable write.
///
/// (1) Know the token. (2) Read the claim. (3) Hint at it: the prediction asks FASHN and writes down what it says.
/// (4) Thank.
pub async fn receive(
    gateway: &Gateway,
    request: &Incoming<'_>,
    token: &str,
) -> Result<Reply, Problem> {
    // (1)
    let ticket = gateway
        .signer
        .verify_webhook_token(token)
        .ok_or(Problem::NotFound)?;
    // (2)
    let bytes = body::read(request, limits::WEBHOOK_BYTES).await?.to_vec();
    let claim = Prediction::read(&bytes).map_err(|error| {
        Problem::fault(Fault::new("body", format!("is no prediction: {error}")))
    })?;
    drop(bytes);
    let upstream = UpstreamId::parse(&claim.id)
        .ok_or_else(|| Problem::fault(Fault::new("id", "is no id of FASHN's")))?;
    // (3)
    let hinted = PredictionHandle::of(&gateway.env, &ticket)
        .hint(upstream)
        .await?;
    // (4)
    match hinted {
        Hinted::Noted => Ok(Reply::empty(204)),
        Hinted::Disowned => Err(Problem::NotFound),
        Hinted::TooEarly {
            retry_after_seconds,
        } => Err(Problem::Busy {
            reason: "no status call is permitted now",
            retry_after_seconds,
        }),
        Hinted::Failed => Err(Problem::Internal(
            "a webhook could not be taken in".to_owned(),
        )),
        Hinted::Unconfirmed => Err(Problem::NoAnswer {
            timed_out: false,
            reason: "a webhook could not be confirmed".to_owned(),
            id: None,
        }),
    }
}
