//! Messages to the account and `Body` objects, one object request each.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::app::message::BodyMeta;
use crate::app::ports::{CallError, Subscribed};
use crate::auth::ids::{AccountId, Jurisdiction, Ticket};
use crate::notify::subscription::{SubscribeRequest, Subscription};
use crate::worker::runtime::deployment::binding;
use crate::worker::runtime::platform::{self, Env, JsError, Stub, open};

/// An account's object.
pub fn account(env: &Env, account: AccountId) -> Result<Stub, CallError> {
    stub(env, binding::ACCOUNT, &account.object_name(), account)
}

/// The object of a run's body.
pub fn body(env: &Env, ticket: Ticket) -> Result<Stub, CallError> {
    stub(env, binding::BODY, &ticket.name(), ticket.account())
}

fn stub(env: &Env, binding: &str, name: &str, account: AccountId) -> Result<Stub, CallError> {
    let is_eu = match account.jurisdiction {
        Jurisdiction::Global => false,
        Jurisdiction::Eu => true,
    };
    platform::stub(env, binding, name, is_eu).map_err(broken)
}

impl Stub {
    /// Asks an object; both messages are JSON.
    pub async fn ask<A: DeserializeOwned>(&self, message: &impl Serialize) -> Result<A, CallError> {
        let answer = self.call(&written(message)?).await.map_err(broken)?;
        read(&answer.as_string().unwrap_or_default())
    }
}

/// Puts a body into its object.
pub async fn put_body(env: &Env, meta: &BodyMeta, bytes: &JsValue) -> Result<(), CallError> {
    let object = body(env, meta.ticket)?;
    let response = open(&object, &written(meta)?, bytes).await.map_err(broken)?;
    match response.status() {
        204 => Ok(()),
        status => Err(CallError::Broken(format!("a body was answered with {status}"))),
    }
}

/// Subscribes to a run. A wait is read to its end.
pub async fn subscribe(
    env: &Env,
    request: &SubscribeRequest,
) -> Result<Subscribed<JsValue>, CallError> {
    let object = account(env, request.ticket.account())?;
    let response = open(&object, &written(request)?, &JsValue::NULL).await.map_err(broken)?;
    Ok(match (response.status(), &request.subscription) {
        (200, Subscription::Stream { .. }) => Subscribed::Stream(response.body().into()),
        (200, Subscription::Wait(_)) => {
            let text = response.text().map_err(broken)?.await.map_err(broken)?;
            let text = text.unchecked_into::<JsValue>().as_string().unwrap_or_default();
            // It ends without a word if there is nothing to see any more.
            Subscribed::View((!text.is_empty()).then(|| read(&text)).transpose()?)
        }
        (204, _) => Subscribed::Over,
        (404, _) => Subscribed::NotFound,
        (429, _) => Subscribed::Full,
        (status, _) => {
            return Err(CallError::Broken(format!("a subscription was answered with {status}")));
        }
    })
}

/// What kept an object, or another service, from answering.
pub fn broken(error: impl Into<JsError>) -> CallError {
    let error = error.into();
    let call_error = if error.overloaded { CallError::Overloaded } else { CallError::Broken };
    call_error(error.to_string())
}

fn written(message: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(message).map_err(broken)
}

fn read<A: DeserializeOwned>(answer: &str) -> Result<A, CallError> {
    serde_json::from_str(answer).map_err(broken)
}
