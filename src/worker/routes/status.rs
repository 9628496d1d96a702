//! `GET` and `DELETE /v1/status/{id}`.

use crate::app::authorize::require_calm;
use crate::app::problem::Problem;
use crate::app::render::StatusRenderer;
use crate::app::status::{self, StatusHead, StatusReply};
use crate::notify::subscription::{EVENT_STREAM, StatusQuery};
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::reply::Reply;

/// An id that was not minted here costs no storage access.
pub async fn show(gateway: &Gateway<'_>, id: &str) -> Result<Reply, Problem> {
    let Deployment { settings, signer, .. } = &gateway.deployment;
    let query = StatusQuery::read(&gateway.head)?;
    let (ticket, id) = signer.known_id(id).ok_or(Problem::NotFound)?;
    gateway.run.set(Some(ticket));
    require_calm(gateway, "status", &ticket).await?;
    let renderer = StatusRenderer {
        id: &id,
        origin: gateway.own_origin,
        addresses: settings.output_addresses,
        data_urls: true,
    };
    let (reply, head) = match status::show(gateway, &renderer, &ticket, &query).await? {
        StatusReply::Stream(stream) => {
            // Proxies would hold events back: to compress them, or until a buffer is full.
            let headers = [("cache-control", "no-transform"), ("x-accel-buffering", "no")];
            return Ok(Reply::private(200, EVENT_STREAM, stream).with_headers(headers));
        }
        StatusReply::Over => return Ok(Reply::empty(204)),
        StatusReply::Unchanged(head) => {
            let reply = Reply::empty(304).with_headers([("cache-control", "no-store")]);
            (reply, head)
        }
        StatusReply::Shown(json, head) => (Reply::of_json(200, &json), head),
    };
    let StatusHead { tag, credits_used, retry_after_seconds } = head;
    Ok(reply
        .with_headers([("etag", tag.quoted())])
        .with_headers(credits_used.map(|credits| ("x-fashn-credits-used", credits.0.to_string())))
        .with_headers(retry_after_seconds.map(|seconds| ("retry-after", seconds.to_string()))))
}

/// Hidden at once; what FASHN still has of it is deleted when its price is known.
pub async fn delete(gateway: &Gateway<'_>, id: &str) -> Result<Reply, Problem> {
    let ticket = gateway.deployment.signer.verify_id(id).ok_or(Problem::NotFound)?;
    gateway.run.set(Some(ticket));
    require_calm(gateway, "delete", &ticket).await?;
    status::delete(gateway, &ticket).await?;
    Ok(Reply::empty(204))
}
