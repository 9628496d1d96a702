//! A request, and what it is answered with.

use std::cell::Cell;

use wasm_bindgen::JsValue;

use crate::app::authorize::Authority;
use crate::app::message::BodyMeta;
use crate::app::operator::AccessKeys;
use crate::app::ports::{
    AccessPorts, CallError, Guards, RateLimit, Subscribed, Subscriptions, WorkerPorts,
};
use crate::app::problem::Problem;
use crate::auth::access::Access;
use crate::auth::caller::PageOrigin;
use crate::auth::ids::Ticket;
use crate::auth::roles::Operator;
use crate::auth::turnstile::SITEVERIFY;
use crate::config::limits;
use crate::http::origin::Origin;
use crate::http::request_head::RequestHead;
use crate::notify::subscription::SubscribeRequest;
use crate::worker::clients::fashn::RunBody;
use crate::worker::clients::objects::{self, broken};
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::{Deployment, binding};
use crate::worker::runtime::log;
use crate::worker::runtime::outgoing::Outgoing;
use crate::worker::runtime::platform::{JsError, is_within, verify_rs256};

/// A request, and what it is answered with.
pub struct Gateway<'r> {
    pub deployment: Deployment,
    pub head: RequestHead<'r>,
    /// The platform's own request.
    pub request: JsValue,
    /// Where the gateway is reached from outside.
    pub own_origin: &'r Origin,
    pub page: &'r PageOrigin,
    /// The run that the request is about, once it is known.
    pub run: Cell<Option<Ticket>>,
}

impl Gateway<'_> {
    pub fn authority(&self) -> Authority<'_> {
        let Deployment { settings, signer, .. } = &self.deployment;
        Authority { settings, signer, own_origin: self.own_origin, page: self.page }
    }

    /// Which of the staff calls.
    pub async fn operator(&self) -> Result<Operator, Problem> {
        thread_local! {
            static KEYS: AccessKeys = AccessKeys::default();
        }
        let keys = KEYS.with(AccessKeys::clone);
        self.authority().operator(self, &keys, &self.head).await
    }
}

impl Bound for Gateway<'_> {
    fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

impl Guards for Gateway<'_> {
    /// A limit that isn't bound, or throws, lets every request pass.
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool {
        let name = match limit {
            RateLimit::Address => binding::ADDRESS_RATE,
            RateLimit::Visitor => binding::VISITOR_RATE,
            RateLimit::Lookup => binding::LOOKUP_RATE,
        };
        if !self.deployment.rates.contains(&name) {
            return true;
        }
        match is_within(&self.deployment.env, name, key).await {
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

    fn random<const N: usize>(&self) -> Result<[u8; N], CallError> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| CallError::Broken(error.to_string()))?;
        Ok(bytes)
    }
}

impl AccessPorts for Gateway<'_> {
    async fn access_keys(&self, access: &Access) -> Result<Vec<u8>, CallError> {
        let url = &[&*access.team, "/cdn-cgi/access/certs"].concat();
        let outgoing = Outgoing { method: "GET", url, headers: &[], body: &JsValue::NULL };
        let answered = outgoing.exchange(limits::ACCESS_TIMEOUT_MS, limits::ACCESS_KEYS_BYTES);
        Ok(answered.await.map_err(broken)?.1)
    }

    async fn is_signed_by(&self, key: &str, signed: &str, signature: &[u8]) -> bool {
        let verified = verify_rs256(key, signed, signature.to_vec()).await;
        verified.is_ok_and(|is_right| is_right.is_truthy())
    }
}

impl Subscriptions for Gateway<'_> {
    type Stream = JsValue;

    async fn subscribe(
        &self,
        request: &SubscribeRequest,
    ) -> Result<Subscribed<JsValue>, CallError> {
        objects::subscribe(&self.deployment.env, request).await
    }
}

impl WorkerPorts for Gateway<'_> {
    async fn put(&self, meta: BodyMeta, body: &RunBody) -> Result<(), CallError> {
        objects::put_body(&self.deployment.env, &meta, &body.content()).await
    }
}
