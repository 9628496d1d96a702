//! `POST /v1/run` and `POST /v1/quote`.

use fashn::models::{Credits, ExpectedSeconds};
use serde::Serialize;

use crate::account::admission::Admission;
use crate::app::authorize::RequestContext;
use crate::app::intake::{Intake, RunHead, mint};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts as _, Guards as _};
use crate::app::problem::Problem;
use crate::app::settings::body_life_ms;
use crate::app::submit::Submit;
use crate::auth::ids::PredictionId;
use crate::auth::receipt::Receipt;
use crate::http::request_head::Header;
use crate::request::upstream_body::UpstreamBody;
use crate::worker::clients::fashn::RunBody;
use crate::worker::routes::body::{self, Reservation};
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::platform::now_ms;
use crate::worker::runtime::reply::Reply;

/// FASHN's own answer to an accepted run.
#[derive(Serialize)]
struct Accepted<'a> {
    id: &'a PredictionId,
    error: Option<()>,
}

/// What a run would cost, and whether and when it could go.
#[derive(Serialize)]
struct Quote {
    /// If the run completes.
    credits: Credits,
    /// From its acceptance to its picture, as documented.
    expected_seconds: ExpectedSeconds,
    admitted: bool,
    /// How long it would wait before it goes; or, if it is not admitted, before asking again may help.
    wait_seconds: u64,
}

/// (1) Authorize. (2) Read the run. (3) A challenge was passed for it. (4) Submit it.
pub async fn create(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    // (1)
    let authority = gateway.authority();
    let context = authority.authorize(gateway, &gateway.head).await?;
    let challenge = authority.challenge(&gateway.head, &context.caller)?;
    // (2)
    let (_reservation, intake) = read(gateway, &context, RunBody::of).await?;
    let receipt = intake.receipt;
    // (3)
    if let Some(challenge) = challenge {
        let (head, print) = (&gateway.head, &intake.fingerprint);
        authority.require_passed(gateway, challenge, head, &context.visitor, print).await?;
    }
    // (4)
    let settings = &gateway.deployment.settings;
    let submit = Submit {
        origin: gateway.own_origin,
        key: &context.shop.key,
        signer: &gateway.deployment.signer,
        body_life_ms: body_life_ms(&settings.account),
    };
    gateway.run.set(Some(intake.admission.spec.ticket));
    let own_id = submit.signer.id(&intake.admission.spec.ticket);
    let submitted = submit.run(gateway, intake.admission, &intake.body).await;
    let is_staff = context.caller.is_staff();
    let told = |problem: Problem| if is_staff { problem.for_staff(submit.key) } else { problem };
    let id = submitted.map_err(told)?;
    // An earlier run may answer in its place.
    gateway.run.set(id.ticket());
    let joined = (id != own_id).then_some(("x-joined", "true"));
    let receipt = receipt.zip(id.ticket()).map(|(receipt, ticket)| {
        let receipt = Receipt { run: ticket.short_hash(), ..receipt };
        ("x-consent-receipt", receipt.sealed(submit.signer))
    });
    let reply = Reply::json(200, &Accepted { id: &id, error: None })?;
    let reply = reply.with_headers(joined).with_headers(receipt);
    Ok(with_token(reply, context))
}

/// Takes the same body as `/v1/run`, from the same callers, and is as strict. Nothing is spent and
/// nothing is stored.
///
/// (1) Authorize. (2) Read the run. (3) Ask what admission would say.
pub async fn quote(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    // (1)
    let authority = gateway.authority();
    let context = authority.authorize(gateway, &gateway.head).await?;
    // (2)
    let (_reservation, intake) = read(gateway, &context, |_| ()).await?;
    let Intake { expected_seconds, admission, .. } = intake;
    let credits = admission.spec.credits;
    // (3)
    let account = admission.spec.ticket.account();
    let Response::Admission(admission) = gateway.ask(account, Request::Quote(admission)).await?
    else {
        return Err(Problem::Internal("an answer of another kind".to_owned()));
    };
    let (admitted, wait_seconds) = match admission {
        Admission::Store(standing) => (true, standing.wait_seconds),
        Admission::Refused(refusal) => (false, refusal.retry_after_seconds),
        Admission::Go(_)
        | Admission::Admitted
        | Admission::Duplicate(_)
        | Admission::InProgress
        | Admission::KeyReused => (true, 0),
    };
    let quote = Quote { credits, expected_seconds, admitted, wait_seconds };
    Ok(with_token(Reply::json(200, &quote)?, context))
}

/// The run in a request's body, and the memory that is reserved for it.
async fn read<B>(
    gateway: &Gateway<'_>,
    context: &RequestContext<'_>,
    write: impl FnOnce(&UpstreamBody<'_>) -> B,
) -> Result<(Reservation, Intake<B>), Problem> {
    let settings = &gateway.deployment.settings;
    let run_head = RunHead::read(&gateway.head, settings, &context.caller)?;
    let address = context.address.as_deref();
    let (bytes_max, room_bytes) = (settings.max_body_bytes, |bytes| run_head.room_bytes(bytes));
    let read = body::read_with_room(gateway, address, bytes_max, &room_bytes);
    let (reservation, bytes) = read.await?;
    let ticket = mint(settings, context, now_ms(), gateway.random()?);
    let intake = run_head.read_body(&gateway.authority(), context, ticket, bytes, write)?;
    Ok((reservation, intake))
}

/// The answer with the visitor's new token, if there is one.
fn with_token(reply: Reply, context: RequestContext<'_>) -> Reply {
    reply.with_headers(context.token.map(|token| (Header::Visitor.name(), token)))
}
