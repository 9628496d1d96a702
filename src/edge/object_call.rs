//! One call to a Durable Object: a command there, an answer back, and a run's body behind the command where there is
//! one.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Headers, Method, Request, Response, Stub};

use super::outgoing::request;
use crate::problem::Problem;
use crate::stored;

/// The command's length, in front of it.
const LENGTH_BYTES: u32 = 4;

/// Says a command to an object and reads what it answers.
pub async fn call<C: Serialize, A: for<'a> Deserialize<'a>>(
    stub: &Stub,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<A, Problem> {
    let mut response = send(stub, command, body).await?;
    let answer = if response.status_code() == 200 {
        response.bytes().await
    } else {
        Err(worker::Error::RustError(
            response.text().await.unwrap_or_default(),
        ))
    };
    stored::read(&answer.map_err(failed)?)
        .map_err(|error| Problem::Internal(format!("object's answer: {error}")))
}

/// Says a command to an object and hands its answer back as it is.
pub async fn send<C: Serialize>(
    stub: &Stub,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<Response, Problem> {
    exchange(stub, &stored::write(command), body)
        .await
        .map_err(failed)
}

/// A command as it arrives at an object, with the body behind it.
pub async fn receive<C: for<'a> Deserialize<'a>>(
    request: &Request,
) -> worker::Result<(C, Option<Uint8Array>)> {
    let broken = || worker::Error::RustError("broken command".to_owned());
    let buffer = JsFuture::from(request.inner().array_buffer()?).await?;
    let letter = Uint8Array::new(&buffer);
    let head = letter.subarray(0, LENGTH_BYTES).to_vec();
    let length = u32::from_be_bytes(head.try_into().map_err(|_| broken())?);
    let end = LENGTH_BYTES.checked_add(length).ok_or_else(broken)?;
    let command =
        stored::read(&letter.subarray(LENGTH_BYTES, end).to_vec()).map_err(|_| broken())?;
    let body = letter.subarray(end, letter.length());
    Ok((command, (body.length() > 0).then_some(body)))
}

/// An object's answer.
pub fn answer<A: Serialize>(answer: &A) -> worker::Result<Response> {
    Response::from_bytes(stored::write(answer))
}

async fn exchange(
    stub: &Stub,
    command: &[u8],
    body: Option<&Uint8Array>,
) -> worker::Result<Response> {
    let length = u32::try_from(command.len()).unwrap_or(u32::MAX);
    let end = LENGTH_BYTES.saturating_add(length);
    let letter =
        Uint8Array::new_with_length(end.saturating_add(body.map_or(0, Uint8Array::length)));
    letter
        .subarray(0, LENGTH_BYTES)
        .copy_from(&length.to_be_bytes());
    letter.subarray(LENGTH_BYTES, end).copy_from(command);
    if let Some(body) = body {
        letter.set(body, end);
    }
    let request = request(
        &Method::Post,
        "https://object/",
        &Headers::new(),
        Some(&letter),
    )?;
    stub.fetch_with_request(request).await
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: worker::Error) -> Problem {
    Problem::Internal(format!("object: {error}"))
}
