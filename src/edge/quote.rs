//! `POST /v1/quote`: what a run would cost and how long it would take. Nothing is spent and nothing is stored.

use fashn::models::{Credits, ExpectedSeconds};
use serde::Serialize;
use worker::Request;

use super::entrance::Guest;
use super::gateway::Gateway;
use super::reply::Reply;
use super::run;
use crate::problem::Problem;

#[derive(Serialize)]
struct Quote {
    /// What the run costs if it completes.
    credits: Credits,
    /// From its acceptance to its picture, as documented.
    expected_seconds: ExpectedSeconds,
}

/// Takes the same body as `/v1/run`, from the same callers, and is as strict.
pub async fn show(
    gateway: &Gateway,
    request: &mut Request,
    guest: &Guest,
) -> Result<Reply, Problem> {
    let run::Intake {
        credits,
        expected_seconds,
        ..
    } = run::read(gateway, request, guest).await?;
    Reply::json(
        200,
        &Quote {
            credits,
            expected_seconds,
        },
    )
}
