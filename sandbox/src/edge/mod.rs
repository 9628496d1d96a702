//! The only module that depends on Cloudflare: the Worker's entry, and the Durable Object behind
//! it.
//!
//! One object has all of the sandbox: accounts, runs, outputs, faults, clock and alarm. So there is
//! one order of events, which tests read from the journal, and the control route needs no key.
//! FASHN's own limits (50 runs a minute a key) are far below what one object serves.

mod api;
mod control;
mod deliver;
mod host;
mod outputs;
mod render;
mod service_object;
mod storage;
mod transmission;

use worker::{Context, Env, Request, Response, Result, event};

/// The Durable Object binding, and the one object's name.
const BINDING: &str = "DESK";
const NAME: &str = "desk";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let response = {
        let object = env.durable_object(BINDING)?.get_by_name(NAME)?;
        object.fetch_with_request(request).await?
    };
    transmission::send(response).await
}
