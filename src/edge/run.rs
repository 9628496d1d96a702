//! `POST /v1/run`

use fashn::models::{Credits, ExpectedSeconds};
use fashn::skeleton::Skeleton;
use serde::Serialize;

use super::dispatchers::DispatcherHandle;
use super::entrance::Guest;
use super::gateway::{Gateway, now_ms};
use super::incoming::Incoming;
use super::predictions::PredictionHandle;
use super::sending::{Sender, Sending};
use super::{body, log, reply::Reply};
use crate::app::problem::Problem;
use crate::auth::caller::Caller;
use crate::auth::garment_signature;
use crate::auth::ids::{PredictionId, Ticket};
use crate::dispatcher::{Admission, Application, Lane, RepeatKind};
use crate::prediction::{Event, Record, StoredBody};
use crate::request::fingerprint::{self, Earlier, IdempotencyKey, Marked, judge_earlier};
use crate::request::images::GatewayPictures;
use crate::request::parse::{BodyKind, CONSENT_HEADER, Run, refuse_webhook};
use crate::request::upstream_body::Pieces;

/// A run that its caller may ask for, and what it will take.
pub struct Intake {
    pub credits: Credits,
    pub expected_seconds: ExpectedSeconds,
    /// What the Dispatcher needs to know of it.
    pub application: Application,
    /// For FASHN. It stays outside of this Worker's memory from here on.
    body: body::Outgoing,
    /// The body's, as long as the run is on its way.
    room: body::Room,
}

/// FASHN's own answer to an accepted run.
#[derive(Serialize)]
struct Accepted<'a> {
    id: &'a PredictionId,
    error: Option<()>,
}

/// A run that its caller may ask for, read from the request.
///
/// (1) Is it a run. (2) May this caller ask for it. (3) What the Dispatcher needs to know.
pub async fn read(
    gateway: &Gateway,
    request: &Incoming<'_>,
    guest: &Guest<'_>,
) -> Result<Intake, Problem> {
    // (1)
    let head = &request.head;
    refuse_webhook(head.query)?;
    let kind = BodyKind::of(head.header("content-type"))?;
    let key = head
        .header("idempotency-key")
        .map(IdempotencyKey::parse)
        .transpose()?;
    let (room, bytes) = body::read_in_room(request, gateway.settings.max_body_bytes).await?;
    let json = kind.into_json(bytes.to_vec())?;
    let pictures = GatewayPictures::of(
        &guest.caller,
        &gateway.own_origin,
        &gateway.settings.pictures,
    );
    let pictures = Marked::new(&gateway.signer, &pictures);
    let garments = garment::required(&guest.caller, guest.shop);
    let skeleton = Skeleton::of(&json);
    let mut run = Run::read(&skeleton, &pictures, garments)?;
    // (2)
    run.require_consent(
        &guest.caller,
        gateway.settings.consent.as_deref(),
        head.header(CONSENT_HEADER),
    )?;
    run.bind(&guest.caller, &guest.shop.policy)?;
    // (3)
    let outline = run.to_json()?;
    let repeats = idempotency::repeats(
        &gateway.signer,
        &guest.visitor,
        key.as_ref(),
        run.may_join(&guest.caller),
        &outline,
        gateway.settings.result_ttl_seconds,
    );
    let expected_seconds = run.inputs().expected_seconds();
    let application = Application {
        ticket: mint(gateway)?,
        visitor: guest.visitor.clone(),
        unlimited: guest.caller == Caller::Staff,
        lane: Lane::of(run.inputs()),
        credits: run.inputs().credits(),
        expected_ms: u64::from(expected_seconds.longest) * 1_000,
        repeats,
        gone: None,
    };
    let pieces = Pieces::of(&outline, run.inputs());
    let came = (kind == BodyKind::Json).then_some(&*json);
    let body = body::for_fashn(&pieces, &bytes, came);
    Ok(Intake {
        credits: application.credits,
        expected_seconds,
        application,
        body,
        room,
    })
}

