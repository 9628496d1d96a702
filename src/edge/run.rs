//! `POST /v1/run`

use serde::Serialize;
use worker::{Request, console_error};

use super::fashn_client::FashnClient;
use super::gateway::{Gateway, now_ms};
use super::prediction_object::PredictionObjects;
use super::{body, reply::Reply};
use crate::caller::{self, Credentials};
use crate::image::GatewayPictures;
use crate::intake::{Run, require_json};
use crate::prediction::{Event, Record};
use crate::problem::Problem;
use crate::ticket::{PredictionId, Ticket};
use crate::upstream::Sent;

/// FASHN's own answer to an accepted run.
#[derive(Serialize)]
struct Accepted<'a> {
    id: &'a PredictionId,
    error: Option<()>,
}

/// (1) Who asks. (2) Read the run. (3) Write the prediction. (4) Send the run. (5) Note what became of it.
pub async fn create(
    gateway: &Gateway,
    request: &mut Request,
    origin: Option<&str>,
) -> Result<Reply, Problem> {
    // (1)
    let header = |name: &str| request.headers().get(name).ok().flatten();
    let authorization = header("authorization");
    let credentials = Credentials {
        origin,
        authorization: authorization.as_deref(),
    };
    caller::identify(credentials, &gateway.own_origin, &gateway.settings)?;

    // (2)
    require_json(header("content-type").as_deref())?;
    let bytes = body::read(request, gateway.settings.max_body_bytes).await?;
    let run = Run::read(
        &bytes,
        &GatewayPictures {
            own: &gateway.own_origin,
        },
    )?;
    let fashn_body = run.to_json()?;

    // (3)
    let mut random = [0; 12];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::Internal(format!("no randomness: {error}")))?;
    let now = now_ms();
    let ticket = Ticket::mint(now, random);
    let id = gateway.signer.id(&ticket);
    let settings = &gateway.settings;
    let expected_seconds = run.inputs().expected_seconds().longest;
    let record = Record::new(
        id.clone(),
        now,
        expected_seconds,
        settings.deadline_seconds,
        settings.result_ttl_seconds,
    );
    let prediction = PredictionObjects::of(&gateway.env)?.get(&ticket)?;
    prediction.create(record).await?;

    // (4)
    let token = gateway.signer.webhook_token(&ticket);
    let webhook_url = format!("{}/webhooks/fashn/{}", gateway.own_origin, token.reveal());
    let sent = FashnClient::new(&settings.fashn)
        .run(fashn_body, &webhook_url)
        .await;

    // (5)
    match sent {
        Ok(Sent::Accepted(upstream)) => {
            // FASHN has it and its webhook will find the prediction, so the caller gets the id all the same.
            if let Err(problem) = prediction.event(Event::Accepted(upstream)).await {
                console_error!(
                    "{}",
                    serde_json::json!({ "level": "error", "route": "/v1/run", "reason": problem.to_string() })
                );
            }
            Reply::json(
                200,
                &Accepted {
                    id: &id,
                    error: None,
                },
            )
        }
        Ok(Sent::Refused(problem)) => {
            prediction.event(Event::Refused).await?;
            Err(problem)
        }
        Ok(Sent::Unknown { reason }) => Err(Problem::NoAnswer {
            timed_out: false,
            reason,
            id: Some(id),
        }),
        Err(Problem::NoAnswer {
            timed_out, reason, ..
        }) => Err(Problem::NoAnswer {
            timed_out,
            reason,
            id: Some(id),
        }),
        Err(other) => Err(other),
    }
}
