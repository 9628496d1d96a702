//! `GET /v1/outputs/{id}/{n}`: the picture or the video itself, from this origin: a page can draw it on a canvas, and
//! needs no other host in its security policy. It is as FASHN made it: scaling is not ours to do.

use wasm_bindgen::JsValue;

use super::gateway::{Gateway, now_ms};
use super::incoming::Incoming;
use super::kept_output;
use super::platform::{Outgoing, Streaming, Thrown};
use super::predictions::PredictionHandle;
use super::reply::{Body, Reply};
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::prediction::{Ending, Record, State};
use crate::run::output::StoredItem;

/// (1) Know the number. (2) Know the id and read the prediction. (3) Find the output. (4) Pass its bytes on.
pub async fn show(
    gateway: &Gateway,
    request: &Incoming<'_>,
    id: &str,
    n: &str,
) -> Result<Reply, Problem> {
    // (1)
    let index = n.parse::<usize>().map_err(|_| Problem::NotFound)?;
    // (2)
    let ticket = gateway.signer.verify_id(id).ok_or(Problem::NotFound)?;
    let record = PredictionHandle::of(&gateway.env, &ticket).read().await?;
    let now = now_ms();
    let record = record.filter(|record| record.is_alive(now));
    let record = record.ok_or(Problem::NotFound)?;
    // (3)
    let (item, seconds_left) = find(record, index, now).ok_or(Problem::NotFound)?;
    // (4)
    let reply = match item {
        StoredItem::Url(url) => fetched(&url, request).await?,
        StoredItem::Kept {
            media_type,
            byte_len,
            pieces,
        } => kept(gateway, &ticket, index, (media_type, byte_len, pieces)).await?,
        StoredItem::Expired => return Err(Problem::NotFound),
    };
    Ok(reply.with_headers([
        ("cache-control", format!("private, max-age={seconds_left}")),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-robots-tag", "noindex".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        (
            "content-security-policy",
            "default-src 'none'; sandbox".to_owned(),
        ),
    ]))
}

fn find(record: Record, index: usize, now_ms: u64) -> Option<(StoredItem, u64)> {
    match record.state {
        State::Ended {
            ending: Ending::Completed { output, .. },
            expires_ms,
        } => {
            let item = output.items.into_iter().nth(index)?;
            Some((item, expires_ms.saturating_sub(now_ms) / 1_000))
        }
        State::Queued | State::Sending | State::Running { .. } | State::Ended { .. } => None,
    }
}

async fn kept(
    gateway: &Gateway,
    ticket: &Ticket,
    index: usize,
    (media_type, byte_len, pieces): (String, usize, usize),
) -> Result<Reply, Problem> {
    let bytes = kept_output::load(&gateway.env, ticket, index, pieces, byte_len).await?;
    Ok(Reply::bytes(bytes.ok_or(Problem::NotFound)?, media_type))
}

/// Streams an output of FASHN's. The address was judged when it was stored; the key does not go along.
async fn fetched(url: &str, request: &Incoming<'_>) -> Result<Reply, Problem> {
    let no_answer = |reason: String| Problem::NoAnswer {
        timed_out: false,
        reason,
        id: None,
    };
    let range = request.head.header("range").map(|range| ("range", range));
    let asked = Outgoing {
        method: "GET",
        url,
        headers: range.as_slice(),
        body: &JsValue::NULL,
    };
    let answered = asked.stream(&PASSED).await;
    let answered = answered.map_err(|thrown: Thrown| no_answer(thrown.to_string()))?;
    match answered.status {
        200 | 206 | 416 => Ok(passed_on(answered)),
        404 | 410 => Err(Problem::NotFound),
        status => Err(no_answer(format!("output: {status}"))),
    }
}

/// What is passed on of the head.
const PASSED: [&str; 4] = [
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
];

fn passed_on(answered: Streaming) -> Reply {
    let headers = PASSED.into_iter().filter_map(|name| {
        let value = answered.headers.get(name)?;
        Some((name, value.to_owned()))
    });
    let headers: Vec<_> = headers.collect();
    Reply::body(answered.status, Body::Stream(answered.body)).with_headers(headers)
}
