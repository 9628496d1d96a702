//! `POST /v1/quote`: what a run would cost, and whether and when it could go. Nothing is spent and nothing is stored.

use fashn::models::{Credits, ExpectedSeconds};
use serde::Serialize;

use super::dispatchers::DispatcherHandle;
use super::entrance::Guest;
use super::gateway::Gateway;
use super::incoming::Incoming;
use super::reply::Reply;
use super::run;
use crate::app::problem::Problem;
use crate::dispatcher::Admission;

#[derive(Serialize)]
struct Quote {
    /// What the run costs if it completes.
    credits: Credits,
    /// From its acceptance to its picture, as documented.
    expected_seconds: ExpectedSeconds,
    /// It would be let in now.
    admitted: bool,
    /// How long it would wait before it goes; or, if it is not let in, before asking again may help.
    wait_seconds: u64,
}

/// Takes the same body as `/v1/run`, from the same callers, and is as strict.
///
/// (1) Read the run. (2) Ask what admission would say.
pub async fn show(
    gateway: &Gateway,
    request: &Incoming<'_>,
    guest: &Guest<'_>,
) -> Result<Reply, Problem> {
    // (1)
    let run::Intake {
        credits,
        expected_seconds,
        application,
        ..
    } = run::read(gateway, request, guest).await?;
    // (2)
    let admission = DispatcherHandle::of(&gateway.env, &guest.shop.key)
        .quote(application)
        .await?;
    let (admitted, wait_seconds) = match admission {
        Admission::Queued(place) => (true, place.wait_seconds),
        Admission::Refused(refusal) => (false, refusal.retry_after_seconds),
        Admission::Go(..)
        | Admission::Over
        | Admission::Repeats { .. }
        | Admission::KeyInUse { .. }
        | Admission::KeyReused => (true, 0),
    };
    Reply::json(
        200,
        &Quote {
            credits,
            expected_seconds,
            admitted,
            wait_seconds,
        },
    )
}
