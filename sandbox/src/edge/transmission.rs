//! Sends a response as a fault wants it. The Worker does it rather than the object, so that a slow
//! response delays no other request.

use std::time::Duration;

use futures_util::stream;
use worker::{Delay, Error, Response, ResponseBuilder, Result};

use crate::reply::Transmission;

/// From the object to the Worker, which removes it.
const HEADER: &str = "x-sandbox-transmission";

/// Attaches to a response how the Worker has to send it.
pub fn attach(response: Response, transmission: &Transmission) -> Result<Response> {
    if *transmission != Transmission::Immediate {
        let header =
            serde_json::to_string(transmission).map_err(|error| Error::from(error.to_string()))?;
        response.headers().set(HEADER, &header)?;
    }
    Ok(response)
}

/// Sends the response.
pub async fn send(mut response: Response) -> Result<Response> {
    let Some(header) = response.headers().get(HEADER)? else {
        return Ok(response);
    };
    // All of it, now: a response that is half read keeps its object busy.
    let body = response.bytes().await?;
    let headers = response.headers().clone();
    headers.delete(HEADER)?;
    let whole = ResponseBuilder::new().with_status(response.status_code()).with_headers(headers);
    match serde_json::from_str(&header).unwrap_or_default() {
        Transmission::Immediate => Ok(whole.fixed(body)),
        Transmission::Delayed(ms) => {
            Delay::from(Duration::from_millis(ms)).await;
            Ok(whole.fixed(body))
        }
        Transmission::Hang(ms) => {
            Delay::from(Duration::from_millis(ms)).await;
            cut()
        }
        Transmission::Cut => cut(),
    }
}

/// A Worker can't omit the headers, but it can end the connection right after them: reading the
/// body fails without a byte.
fn cut() -> Result<Response> {
    let failure = stream::once(async {
        Err::<Vec<u8>, _>(Error::from("the reply was lost, as a fault wants it"))
    });
    ResponseBuilder::new().with_header("content-type", "application/json")?.from_stream(failure)
}
