//! Cloudflare's guards: rate limits, and Turnstile's siteverify.

use wasm_bindgen::JsValue;
use worker::Env;

use crate::app::ports::{CallError, RateLimit};
use crate::auth::turnstile::SITEVERIFY;
use crate::config::limits;
use crate::worker::clients::objects::broken;
use crate::worker::runtime::deployment::binding;
use crate::worker::runtime::log;
use crate::worker::runtime::outgoing::Outgoing;
use crate::worker::runtime::platform::{is_within as is_within_limit, settled};

/// Counts one request. A limit that isn't bound, or throws, lets it pass.
pub async fn is_within(env: &Env, limit: RateLimit, key: &str) -> bool {
    let name = match limit {
        RateLimit::Address => binding::ADDRESS_RATE,
        RateLimit::Visitor => binding::VISITOR_RATE,
        RateLimit::Lookup => binding::LOOKUP_RATE,
    };
    match settled(is_within_limit(env, name, key)).await {
        Ok(is_within) => is_within.is_truthy(),
        Err(error) => {
            log::error(name, &error.to_string());
            true
        }
    }
}

/// Asks about a challenge's token.
pub async fn siteverify(question: &str) -> Result<Vec<u8>, CallError> {
    let outgoing = Outgoing {
        method: "POST",
        url: SITEVERIFY,
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: &JsValue::from_str(question),
    };
    let ms = limits::SITEVERIFY_TIMEOUT_MS;
    let answered = outgoing.exchange(ms, &[], limits::SITEVERIFY_BYTES).await;
    Ok(answered.map_err(broken)?.body)
}
