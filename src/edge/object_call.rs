//! One call to a Durable Object: JSON there, JSON back, and a run's body beside it where there is one.

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{Headers, Method, Request, RequestInit, Stub};

use crate::problem::Problem;

/// Carries the command when the request's body is a run's.
const COMMAND: &str = "x-command";

/// Says a command to an object and reads what it answers.
pub async fn call<C: Serialize, A: DeserializeOwned>(
    stub: &Stub,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<A, Problem> {
    let json =
        serde_json::to_string(command).map_err(|error| Problem::Internal(error.to_string()))?;
    let answer = exchange(stub, &json, body).await.map_err(failed)?;
    serde_json::from_slice(&answer)
        .map_err(|error| Problem::Internal(format!("object's answer: {error}")))
}

/// A command as it arrives at an object, with the body beside it.
pub async fn receive<C: DeserializeOwned>(
    request: &mut Request,
) -> worker::Result<(C, Option<Uint8Array>)> {
    let Some(json) = request.headers().get(COMMAND)? else {
        let command = serde_json::from_slice(&request.bytes().await?)?;
        return Ok((command, None));
    };
    let buffer =
        worker::wasm_bindgen_futures::JsFuture::from(request.inner().array_buffer()?).await?;
    let command = serde_json::from_slice(json.as_bytes())?;
    Ok((command, Some(Uint8Array::new(&buffer))))
}

async fn exchange(stub: &Stub, json: &str, body: Option<&Uint8Array>) -> worker::Result<Vec<u8>> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post);
    match body {
        // What has a body beside it is a record or a place: plain ASCII.
        Some(body) => {
            let headers = Headers::new();
            headers.set(COMMAND, json)?;
            init.with_headers(headers).with_body(Some(body.into()));
        }
        None => {
            init.with_body(Some(JsValue::from_str(json)));
        }
    }
    let request = Request::new_with_init("https://object/", &init)?;
    stub.fetch_with_request(request).await?.bytes().await
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: worker::Error) -> Problem {
    Problem::Internal(format!("object: {error}"))
}
