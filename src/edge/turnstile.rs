//! Asks Cloudflare whether a shopper's challenge was passed, before the body is read.

use wasm_bindgen::JsValue;

use super::gateway::Gateway;
use super::platform::{Asked, Outgoing};
use crate::app::problem::Problem;
use crate::auth::turnstile::{HEADER, Turnstile, Unpassed};
use crate::config::limits;
use crate::http::request_head::Head;

/// (1) Read the token. (2) Ask. (3) Judge.
pub async fn pass(
    gateway: &Gateway,
    turnstile: &Turnstile,
    head: &Head<'_>,
) -> Result<(), Problem> {
    // (1)
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::Internal(format!("no randomness: {error}")))?;
    let question = turnstile
        .question(
            head.header(HEADER),
            head.header("idempotency-key"),
            random,
            &gateway.signer,
        )
        .map_err(Problem::Challenge)?;
    // (2)
    let answer = ask(&turnstile.siteverify, &question)
        .await
        .map_err(|error| Problem::Challenge(Unpassed::NoAnswer(error.to_string())))?;
    // (3)
    turnstile.judge(&answer).map_err(Problem::Challenge)
}

async fn ask(siteverify: &str, question: &str) -> Asked<Vec<u8>> {
    let asked = Outgoing {
        method: "POST",
        url: siteverify,
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: &JsValue::from_str(question),
    };
    let answered = asked
        .exchange(limits::SITEVERIFY_TIMEOUT_MS, &[], limits::ANSWER_BYTES)
        .await?;
    Ok(answered.body)
}
