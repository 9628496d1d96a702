//! What is said to a Durable Object and what it answers, as bytes.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::platform::{ObjectAddress, Session, Thrown};
use crate::problem::Problem;
use crate::stored;

/// Says a command to an object and reads what it answers.
pub async fn call<C: Serialize, A: for<'a> Deserialize<'a>>(
    object: &ObjectAddress<'_>,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<A, Problem> {
    read_answer(object.call(&stored::write(command), body).await)
}

/// The same, with a session to say more in.
pub async fn begin<C: Serialize, A: for<'a> Deserialize<'a>>(
    object: &ObjectAddress<'_>,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<(A, Session), Problem> {
    let (answer, session) = object
        .begin(&stored::write(command), body)
        .await
        .map_err(failed)?;
    Ok((read_answer(Ok(answer))?, session))
}

/// Says more.
pub async fn call_more<C: Serialize, A: for<'a> Deserialize<'a>>(
    session: &Session,
    command: &C,
    body: Option<&Uint8Array>,
) -> Result<A, Problem> {
    read_answer(session.call(&stored::write(command), body).await)
}

/// A command as it arrives at an object.
pub fn receive<C: for<'a> Deserialize<'a>>(message: &[u8]) -> worker::Result<C> {
    stored::read(message).map_err(|_| worker::Error::RustError("broken command".to_owned()))
}

/// An object's answer.
pub fn answer<A: Serialize>(answer: worker::Result<A>) -> Result<JsValue, JsValue> {
    let bytes = stored::write(&answer?);
    Ok(Uint8Array::from(bytes.as_slice()).into())
}

/// What an object threw, or what kept it from being reached.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub fn failed(thrown: Thrown) -> Problem {
    Problem::Internal(format!("object: {thrown}"))
}

fn read_answer<A: for<'a> Deserialize<'a>>(answer: Result<Vec<u8>, Thrown>) -> Result<A, Problem> {
    stored::read(&answer.map_err(failed)?)
        .map_err(|error| Problem::Internal(format!("object's answer: {error}")))
}
