//! FASHN's three routes.

use std::rc::Rc;

use futures_util::TryStreamExt as _;
use worker::{Method, Request, Response, ResponseBuilder, Result};

use super::desk_do::Inner;
use super::manner;
use super::storage::Kind;
use crate::answer::Answer;
use crate::desk::RunCall;
use crate::id::PredictionId;
use crate::problem::Problem;

/// Serves `/v1/…`.
pub async fn serve(desk: &Rc<Inner>, mut request: Request) -> Result<Response> {
    let url = request.url()?;
    let origin = url.origin().ascii_serialization();
    let key = bearer(&request)?;
    let path = url.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(2).collect();
    match (segments.as_slice(), request.method()) {
        (["run"], Method::Post) => {
            let webhook_url = url
                .query_pairs()
                .find(|(name, _)| name == "webhook_url")
                .map(|(_, value)| value);
            // (1) The body, up to the cap.
            let cap = desk.at_desk(|desk, _| desk.settings.max_body_bytes)?;
            let body = capped(&mut request, cap).await?;
            // (2) The desk decides.
            let submitted = desk.at_desk(|at, now_ms| {
                let call = RunCall {
                    key: key.as_deref(),
                    body: body.as_deref(),
                    webhook_url: webhook_url.as_deref(),
                    origin: &origin,
                };
                let submitted = at.submit(call, now_ms);
                // (3) Pictures that came along are kept before the run can need them.
                if let Some((id, pictures)) = &submitted.accepted {
                    let storage = desk.storage()?;
                    for (field, bytes) in pictures {
                        storage.put(id, Kind::Input, field, bytes)?;
                    }
                }
                Ok::<_, worker::Error>(submitted)
            })??;
            answer(submitted.answer)
        }
        (["status", id], Method::Get) => answer(desk.at_desk(|at, now_ms| {
            let media_type = at
                .run(&PredictionId::asked(id))
                .map_or("", |run| run.order.format.media_type());
            let read = |id: &PredictionId, number| desk.data_url(id, number, media_type);
            at.status(key.as_deref(), id, &origin, &read, now_ms)
        })?),
        (["credits"], Method::Get) => {
            answer(desk.at_desk(|at, now_ms| at.credits(key.as_deref(), now_ms))?)
        }
        (["run"], _) => answer(Problem::MethodNotAllowed("POST").into()),
        (["status", _] | ["credits"], _) => answer(Problem::MethodNotAllowed("GET").into()),
        _ => answer(Problem::NotFound("Endpoint not found").into()),
    }
}

fn bearer(request: &Request) -> Result<Option<String>> {
    let header = request.headers().get("authorization")?;
    let key = header.as_deref().and_then(|header| {
        let (scheme, key) = header.trim().split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| key.trim().to_owned())
    });
    Ok(key)
}

/// A request's body, or `None` if it is larger than `cap`.
pub async fn capped(request: &mut Request, cap: usize) -> Result<Option<Vec<u8>>> {
    let Ok(mut stream) = request.stream() else {
        return Ok(Some(Vec::new()));
    };
    let mut body = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        if body.len() + piece.len() > cap {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

/// An answer on its way to the Worker.
pub fn answer(answer: Answer) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(answer.status);
    response = response.with_header("content-type", "application/json")?;
    response = response.with_header("cache-control", "no-store")?;
    for (name, value) in &answer.headers {
        response = response.with_header(name, value)?;
    }
    manner::note(response.fixed(answer.body.into_bytes()), &answer.manner)
}
