//! `POST /webhooks/fashn/{token}`

use super::confirm;
use super::gateway::Gateway;
use super::incoming::Incoming;
use super::predictions::PredictionHandle;
use super::{body, reply::Reply};
use crate::limits;
use crate::prediction::{Decision, Event, News, Report, UpstreamId};
use crate::problem::Problem;

use fashn::fields::Fault;
use fashn::prediction::Prediction;

/// FASHN comes again up to 5 times on anything but a 2xx, so a 2xx is given only after the durable write.
///
/// (1) Know the token. (2) Read the claim. (3) Hint at it. (4) Ask FASHN. (5) Write it down. (6) Thank.
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
    let prediction = PredictionHandle::of(&gateway.env, &ticket);
    let heard = prediction.event(Event::Hinted(upstream)).await?;
    let (upstream, key) = match (heard.decision, heard.key) {
        (Decision::Ask(upstream), Some(key)) => (upstream, key),
        (Decision::Keep | Decision::Save | Decision::Send(..), _) => return Ok(Reply::empty(204)),
        (Decision::Disown | Decision::Wipe | Decision::Ask(_), _) => return Err(Problem::NotFound),
    };
    // (4)
    let report = confirm::ask(
        &gateway.env,
        &gateway.settings,
        &key,
        &ticket,
        upstream,
        heard.wants_output,
    )
    .await?;
    let is_over = matches!(
        report,
        Report {
            news: News::Over(_),
            ..
        }
    );
    // (5)
    prediction.event(Event::Told(report)).await?;
    // (6)
    if is_over {
        Ok(Reply::empty(204))
    } else {
        // The webhook says that it is over and FASHN's status says that it isn't: come again.
        Err(Problem::NoAnswer {
            timed_out: false,
            reason: "webhook ahead of the status".to_owned(),
            id: None,
        })
    }
}
