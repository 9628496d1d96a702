//! `GET` and `DELETE /v1/status/{id}`, and the outputs of a run.

use fashn::models::Credits;

use crate::app::message::{Request, Response, Shown};
use crate::app::ports::{Accounts, CallError, OutputStore, Runtime, Subscribed, Subscriptions};
use crate::app::problem::Problem;
use crate::app::render::StatusRenderer;
use crate::auth::ids::Ticket;
use crate::http::etag::ETag;
use crate::notify::subscription::{
    StatusQuery, SubscribeRequest, Subscription, retry_after_seconds,
};
use crate::run::output::StoredItem;

/// What a caller gets that asks for a status.
#[derive(Debug)]
pub enum StatusReply<S> {
    /// What is shown, in JSON.
    Shown(String, StatusHead),
    /// The caller has it already.
    Unchanged(StatusHead),
    /// Events follow.
    Stream(S),
    /// The run is over, and the reader of its events has seen that. A browser's own reader comes
    /// back after the end of a stream, and this keeps it away.
    Over,
}

/// What an answer says beside the status.
#[derive(Debug)]
pub struct StatusHead {
    /// Names what is shown.
    pub tag: ETag,
    pub credits_used: Option<Credits>,
    /// When a caller that doesn't wait should ask again.
    pub retry_after_seconds: Option<u64>,
}

/// (1) A stream comes from the account itself. (2) Wait, or look. (3) Answer what the caller
/// doesn't have.
pub async fn show<P: Accounts + Subscriptions + OutputStore + Runtime>(
    ports: &P,
    status_renderer: &StatusRenderer<'_>,
    ticket: &Ticket,
    query: &StatusQuery,
) -> Result<StatusReply<P::Stream>, Problem> {
    // (1)
    if query.stream {
        let request = SubscribeRequest {
            ticket: *ticket,
            subscription: Subscription::Stream {
                origin: status_renderer.origin.clone(),
                id: status_renderer.id.clone(),
            },
            seen: Some(query.last_event.clone()),
        };
        match ports.subscribe(&request).await? {
            Subscribed::Stream(stream) => return Ok(StatusReply::Stream(stream)),
            Subscribed::Over => return Ok(StatusReply::Over),
            Subscribed::NotFound => return Err(Problem::NotFound),
            // Too many: this one is answered once.
            Subscribed::Full | Subscribed::View(_) => {}
        }
    }
    // (2)
    let shown = match query.wait_seconds {
        Some(seconds) => wait(ports, ticket, query, seconds).await?,
        None => look(ports, ticket).await?,
    };
    let shown = shown.ok_or(Problem::NotFound)?;
    // (3)
    let rendered = status_renderer.render(ports, ticket, &shown).await?;
    // A caller that waited may ask again at once.
    let retry_after = retry_after_seconds(&rendered.envelope);
    let is_unchanged = query.has(&rendered.tag);
    let head = StatusHead {
        tag: rendered.tag,
        credits_used: shown.view.credits_used,
        retry_after_seconds: retry_after.filter(|_| query.wait_seconds.is_none()),
    };
    Ok(if is_unchanged {
        StatusReply::Unchanged(head)
    } else {
        StatusReply::Shown(rendered.json, head)
    })
}

/// Waits for news in the account. Where that fails, the caller gets what there is.
async fn wait<P: Accounts + Subscriptions + Runtime>(
    ports: &P,
    ticket: &Ticket,
    query: &StatusQuery,
    seconds: u64,
) -> Result<Option<Box<Shown>>, Problem> {
    let until_ms = ports.now_ms().saturating_add(seconds.saturating_mul(1_000));
    let request = SubscribeRequest {
        ticket: *ticket,
        subscription: Subscription::Wait(until_ms),
        seen: query.seen.clone(),
    };
    match ports.subscribe(&request).await {
        Ok(Subscribed::View(shown)) => Ok(shown),
        Ok(Subscribed::NotFound) => Ok(None),
        Ok(Subscribed::Stream(_) | Subscribed::Over | Subscribed::Full) | Err(_) => {
            look(ports, ticket).await
        }
    }
}

/// A run as its holder sees it; none if there is nothing to see.
async fn look(ports: &impl Accounts, ticket: &Ticket) -> Result<Option<Box<Shown>>, Problem> {
    match ask_again(ports, ticket, Request::Look(*ticket)).await? {
        Response::View(shown) => Ok(shown),
        _ => Err(unexpected()),
    }
}

pub async fn delete(ports: &impl Accounts, ticket: &Ticket) -> Result<(), Problem> {
    match ports.ask(ticket.account(), Request::Delete(*ticket)).await? {
        Response::Deleted(true) => Ok(()),
        Response::Deleted(false) => Err(Problem::NotFound),
        _ => Err(unexpected()),
    }
}

/// One output of a completed run, and for how many seconds it is kept. Stored bytes are read only
/// after the account answered that the run exists, so a deletion holds at once.
pub async fn find_output(
    ports: &(impl Accounts + Runtime),
    ticket: &Ticket,
    index: usize,
) -> Result<(StoredItem, u64), Problem> {
    let shown = look(ports, ticket).await?.ok_or(Problem::NotFound)?;
    let expires_ms = shown.view.expires_ms.unwrap_or_default();
    let seconds = expires_ms.saturating_sub(ports.now_ms()) / 1_000;
    let item = shown.view.output.and_then(|output| output.items.into_iter().nth(index));
    match item {
        Some(item @ (StoredItem::Url(_) | StoredItem::Kept { .. })) => Ok((item, seconds)),
        Some(StoredItem::Expired) | None => Err(Problem::NotFound),
    }
}

/// Asks what changes nothing, or what counts once however often it is asked. An object that was
/// reset is asked again.
pub(super) async fn ask_again(
    ports: &impl Accounts,
    ticket: &Ticket,
    request: Request,
) -> Result<Response, Problem> {
    match ports.ask(ticket.account(), request.clone()).await {
        Err(CallError::Broken(_)) => Ok(ports.ask(ticket.account(), request).await?),
        answered => Ok(answered?),
    }
}

pub(super) fn unexpected() -> Problem {
    Problem::Internal("the account gave an answer of another kind".to_owned())
}
