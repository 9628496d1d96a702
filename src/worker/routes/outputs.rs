//! `GET /v1/outputs/{id}/{n}`: the picture or the video itself, from this origin: a page can draw
//! it on a canvas, and needs no other host in its security policy.

use fashn::response::FashnError;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::app::authorize::require_calm;
use crate::app::ports::OutputStore as _;
use crate::app::problem::Problem;
use crate::app::status::find_output;
use crate::http::request_head::Header;
use crate::run::output::StoredItem;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::outgoing::{Outgoing, header};
use crate::worker::runtime::reply::Reply;

/// (1) Verify the id. (2) Find the output. (3) Pass its bytes on.
pub async fn show(gateway: &Gateway<'_>, id: &str, n: &str) -> Result<Reply, Problem> {
    // (1)
    let index = n.parse::<usize>().map_err(|_| Problem::NotFound)?;
    let ticket = gateway.deployment.signer.verify_id(id).ok_or(Problem::NotFound)?;
    gateway.run.set(Some(ticket));
    require_calm(gateway, "output", &ticket).await?;
    // (2)
    let (item, seconds_left) = find_output(gateway, &ticket, index).await?;
    // (3)
    let reply = match item {
        StoredItem::Url(url) => fetched(gateway, &url).await?,
        StoredItem::Kept { media_type, byte_len, pieces } => {
            let stored = gateway.get(&ticket, index, pieces, byte_len).await?;
            let stored = Uint8Array::from(&*stored.ok_or(Problem::NotFound)?);
            Reply::body(200, stored.into()).with_headers([
                ("content-type", media_type),
                ("content-length", byte_len.to_string()),
            ])
        }
        StoredItem::Expired => return Err(Problem::NotFound),
    };
    Ok(reply
        .with_headers([("cache-control", format!("private, max-age={seconds_left}"))])
        .with_headers([
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; sandbox"),
        ]))
}

/// The headers of the answer that are passed on.
const PASSED: [&str; 6] =
    ["content-type", "content-length", "content-range", "accept-ranges", "etag", "last-modified"];

/// Streams an output of FASHN's. The address was judged when it was stored; the key isn't sent
/// along.
async fn fetched(gateway: &Gateway<'_>, url: &str) -> Result<Reply, Problem> {
    let range = [("range", Header::Range), ("if-range", Header::IfRange)];
    let headers: Vec<_> = range
        .into_iter()
        .filter_map(|(name, header)| Some((name, gateway.head.header(header)?)))
        .collect();
    let outgoing =
        Outgoing { method: gateway.head.method, url, headers: &headers, body: &JsValue::NULL };
    let no_answer = |reason: String| FashnError::NoAnswer { timed_out: false, reason };
    let answer = outgoing.stream().await.map_err(|error| no_answer(error.to_string()))?;
    match answer.status() {
        status @ (200 | 206 | 416) => {
            let passed = |name| Some((name, header(&answer, name)?));
            let reply = Reply::body(status, answer.body().into());
            Ok(reply.with_headers(PASSED.into_iter().filter_map(passed)))
        }
        // Its time at FASHN is over.
        403 | 404 | 410 => Err(Problem::NotFound),
        status => Err(no_answer(format!("output: {status}")).into()),
    }
}
