//! `GET /healthz` and `GET /readyz`.

use serde::Serialize;
use worker::Env;

use crate::app::problem::Problem;
use crate::config::error::SettingError;
use crate::worker::runtime::deployment::{binding, is_bound};
use crate::worker::runtime::reply::Reply;

#[derive(Serialize)]
struct Ready {
    ready: bool,
    problems: Vec<SettingError>,
}

/// The Worker runs.
pub fn live() -> Reply {
    Reply::of_json(200, r#"{"status":"ok"}"#)
}

/// The Worker can work, or everything that keeps it from it.
pub fn ready(env: &Env, settings: &[SettingError]) -> Result<Reply, Problem> {
    let mut problems = settings.to_vec();
    for (setting, kind) in [
        (binding::ACCOUNT, "Durable Object"),
        (binding::BODY, "Durable Object"),
        (binding::OUTPUTS, "KV"),
    ] {
        if !is_bound(env, setting) {
            let message = format!("is missing: wrangler.toml has it as a {kind} binding");
            problems.push(SettingError { setting, message });
        }
    }
    let ready = problems.is_empty();
    Reply::json(if ready { 200 } else { 503 }, &Ready { ready, problems })
}
