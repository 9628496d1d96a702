//! The CDN: outputs by address, until they expire.

use std::rc::Rc;

use worker::{Error, Method, Request, Response, ResponseBuilder, Result};

use super::api::respond;
use super::host::Host;
use super::storage::Kind;
use super::transmission;
use crate::cdn::{Range, media_type, output_number};
use crate::id::PredictionId;
use crate::problem::Problem;
use crate::renderer::example;

/// Serves `/cdn/{id}/output_{n}.{ending}`.
pub fn serve(host: &Rc<Host>, request: &Request, id: &str, file: &str) -> Result<Response> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return respond(Problem::MethodNotAllowed("GET").into());
    }
    // (1) Whether the output exists, and faults.
    let transmission = match host.with_service(|service, now_ms| service.output(id, now_ms))? {
        Ok(transmission) => transmission,
        Err(reply) => return respond(reply),
    };
    let not_found = || respond(Problem::NotFound("Output not found").into());
    let (Some(number), Some(media_type)) = (output_number(file), media_type(file)) else {
        return not_found();
    };
    let id = PredictionId::from_request(id);
    let storage = host.storage()?;
    let name = number.to_string();
    let mut length = storage.length(&id, Kind::Output, &name)?;
    if length.is_none() && id.as_str() == PredictionId::EXAMPLE && number == 0 {
        let picture = example().map_err(Error::from)?;
        storage.put(&id, Kind::Output, &name, &picture)?;
        length = Some(picture.len() as u64);
    }
    let Some(length) = length else {
        return not_found();
    };

    // (2) All of it, or a range.
    let headers = [
        ("content-type", media_type),
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "content-length, content-range, accept-ranges"),
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=3600"),
    ];
    let mut response = ResponseBuilder::new();
    for (name, value) in headers {
        response = response.with_header(name, value)?;
    }
    let range = request.headers().get("range")?;
    let (first, last) = match Range::parse(range.as_deref(), length) {
        Range::Whole => (0, length.saturating_sub(1)),
        Range::Part { first, last } => {
            response = response
                .with_status(206)
                .with_header("content-range", &format!("bytes {first}-{last}/{length}"))?;
            (first, last)
        }
        Range::Unsatisfiable => {
            let range = format!("bytes */{length}");
            return Ok(response.with_status(416).with_header("content-range", &range)?.empty());
        }
    };
    response = response.with_header("content-length", &(last - first + 1).to_string())?;
    if request.method() == Method::Head {
        return Ok(response.empty());
    }
    let bytes = storage.part(&id, Kind::Output, &name, first, last)?;
    transmission::attach(response.fixed(bytes), &transmission)
}
