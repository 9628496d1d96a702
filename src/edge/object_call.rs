//! What is said to a Durable Object and what it answers.

use std::cell::OnceCell;

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::object_address::{ObjectAddress, Session};
use super::platform::{Asked, Thrown, said};
use crate::app::problem::Problem;
use crate::stored;

/// A conversation with an object: what is said after [`begin`](Self::begin) belongs to the same request, which is what an
/// object is paid by.
pub struct Conversation {
    object: ObjectAddress,
    session: OnceCell<Session>,
}

impl Conversation {
    /// Nothing was said yet.
    pub fn with(object: ObjectAddress) -> Self {
        Self {
            object,
            session: OnceCell::new(),
        }
    }

    /// Says a command that more may follow, and reads what is answered.
    pub async fn begin<C: Serialize, A: for<'a> Deserialize<'a>>(
        &self,
        command: &C,
        body: Option<&Uint8Array>,
    ) -> Result<A, Problem> {
        if self.session.get().is_some() {
            return self.say(command, body).await;
        }
        let begun = self.object.begin(&stored::write(command), body).await;
        let (answer, session) = begun.map_err(failed)?;
        // Of two that began at once, one is enough.
        let _ = self.session.set(session);
        read_answer(Ok(answer))
    }

    /// Says a command and reads what is answered.
    pub async fn say<C: Serialize, A: for<'a> Deserialize<'a>>(
        &self,
        command: &C,
        body: Option<&Uint8Array>,
    ) -> Result<A, Problem> {
        let message = stored::write(command);
        read_answer(match self.session.get() {
            Some(session) => session.call(&message, body).await,
            None => self.object.call(&message, body).await,
        })
    }

    /// Says something whose answer stays open.
    pub async fn listen(&self, message: &impl Serialize) -> Result<web_sys::Response, Problem> {
        self.object
            .listen(&stored::write(message))
            .await
            .map_err(failed)
    }
}

/// A command as it arrives at an object.
pub fn receive<C: for<'a> Deserialize<'a>>(message: &[u8]) -> Asked<C> {
    stored::read(message).map_err(|_| Thrown::new("broken command"))
}

/// An object's answer.
pub fn answer<A: Serialize>(answer: Asked<A>) -> Result<JsValue, JsValue> {
    Ok(said(&stored::write(&answer?)))
}

/// What an object threw, or what kept it from being reached.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(thrown: Thrown) -> Problem {
    Problem::Internal(format!("object: {thrown}"))
}

fn read_answer<A: for<'a> Deserialize<'a>>(answer: Asked<Vec<u8>>) -> Result<A, Problem> {
    stored::read(&answer.map_err(failed)?)
        .map_err(|error| Problem::Internal(format!("object's answer: {error}")))
}
