//! The only place that knows Cloudflare: the Worker's entry, and the Durable Object behind it.
//!
//! Everything of the sandbox is in one object, the desk: accounts, runs, outputs, faults, clock and alarm. One
//! object means one order of events, which is what a test reads from the journal, and a control route that
//! needs no key. FASHN's own limits (50 runs a minute a key) are far below what one object serves.

mod control;
mod deliver;
mod desk_do;
mod load;
mod manner;
mod outputs;
mod requests;
mod storage;

use worker::{Context, Env, Request, Response, Result, event};

/// The Durable Object binding, and the one object's name.
const BINDING: &str = "DESK";
const NAME: &str = "desk";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let answer = {
        let desk = env.durable_object(BINDING)?.get_by_name(NAME)?;
        desk.fetch_with_request(request).await?
    };
    manner::carry(answer).await
}
