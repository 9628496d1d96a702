//! The world outside of a Worker's request.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::app::message::{BodyMeta, Request, Response};
use crate::app::ports::{
    Accounts, BodyStore, CallError, Clock, FashnRuns, Guards, Log, NotSent, OutputStore,
    Randomness, RateLimit, Subscribed, Subscriptions,
};
use crate::auth::ids::{AccountId, Ticket};
use crate::config::shops::KeyName;
use crate::fashn_api::response::RunAnswer;
use crate::notify::subscription::SubscribeRequest;
use crate::worker::clients::fashn::{FashnClient, RunBody};
use crate::worker::clients::objects::broken;
use crate::worker::clients::{guards, objects, output_store};
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::log;
use crate::worker::runtime::platform::{now_ms, random, sleep};

/// The bindings and settings that a request works with.
pub struct Ports {
    pub env: Env,
    pub deployment: Deployment,
}

impl Clock for Ports {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    async fn sleep(&self, ms: u64) {
        sleep(ms).await;
    }
}

impl Log for Ports {
    fn error(&self, place: &'static str, reason: &str) {
        log::error(place, reason);
    }
}

impl Randomness for Ports {
    fn random<const N: usize>(&self) -> Result<[u8; N], CallError> {
        random().map_err(broken)
    }
}

impl Guards for Ports {
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool {
        guards::is_within(&self.env, limit, key).await
    }

    async fn siteverify(&self, question: &str) -> Result<Vec<u8>, CallError> {
        guards::siteverify(question).await
    }
}

impl Accounts for Ports {
    async fn ask(&self, account: AccountId, request: Request) -> Result<Response, CallError> {
        objects::ask(&self.env, account, &request).await
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

impl BodyStore for Ports {
    type Body = Uint8Array;

    async fn put(&self, meta: BodyMeta, body: &Uint8Array) -> Result<(), CallError> {
        objects::put_body(&self.env, &meta, body).await
    }
}

impl OutputStore for Ports {
    async fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        output_store::put(&self.env, ticket, index, bytes, ttl_seconds).await
    }

    async fn get(
        &self,
        ticket: &Ticket,
        index: usize,
        pieces: usize,
        length: usize,
    ) -> Result<Option<Vec<u8>>, CallError> {
        output_store::get(&self.env, ticket, index, pieces, length).await
    }

    async fn delete(&self, ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError> {
        output_store::delete(&self.env, ticket, index, pieces).await
    }
}
