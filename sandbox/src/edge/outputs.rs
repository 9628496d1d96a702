//! The CDN: outputs by address, as long as they live.

use std::rc::Rc;

use worker::{Error, Method, Request, Response, ResponseBuilder, Result};

use super::desk_do::Inner;
use super::manner;
use super::requests::answer;
use super::storage::Kind;
use crate::cdn::{Range, media_type, numbered};
use crate::id::PredictionId;
use crate::problem::Problem;
use crate::studio;

/// Serves `/cdn/{id}/output_{n}.{ending}`.
pub fn serve(desk: &Rc<Inner>, request: &Request, id: &str, file: &str) -> Result<Response> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return answer(Problem::MethodNotAllowed("GET").into());
    }
    // (1) Whether there is such an output, and what faults make of it.
    let carried = match desk.at_desk(|at, now_ms| at.output(id, now_ms))? {
        Ok(manner) => manner,
        Err(told) => return answer(told),
    };
    let not_found = || answer(Problem::NotFound("Output not found").into());
    let (Some(number), Some(media_type)) = (numbered(file), media_type(file)) else {
        return not_found();
    };
    let id = PredictionId::asked(id);
    let storage = desk.storage()?;
    let name = number.to_string();
    let mut length = storage.length(&id, Kind::Output, &name)?;
    if length.is_none() && id.as_str() == PredictionId::EXAMPLE && number == 0 {
        let picture = studio::example().map_err(Error::from)?;
        storage.put(&id, Kind::Output, &name, &picture)?;
        length = Some(picture.len() as u64);
    }
    let Some(length) = length else {
        return not_found();
    };

    // (2) All of it, or the part that is asked for.
    let headers = [
        ("content-type", media_type),
        ("access-control-allow-origin", "*"),
        (
            "access-control-expose-headers",
            "content-length, content-range, accept-ranges",
        ),
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=3600"),
    ];
    let mut response = ResponseBuilder::new();
    for (name, value) in headers {
        response = response.with_header(name, value)?;
    }
    let asked = request.headers().get("range")?;
    let (first, last) = match Range::read(asked.as_deref(), length) {
        Range::Whole => (0, length.saturating_sub(1)),
        Range::Part { first, last } => {
            response = response
                .with_status(206)
                .with_header("content-range", &format!("bytes {first}-{last}/{length}"))?;
            (first, last)
        }
        Range::Unsatisfiable => {
            let range = format!("bytes */{length}");
            return Ok(response
                .with_status(416)
                .with_header("content-range", &range)?
                .empty());
        }
    };
    response = response.with_header("content-length", &(last - first + 1).to_string())?;
    if request.method() == Method::Head {
        return Ok(response.empty());
    }
    let bytes = storage.part(&id, Kind::Output, &name, first, last)?;
    manner::note(response.fixed(bytes), &carried)
}
