//! The world outside of a Worker's request.

use fashn::response::RunAnswer;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::app::message::BodyMeta;
use crate::app::ports::{
    CallError, FashnRuns, Guards, NotSent, RateLimit, Subscribed, Subscriptions, WorkerPorts,
};
use crate::config::shops::KeyName;
use crate::notify::subscription::SubscribeRequest;
use crate::worker::clients::fashn::{FashnClient, RunBody};
use crate::worker::clients::objects::broken;
use crate::worker::clients::ports::Bound;
use crate::worker::clients::{guards, objects};
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::platform::random;

/// The bindings and settings that a request works with.
pub struct Ports {
    pub env: Env,
    pub deployment: Deployment,
}

impl Bound for Ports {
    fn env(&self) -> &Env {
        &self.env
    }
}

impl Guards for Ports {
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool {
        guards::is_within(&self.env, limit, key).await
    }

    async fn siteverify(&self, question: &str) -> Result<Vec<u8>, CallError> {
        guards::siteverify(question).await
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], CallError> {
        random().map_err(broken)
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

impl FashnRuns for Ports {
    type Body = Uint8Array;

    async fn run(
        &self,
        key: &KeyName,
        body: &Uint8Array,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        let client = FashnClient::new(&self.deployment.settings, key)
            .map_err(|error| NotSent(error.to_string()))?;
        client.run(&RunBody::Bytes(body.clone()), webhook_url).await
    }
}

impl WorkerPorts for Ports {
    async fn put(&self, meta: BodyMeta, body: &Uint8Array) -> Result<(), CallError> {
        objects::put_body(&self.env, &meta, body).await
    }
}
