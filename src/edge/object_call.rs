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
        postcard::to_allocvec(command).map_err(|error| Problem::Internal(error.to_string()))?;
    let answer = exchange(stub, &json, body).await.map_err(failed)?;
    postcard::from_bytes(&answer)
        .map_err(|error| Problem::Internal(format!("object's answer: {error}")))
}

/// A command as it arrives at an object, with the body beside it.
pub async fn receive<C: DeserializeOwned>(
    request: &mut Request,
) -> worker::Result<(C, Option<Uint8Array>)> {
    let Some(json) = request.headers().get(COMMAND)? else {
        let command = postcard::from_bytes(&request.bytes().await?)
            .map_err(|_| worker::Error::RustError("x".into()))?;
        return Ok((command, None));
    };
    let buffer =
        worker::wasm_bindgen_futures::JsFuture::from(request.inner().array_buffer()?).await?;
    let command = postcard::from_bytes(
        &base64_simd::STANDARD
            .decode_to_vec(json)
            .unwrap_or_default(),
    )
    .map_err(|_| worker::Error::RustError("x".into()))?;
    Ok((command, Some(Uint8Array::new(&buffer))))
}

async fn exchange(stub: &Stub, json: &[u8], body: Option<&Uint8Array>) -> worker::Result<Vec<u8>> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post);
    match body {
        // What has a body beside it is a record or a place: plain ASCII.
        Some(body) => {
            let headers = Headers::new();
            headers.set(COMMAND, &base64_simd::STANDARD.encode_to_string(json))?;
            init.with_headers(headers).with_body(Some(body.into()));
        }
        None => {
            init.with_body(Some(Uint8Array::from(json).into()));
        }
    }
    let request = Request::new_with_init("https://object/", &init)?;
    stub.fetch_with_request(request).await?.bytes().await
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: worker::Error) -> Problem {
    Problem::Internal(format!("object: {error}"))
}
