//! Messages to the account and `Body` objects, one object request each.

use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use crate::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response};
use crate::app::ports::{Accounts, CallError, Subscribed};
use crate::auth::ids::{AccountId, Jurisdiction, Ticket};
use crate::notify::subscription::{SubscribeRequest, Subscription};
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::binding;
use crate::worker::runtime::platform::{self, JsError, settled};

impl<B: Bound> Accounts for B {
    async fn ask(&self, account: AccountId, request: Request) -> Result<Response, CallError> {
        let name = account.object_name();
        call(self.env(), binding::ACCOUNT, &name, account.jurisdiction, &request).await
    }
}

/// Sends a message to a `Body` object.
pub async fn tell(
    env: &Env,
    ticket: Ticket,
    request: &BodyRequest,
) -> Result<BodyResponse, CallError> {
    let jurisdiction = ticket.account().jurisdiction;
    call(env, binding::BODY, &ticket.name(), jurisdiction, request).await
}

/// Puts a body into its object.
pub async fn put_body(env: &Env, meta: &BodyMeta, body: &Uint8Array) -> Result<(), CallError> {
    let jurisdiction = meta.ticket.account().jurisdiction;
    let name = meta.ticket.name();
    let response = open(env, binding::BODY, &name, jurisdiction, meta, body).await?;
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
    let account = request.ticket.account();
    let name = account.object_name();
    let jurisdiction = account.jurisdiction;
    let none = JsValue::NULL;
    let response = open(env, binding::ACCOUNT, &name, jurisdiction, request, &none).await?;
    Ok(match (response.status(), &request.subscription) {
        (200, Subscription::Stream { .. }) => Subscribed::Stream(response.body().into()),
        (200, Subscription::Wait(_)) => {
            let text =
                settled(response.text().map_err(|thrown| broken(thrown.into()))?.unchecked_into());
            let text = text.await.map_err(broken)?.as_string().unwrap_or_default();
            // It ends without a word if there is nothing to see any more.
            let shown = (!text.is_empty()).then(|| read(&text)).transpose()?;
            Subscribed::View(shown)
        }
        (204, _) => Subscribed::Over,
        (404, _) => Subscribed::NotFound,
        (429, _) => Subscribed::Full,
        (status, _) => {
            return Err(CallError::Broken(format!("a subscription was answered with {status}")));
        }
    })
}

async fn call<A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    jurisdiction: Jurisdiction,
    message: &impl Serialize,
) -> Result<A, CallError> {
    let promise = platform::ask(env, binding, name, is_eu(jurisdiction), &written(message)?);
    let answer = answered(promise).await?;
    read(&answer.as_string().unwrap_or_default())
}

async fn open(
    env: &Env,
    binding: &str,
    name: &str,
    jurisdiction: Jurisdiction,
    message: &impl Serialize,
    body: &JsValue,
) -> Result<web_sys::Response, CallError> {
    let message = written(message)?;
    let promise = platform::request(env, binding, name, is_eu(jurisdiction), &message, body);
    Ok(answered(promise).await?.unchecked_into())
}

async fn answered(promise: Result<Promise, JsValue>) -> Result<JsValue, CallError> {
    let promise = promise.map_err(|thrown| broken(thrown.into()))?;
    settled(promise).await.map_err(broken)
}

/// What kept an object from answering.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub fn broken(error: JsError) -> CallError {
    if error.overloaded {
        CallError::Overloaded(error.to_string())
    } else {
        CallError::Broken(error.to_string())
    }
}

fn written(message: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(message)
        .map_err(|error| CallError::Broken(format!("a message does not serialise: {error}")))
}

fn read<A: DeserializeOwned>(answer: &str) -> Result<A, CallError> {
    serde_json::from_str(answer)
        .map_err(|error| CallError::Broken(format!("an object's answer: {error}")))
}

fn is_eu(jurisdiction: Jurisdiction) -> bool {
    match jurisdiction {
        Jurisdiction::Global => false,
        Jurisdiction::Eu => true,
    }
}
