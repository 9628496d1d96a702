//! FASHN's three routes.

use std::rc::Rc;

use futures_util::TryStreamExt as _;
use worker::{Method, Request, Response, ResponseBuilder, Result};

use super::host::Host;
use super::storage::Kind;
use super::transmission;
use crate::id::PredictionId;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::service::RunCall;

/// Serves `/v1/…`.
pub async fn serve(host: &Rc<Host>, mut request: Request) -> Result<Response> {
    let url = request.url()?;
    let origin = url.origin().ascii_serialization();
    let key = bearer(&request)?;
    let path = url.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(2).collect();
    match (segments.as_slice(), request.method()) {
        (["run"], Method::Post) => {
            let webhook_url =
                url.query_pairs().find(|(name, _)| name == "webhook_url").map(|(_, value)| value);
            // (1) The body, up to the limit.
            let bytes_max = host.with_service(|service, _| service.settings.max_body_bytes)?;
            let body = read_body(&mut request, bytes_max).await?;
            // (2) The decision.
            let submitted = host.with_service(|service, now_ms| {
                let call = RunCall {
                    key: key.as_deref(),
                    body: body.as_deref(),
                    webhook_url: webhook_url.as_deref(),
                    origin: &origin,
                };
                let submitted = service.submit(call, now_ms);
                // (3) Pictures that came with the request are stored before the run is rendered.
                if let Some((id, pictures)) = &submitted.accepted {
                    let storage = host.storage()?;
                    for (field, bytes) in pictures {
                        storage.put(id, Kind::Input, field, bytes)?;
                    }
                }
                Ok::<_, worker::Error>(submitted)
            })??;
            respond(submitted.reply)
        }
        (["status", id], Method::Get) => respond(host.with_service(|service, now_ms| {
            let media_type = service
                .run(&PredictionId::from_request(id))
                .map_or("", |run| run.job.format.media_type());
            let read = |id: &PredictionId, number| host.data_url(id, number, media_type);
            service.status(key.as_deref(), id, &origin, &read, now_ms)
        })?),
        (["credits"], Method::Get) => {
            respond(host.with_service(|service, now_ms| service.credits(key.as_deref(), now_ms))?)
        }
        (["run"], _) => respond(Problem::MethodNotAllowed("POST").into()),
        (["status", _] | ["credits"], _) => respond(Problem::MethodNotAllowed("GET").into()),
        _ => respond(Problem::NotFound("Endpoint not found").into()),
    }
}

fn bearer(request: &Request) -> Result<Option<String>> {
    let header = request.headers().get("authorization")?;
    let key = header.as_deref().and_then(|header| {
        let (scheme, key) = header.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
    });
    Ok(key)
}

/// A request's body, or `None` if it is larger than `bytes_max`.
pub async fn read_body(request: &mut Request, bytes_max: usize) -> Result<Option<Vec<u8>>> {
    let Ok(mut stream) = request.stream() else {
        return Ok(Some(Vec::new()));
    };
    let mut body = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        if body.len() + piece.len() > bytes_max {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

/// A reply as a response.
pub fn respond(reply: Reply) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(reply.status);
    response = response.with_header("content-type", "application/json")?;
    response = response.with_header("cache-control", "no-store")?;
    for (name, value) in &reply.headers {
        response = response.with_header(name, value)?;
    }
    transmission::attach(response.fixed(reply.body.into_bytes()), &reply.transmission)
}
