//! The world outside of a Worker's request.

use wasm_bindgen::JsValue;
use worker::Env;

use crate::app::message::BodyMeta;
use crate::app::ports::{
    BodyStore, CallError, Guards, Randomness, RateLimit, Subscribed, Subscriptions,
};
use crate::auth::turnstile::SITEVERIFY;
use crate::config::limits;
use crate::notify::subscription::SubscribeRequest;
use crate::worker::clients::fashn::RunBody;
use crate::worker::clients::objects::{self, broken};
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::{Deployment, binding, is_bound};
use crate::worker::runtime::log;
use crate::worker::runtime::outgoing::Outgoing;
use crate::worker::runtime::platform::{JsError, is_within};

/// The bindings and settings that a request works with.
pub struct Ports {
    pub env: Env,
    pub deployment: Deployment,
}

impl Bound for Ports {
    fn env(&self) -> &Env {
        &self.env
    }

    fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

impl Randomness for Ports {
    fn random<const N: usize>(&self) -> Result<[u8; N], CallError> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| CallError::Broken(error.to_string()))?;
        Ok(bytes)
    }
}

impl Guards for Ports {
    /// A limit that isn't bound, or throws, lets every request pass.
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool {
        let name = match limit {
            RateLimit::Address => binding::ADDRESS_RATE,
            RateLimit::Visitor => binding::VISITOR_RATE,
        };
        if !is_bound(&self.env, name) {
            return true;
        }
        match is_within(&self.env, name, key).await {
            Ok(is_within) => is_within.is_truthy(),
            Err(thrown) => {
                log::error(name, &JsError::from(thrown).to_string());
                true
            }
        }
    }

    async fn siteverify(&self, question: &str) -> Result<Vec<u8>, CallError> {
        let outgoing = Outgoing {
            method: "POST",
            url: SITEVERIFY,
            headers: &[("content-type", "application/x-www-form-urlencoded")],
            body: &JsValue::from_str(question),
        };
        let answered = outgoing.exchange(limits::SITEVERIFY_TIMEOUT_MS, limits::SITEVERIFY_BYTES);
        Ok(answered.await.map_err(broken)?.1)
    }
}

impl Subscriptions for Ports {
    type Stream = JsValue;

    async fn subscribe(
        &self,
        request: &SubscribeRequest,
    ) -> Result<Subscribed<JsValue>, CallError> {
        objects::subscribe(&self.env, request).await
    }
}

impl BodyStore for Ports {
    type Body = RunBody;

    async fn put(&self, meta: BodyMeta, body: &RunBody) -> Result<(), CallError> {
        objects::put_body(&self.env, &meta, &body.content()).await
    }
}
