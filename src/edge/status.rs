//! `GET` and `DELETE /v1/status/{id}`

use serde::Serialize;

use fashn::prediction::Output;

use super::dispatchers::DispatcherHandle;
use super::gateway::Gateway;
use super::kept_output;
use super::log;
use super::predictions::{PredictionObjects, look_up};
use super::reply::Reply;
use crate::dispatcher::Place;
use crate::output::{StoredItem, StoredOutput};
use crate::prediction::{Decision, Event, State};
use crate::problem::Problem;
use crate::shop::KeyName;
use crate::status::{Envelope, view};
use crate::ticket::Ticket;

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
}

/// (1) Know the id and read the prediction. (2) Ask where it stands. (3) Fetch the pictures that are kept here. (4) Answer.
pub async fn show(gateway: &Gateway, id: &str) -> Result<Reply, Problem> {
    // (1)
    let (ticket, record) = look_up(gateway, id).await?;
    // (2)
    let place = match record.state {
        State::Queued | State::Running { .. } => place(gateway, &record.key, ticket).await,
        State::Sending | State::Ended { .. } => None,
    };
    let view = view(record, place);
    // (3)
    let output = match view.output {
        Some(stored) => Some(output(gateway, &ticket, stored).await?),
        None => None,
    };
    // (4)
    let reply = Reply::json(
        200,
        &Shown {
            envelope: view.envelope,
            output,
        },
    )?;
    Ok(reply.with_headers(
        view.credits_used
            .map(|credits| ("x-fashn-credits-used", credits.0.to_string())),
    ))
}

/// (1) Know the id. (2) Forget everything.
pub async fn forget(gateway: &Gateway, id: &str) -> Result<Reply, Problem> {
    // (1)
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    // (2)
    match PredictionObjects::of(&gateway.env)?
        .get(&ticket)?
        .event(Event::Forget)
        .await?
        .decision
    {
        // Hidden at once; what FASHN still has of it is wiped when its price is known.
        Decision::Wipe | Decision::Save => Ok(Reply::empty(204)),
        Decision::Disown | Decision::Keep | Decision::Ask(_) | Decision::Send(..) => {
            Err(Problem::NotFound)
        }
    }
}

/// An estimate is a kindness: without it the status is told all the same.
async fn place(gateway: &Gateway, key: &KeyName, ticket: Ticket) -> Option<Place> {
    let dispatcher = DispatcherHandle::of(&gateway.env, key).ok()?;
    dispatcher.place(ticket).await.unwrap_or_else(|problem| {
        log::error("/v1/status/", &problem);
        None
    })
}

async fn output(
    gateway: &Gateway,
    ticket: &Ticket,
    stored: StoredOutput,
) -> Result<Output, Problem> {
    let mut items = Vec::with_capacity(stored.items.len());
    for (index, item) in stored.items.into_iter().enumerate() {
        items.push(match item {
            StoredItem::Url(url) => url,
            StoredItem::Expired => Output::EXPIRED.to_owned(),
            StoredItem::Kept {
                media_type,
                byte_len,
                pieces,
            } => match kept_output::load(&gateway.env, ticket, index, pieces, byte_len).await? {
                Some(bytes) => data_url(&media_type, &bytes),
                None => Output::EXPIRED.to_owned(),
            },
        });
    }
    Ok(if stored.as_images {
        Output::Images { images: items }
    } else {
        Output::List(items)
    })
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut text = format!("data:{media_type};base64,");
    base64_simd::STANDARD.encode_append(bytes, &mut text);
    text
}
