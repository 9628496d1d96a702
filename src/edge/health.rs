//! `GET /healthz` and `GET /readyz`.

use serde::Serialize;
use worker::Env;

use super::gateway::binding;
use super::platform::is_bound;
use super::reply::Reply;
use crate::config::settings::SettingProblem;

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    problems: Vec<SettingProblem>,
}

/// The Worker runs.
pub fn live() -> Reply {
    Reply::json(200, &Live { status: "ok" }).unwrap_or_else(Reply::problem)
}

/// The Worker can work, or everything that keeps it from it.
pub fn ready(env: &Env, settings: Option<&[SettingProblem]>) -> Reply {
    let mut problems = settings.unwrap_or_default().to_vec();
    if !is_bound(env, binding::PREDICTION) {
        problems.push(missing(binding::PREDICTION, "Durable Object"));
    }
    if !is_bound(env, binding::DISPATCHER) {
        problems.push(missing(binding::DISPATCHER, "Durable Object"));
    }
    if !is_bound(env, binding::OUTPUTS) {
        problems.push(missing(binding::OUTPUTS, "KV"));
    }
    let ready = problems.is_empty();
    Reply::json(if ready { 200 } else { 503 }, &Ready { ready, problems })
        .unwrap_or_else(Reply::problem)
}

fn missing(setting: &'static str, kind: &str) -> SettingProblem {
    SettingProblem {
        setting,
        message: format!("is missing: wrangler.toml has it as a {kind} binding"),
    }
}
