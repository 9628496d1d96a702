//! `GET` and `DELETE /v1/status/{id}`

use super::dispatchers::DispatcherHandle;
use super::gateway::{Gateway, now_ms};
use super::incoming::Incoming;
use super::log;
use super::platform::drain;
use super::predictions::{Heard, PredictionHandle, look_up};
use super::reply::{Body, Reply};
use super::shown::Showing;
use crate::dispatcher::Place;
use crate::prediction::{Decision, Event, State};
use crate::problem::Problem;
use crate::shop::KeyName;
use crate::status::{View, view};
use crate::ticket::Ticket;
use crate::watch::{Ask, EVENT_STREAM, Form, Tag, retry_after_seconds};

/// (1) Read what is asked. (2) A stream comes from the prediction itself. (3) Look. (4) Wait, if there is no news yet,
/// and look again. (5) Answer, if there is anything that the caller doesn't have.
pub async fn show(gateway: &Gateway, request: &Incoming<'_>, id: &str) -> Result<Reply, Problem> {
    // (1)
    let ask = Ask::read(request.url.query(), &request.head)?;
    // (2)
    if ask.stream
        && let Some(reply) = stream(gateway, id, &ask.last_event).await?
    {
        return Ok(reply);
    }
    // (3)
    let (ticket, mut view) = look(gateway, id).await?;
    // (4)
    if let Some(seconds) = ask.wait_seconds
        && !view.envelope.status.is_terminal()
    {
        let tag = Tag::of(&view.envelope, 0);
        if !ask.is_behind(&tag) {
            hold(gateway, &ticket, &tag, seconds).await?;
            (_, view) = look(gateway, id).await?;
        }
    }
    // (5)
    let shown = Showing {
        env: &gateway.env,
        ticket: &ticket,
        origin: &gateway.own_origin,
        addresses: gateway.settings.output_addresses,
        data_urls: true,
    };
    let shown = shown.show(&view).await?;
    let mut headers = vec![("etag", shown.tag.quoted())];
    // Whoever waits may ask again at once.
    if ask.wait_seconds.is_none() {
        let seconds = retry_after_seconds(&view.envelope);
        headers.extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
    }
    let credits = view.credits_used;
    headers.extend(credits.map(|credits| ("x-fashn-credits-used", credits.0.to_string())));
    let reply = if ask.has(&shown.tag) {
        Reply::empty(304).with_headers([("cache-control", "no-store".to_owned())])
    } else {
        Reply::private(200, "application/json", Body::Bytes(shown.json))
    };
    Ok(reply.with_headers(headers))
}

/// (1) Know the id. (2) Forget everything.
pub async fn forget(gateway: &Gateway, id: &str) -> Result<Reply, Problem> {
    // (1)
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    // (2)
    match PredictionHandle::of(&gateway.env, &ticket)
        .event(Event::Forget)
        .await?
    {
        // Hidden at once; what FASHN still has of it is wiped when its price is known.
        Decision::Wipe | Decision::Save => Ok(Reply::empty(204)),
        Decision::Disown | Decision::Keep | Decision::Ask(_) | Decision::Send(..) => {
            Err(Problem::NotFound)
        }
    }
}

/// The events of a prediction; none if too many listen to it, who are answered once.
async fn stream(gateway: &Gateway, id: &str, seen: &str) -> Result<Option<Reply>, Problem> {
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    let form = Form::Stream(gateway.own_origin.clone());
    let prediction = PredictionHandle::of(&gateway.env, &ticket);
    Ok(match prediction.listen(form, seen).await? {
        Heard::Answer(answer) => {
            let body = Body::Stream(answer.body().into());
            Some(Reply::private(200, EVENT_STREAM, body))
        }
        // A browser's own reader comes back after the end; this is how it learns to stay away.
        Heard::Over => Some(Reply::empty(204)),
        Heard::Full => None,
    })
}

/// Waits for news. Where that fails, whoever waits sees what there is.
async fn hold(gateway: &Gateway, ticket: &Ticket, tag: &Tag, seconds: u64) -> Result<(), Problem> {
    let until_ms = now_ms().saturating_add(seconds.saturating_mul(1_000));
    let prediction = PredictionHandle::of(&gateway.env, ticket);
    let form = Form::Wait(until_ms);
    if let Heard::Answer(answer) = prediction.listen(form, tag.as_str()).await? {
        drain(&answer).await;
    }
    Ok(())
}

/// (1) Know the id and read the prediction. (2) Ask where it stands.
async fn look(gateway: &Gateway, id: &str) -> Result<(Ticket, View), Problem> {
    // (1)
    let (ticket, record) = look_up(gateway, id).await?;
    // (2)
    let place = match record.state {
        State::Queued | State::Running { .. } => place(gateway, &record.key, ticket).await,
        State::Sending | State::Ended { .. } => None,
    };
    Ok((ticket, view(record, place)))
}

/// An estimate is a kindness: without it the status is told all the same.
async fn place(gateway: &Gateway, key: &KeyName, ticket: Ticket) -> Option<Place> {
    let dispatcher = DispatcherHandle::of(&gateway.env, key);
    dispatcher.place(ticket).await.unwrap_or_else(|problem| {
        log::error("/v1/status/", &problem);
        None
    })
}
