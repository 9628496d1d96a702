//! Carries an answer as a fault has it. Done in the Worker, not in the object: a client that waits holds up
//! nobody else.

use std::time::Duration;

use futures_util::stream;
use worker::{Delay, Error, Response, ResponseBuilder, Result};

use crate::answer::Manner;

/// How the object tells the Worker. It never leaves the Worker.
const HEADER: &str = "x-sandbox-manner";

/// Notes how an answer is to be carried.
pub fn note(answer: Response, manner: &Manner) -> Result<Response> {
    if *manner != Manner::Plain {
        let noted =
            serde_json::to_string(manner).map_err(|error| Error::from(error.to_string()))?;
        answer.headers().set(HEADER, &noted)?;
    }
    Ok(answer)
}

/// Carries the answer.
pub async fn carry(mut answer: Response) -> Result<Response> {
    let Some(noted) = answer.headers().get(HEADER)? else {
        return Ok(answer);
    };
    // All of it, now: an answer that is half read holds on to the object it comes from.
    let body = answer.bytes().await?;
    let headers = answer.headers().clone();
    headers.delete(HEADER)?;
    let whole = ResponseBuilder::new()
        .with_status(answer.status_code())
        .with_headers(headers);
    match serde_json::from_str(&noted).unwrap_or_default() {
        Manner::Plain => Ok(whole.fixed(body)),
        Manner::Slow(ms) => {
            Delay::from(Duration::from_millis(ms)).await;
            Ok(whole.fixed(body))
        }
        Manner::Hang(ms) => {
            Delay::from(Duration::from_millis(ms)).await;
            cut()
        }
        Manner::Cut => cut(),
    }
}

/// A Worker can't refuse to send headers, but it can end the connection right after them: whoever reads the
/// body gets an error and no byte.
fn cut() -> Result<Response> {
    let nothing =
        stream::once(async { Err::<Vec<u8>, _>(Error::from("the answer was lost, as asked")) });
    ResponseBuilder::new()
        .with_header("content-type", "application/json")?
        .from_stream(nothing)
}
