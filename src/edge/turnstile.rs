//! Asks Cloudflare whether a shopper's challenge was passed, before the body is read.

use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Headers, Method, Request};

use super::gateway::Gateway;
use super::outgoing;
use crate::limits;
use crate::problem::Problem;
use crate::turnstile::{HEADER, Turnstile, Unpassed};

/// (1) Read the token. (2) Ask. (3) Judge.
pub async fn pass(
    gateway: &Gateway,
    turnstile: &Turnstile,
    request: &Request,
) -> Result<(), Problem> {
    // (1)
    let header = |name| request.headers().get(name).ok().flatten();
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::Internal(format!("no randomness: {error}")))?;
    let question = turnstile
        .question(
            header(HEADER).as_deref(),
            header("idempotency-key").as_deref(),
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

async fn ask(siteverify: &str, question: &str) -> worker::Result<Vec<u8>> {
    let headers = Headers::new();
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    let question = JsValue::from_str(question);
    let request = outgoing::request(&Method::Post, siteverify, &headers, Some(&question))?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(
        limits::SITEVERIFY_TIMEOUT_MS,
    ));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    response.bytes().await
}
