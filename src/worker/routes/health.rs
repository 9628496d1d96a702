//! `GET /healthz` and `GET /readyz`.

use serde::Serialize;
use worker::Env;

use crate::app::problem::Problem;
use crate::config::error::SettingError;
use crate::worker::runtime::deployment::{binding, is_bound};
use crate::worker::runtime::reply::Reply;

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    problems: Vec<SettingError>,
}

/// The Worker runs.
pub fn live() -> Result<Reply, Problem> {
    Reply::json(200, &Live { status: "ok" })
}

/// The Worker can work, or everything that keeps it from it.
pub fn ready(env: &Env, settings: &[SettingError]) -> Result<Reply, Problem> {
    let mut problems = settings.to_vec();
    for (name, kind) in [
        (binding::ACCOUNT, "Durable Object"),
        (binding::BODY, "Durable Object"),
        (binding::OUTPUTS, "KV"),
    ] {
        if !is_bound(env, name) {
            problems.push(SettingError {
                setting: name,
                message: format!("is missing: wrangler.toml has it as a {kind} binding"),
            });
        }
    }
    let ready = problems.is_empty();
    Reply::json(if ready { 200 } else { 503 }, &Ready { ready, problems })
}