/// (1) Read the run. (2) Ask the Dispatcher. (3) Write the prediction. (4) Send the run, if it may go.
pub async fn create(
    gateway: &Gateway,
    request: &Incoming<'_>,
    guest: &Guest<'_>,
) -> Result<Reply, Problem> {
    // (1)
    let Intake {
        mut application,
        body,
        expected_seconds,
        room: _room,
        ..
    } = read(gateway, request, guest).await?;
    let ticket = application.ticket;
    // (2)
    let key = &guest.shop.key;
    let dispatcher = DispatcherHandle::of(&gateway.env, key);
    let mut admission = dispatcher.admit(&application).await?;
    if let Admission::Repeats {
        ticket: earlier,
        by,
        written,
    } = admission
        && !(written && by == RepeatKind::Key)
    {
        let record = PredictionHandle::of(&gateway.env, &earlier).read().await?;
        match judge_earlier(record.as_ref(), by, written, now_ms()) {
            Earlier::Answers => {}
            Earlier::UnderWay => {
                dispatcher.absent(earlier).await?;
                return Err(Problem::UnderWay);
            }
            Earlier::Gone => {
                application.gone = Some(earlier);
                admission = dispatcher.admit(&application).await?;
            }
        }
    }
    // (3)
    let now = now_ms();
    let id = gateway.signer.id(&ticket);
    let settings = &gateway.settings;
    let record = Record::new(
        id.clone(),
        key.clone(),
        now,
        expected_seconds.longest,
        settings.deadline_seconds,
        settings.result_ttl_seconds,
    );
    let prediction = PredictionHandle::of(&gateway.env, &ticket);
    match admission {
        Admission::Refused(refusal) => Err(Problem::NotLetIn(refusal)),
        Admission::KeyInUse { ticket } => {
            let earlier = PredictionHandle::of(&gateway.env, &ticket).read().await?;
            match earlier {
                Some(record) if record.is_taken() => accepted(&record.id),
                _ => Err(Problem::UnderWay),
            }
        }
        Admission::KeyReused => Err(Problem::KeyReused),
        // Of two that found the same run gone the second finds the first, which may not be written yet.
        Admission::Repeats { written: false, .. } if application.gone.is_some() => {
            Err(Problem::UnderWay)
        }
        Admission::Repeats { ticket, .. } => accepted(&gateway.signer.id(&ticket)),
        Admission::Over => Err(Problem::Internal("a new run was let in before".to_owned())),
        Admission::Queued(place) => {
            let stored = StoredBody::of(body.length() as usize);
            let record = record.queued(stored, place.give_up_ms, now);
            prediction
                .create(record, &gateway.own_origin, Some(&body))
                .await?;
            accepted(&id)
        }
        Admission::Go(attempt, reins) => {
            let record = record.dispatched(attempt, reins, now);
            prediction.create(record, &gateway.own_origin, None).await?;
            // (4)
            let run = Sending {
                dispatcher: &dispatcher,
                configured: &gateway.configured,
                origin: &gateway.own_origin,
                key,
                ticket,
                attempt,
                body: &body,
                sender: Sender::Worker,
                reins,
            };
            send(run, &prediction).await?;
            accepted(&id)
        }
    }
}

/// Sends the run and lets its prediction hear what became of it.
async fn send(run: Sending<'_>, prediction: &PredictionHandle) -> Result<(), Problem> {
    let (body, origin) = (run.body, run.origin);
    let fate = run.send().await?;
    let heard = match fate.event {
        None => return fate.answer,
        Some(event @ Event::Requeued { .. }) => {
            // Without its body it can't be sent again, so this one must be heard.
            prediction.event_with_body(event, origin, body).await?;
            return fate.answer;
        }
        Some(event) => prediction.event(event).await,
    };
    // Its webhook or its deadline tells what was not heard.
    if let Err(problem) = heard {
        log::error("/v1/run", &problem);
    }
    fate.answer
}

fn accepted(id: &PredictionId) -> Result<Reply, Problem> {
    Reply::json(200, &Accepted { id, error: None })
}

fn mint(gateway: &Gateway) -> Result<Ticket, Problem> {
    let mut random = [0; 12];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::Internal(format!("no randomness: {error}")))?;
    Ok(Ticket::mint(now_ms(), random).in_one_of(gateway.settings.batches()))
}
