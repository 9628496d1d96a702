//! `GET` and `DELETE /v1/status/{id}`

use std::cell::RefCell;
use std::rc::Rc;

use super::gateway::{Gateway, now_ms};
use super::incoming::Incoming;
use super::platform::drain;
use super::predictions::{Heard, PredictionHandle};
use super::reply::{Body, Reply};
use super::shown::{Showing, Shown};
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::notify::subscription::{Ask, EVENT_STREAM, Form, Tag, retry_after_seconds};
use crate::prediction::{Decision, Event};
use crate::remembered::{Finished, Remembered};
use crate::run::view::{View, view};

thread_local! {
    static REMEMBERED: RefCell<Remembered> = const { RefCell::new(Remembered::nothing()) };
}

/// (1) Read what is asked. (2) A stream comes from the prediction itself. (3) Look, unless it was over a moment ago. (4) Wait, if there is no news yet,
/// and look again. (5) Answer, if there is anything that the caller doesn't have.
pub async fn show(gateway: &Gateway, request: &Incoming<'_>, id: &str) -> Result<Reply, Problem> {
    // (1)
    let ask = Ask::read(&request.head)?;
    // (2)
    if ask.stream
        && let Some(reply) = stream(gateway, id, &ask.last_event).await?
    {
        return Ok(reply);
    }
    // (3)
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    let (recalled, deletions) = REMEMBERED.with_borrow(|remembered| {
        let recalled = remembered.recall(&ticket, &gateway.own_origin, now_ms());
        (recalled, remembered.deletions())
    });
    if let Some(finished) = recalled {
        return Ok(reply(&ask, &finished));
    }
    let mut view = look(gateway, &ticket).await?;
    // (4)
    if let Some(seconds) = ask.wait_seconds
        && !view.envelope.status.is_terminal()
    {
        let tag = Tag::of(&view.envelope, 0);
        if !ask.is_behind(&tag) {
            hold(gateway, &ticket, &tag, seconds).await?;
            view = look(gateway, &ticket).await?;
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
    let Shown { json, tag } = shown.show(&view).await?;
    let finished = Rc::new(Finished {
        json,
        tag,
        credits_used: view.credits_used,
    });
    REMEMBERED.with_borrow_mut(|remembered| {
        let kept = Rc::clone(&finished);
        let (origin, envelope) = (&gateway.own_origin, &view.envelope);
        remembered.keep(ticket, origin, envelope, kept, deletions, now_ms());
    });
    // Whoever waits may ask again at once.
    let retry_after = retry_after_seconds(&view.envelope).filter(|_| ask.wait_seconds.is_none());
    let retry_after = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    Ok(reply(&ask, &finished).with_headers(retry_after))
}

/// The answer, if there is anything in it that the caller doesn't have.
fn reply(ask: &Ask, finished: &Finished) -> Reply {
    let reply = if ask.has(&finished.tag) {
        Reply::empty(304).with_headers([("cache-control", "no-store".to_owned())])
    } else {
        Reply::private(200, "application/json", Body::Text(finished.json.clone()))
    };
    let credits = finished.credits_used;
    reply
        .with_headers([("etag", finished.tag.quoted())])
        .with_headers(credits.map(|credits| ("x-fashn-credits-used", credits.0.to_string())))
}

/// (1) Know the id. (2) Forget everything.
pub async fn forget(gateway: &Gateway, id: &str) -> Result<Reply, Problem> {
    // (1)
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    // (2)
    REMEMBERED.with_borrow_mut(|remembered| remembered.forget(&ticket));
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

async fn look(gateway: &Gateway, ticket: &Ticket) -> Result<View, Problem> {
    let seen = PredictionHandle::of(&gateway.env, ticket).look().await?;
    seen.filter(|(record, _)| record.is_alive(now_ms()))
        .map(|(record, place)| view(record, place))
        .ok_or(Problem::NotFound)
}
