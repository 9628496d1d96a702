//! `POST /v1/run`

use fashn::models::{Credits, ExpectedSeconds};
use serde::Serialize;
use worker::{Request, console_error};

use super::entrance::Guest;
use super::fashn_client::FashnClient;
use super::gateway::{Gateway, now_ms};
use super::prediction_object::PredictionObjects;
use super::{body, reply::Reply};
use crate::image::GatewayPictures;
use crate::intake::{CONSENT_HEADER, Run, refuse_webhook, require_json};
use crate::prediction::{Event, Record};
use crate::problem::Problem;
use crate::ticket::{PredictionId, Ticket};
use crate::upstream::Sent;

/// A run on its way, and what it will take.
pub struct Intake {
    pub credits: Credits,
    pub expected_seconds: ExpectedSeconds,
    /// For FASHN.
    body: Vec<u8>,
}

/// FASHN's own answer to an accepted run.
#[derive(Serialize)]
struct Accepted<'a> {
    id: &'a PredictionId,
    error: Option<()>,
}

/// A run that its caller may ask for, read from the request.
///
/// (1) Is it a run. (2) May this caller ask for it.
pub async fn read(
    gateway: &Gateway,
    request: &mut Request,
    guest: &Guest,
) -> Result<Intake, Problem> {
    // (1)
    let url = request
        .url()
        .map_err(|error| Problem::Internal(error.to_string()))?;
    refuse_webhook(url.query())?;
    let content_type = request.headers().get("content-type").ok().flatten();
    require_json(content_type.as_deref())?;
    let bytes = body::read(request, gateway.settings.max_body_bytes).await?;
    let pictures = GatewayPictures::of(
        &guest.caller,
        &gateway.own_origin,
        &gateway.settings.pictures,
    );
    let mut run = Run::read(&bytes, &pictures)?;
    // (2)
    let consent = request.headers().get(CONSENT_HEADER).ok().flatten();
    run.require_consent(
        &guest.caller,
        gateway.settings.consent.as_deref(),
        consent.as_deref(),
    )?;
    run.bind(&guest.caller, &gateway.settings.policy)?;
    let expected_seconds = run.inputs().expected_seconds();
    Ok(Intake {
        credits: run.inputs().credits(),
        expected_seconds,
        body: run.to_json()?,
    })
}

/// (1) Read the run. (2) Write the prediction. (3) Send the run. (4) Note what became of it.
pub async fn create(
    gateway: &Gateway,
    request: &mut Request,
    guest: &Guest,
) -> Result<Reply, Problem> {
    // (1)
    let intake = read(gateway, request, guest).await?;

    // (2)
    let mut random = [0; 12];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::Internal(format!("no randomness: {error}")))?;
    let now = now_ms();
    let ticket = Ticket::mint(now, random);
    let id = gateway.signer.id(&ticket);
    let settings = &gateway.settings;
    let record = Record::new(
        id.clone(),
        now,
        intake.expected_seconds.longest,
        settings.deadline_seconds,
        settings.result_ttl_seconds,
    );
    let prediction = PredictionObjects::of(&gateway.env)?.get(&ticket)?;
    prediction.create(record).await?;

    // (3)
    let token = gateway.signer.webhook_token(&ticket);
    let webhook_url = format!("{}/webhooks/fashn/{}", gateway.own_origin, token.reveal());
    let sent = FashnClient::new(&settings.fashn)
        .run(intake.body, &webhook_url)
        .await;

    // (4)
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
