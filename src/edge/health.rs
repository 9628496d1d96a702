//! `GET /healthz` and `GET /readyz`.

use serde::Serialize;
use worker::Env;

use super::gateway::binding;
use super::reply::Reply;
use crate::problem::Problem;
use crate::settings::SettingProblem;

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
    if env.durable_object(binding::PREDICTION).is_err() {
        problems.push(missing(binding::PREDICTION, "Durable Object"));
    }
    if env.durable_object(binding::DISPATCHER).is_err() {
        problems.push(missing(binding::DISPATCHER, "Durable Object"));
    }
    if env.kv(binding::OUTPUTS).is_err() {
        problems.push(missing(binding::OUTPUTS, "KV"));
    }
    let ready = problems.is_empty();
    Reply::json(if ready { 200 } else { 503 }, &Ready { ready, problems })
        .unwrap_or_else(Reply::problem)
}

/// A binding that should be there.
pub fn missing_binding(name: &str, error: &worker::Error) -> Problem {
    Problem::Internal(format!("binding {name}: {error}"))
}

fn missing(setting: &'static str, kind: &str) -> SettingProblem {
    SettingProblem {
        setting,
        message: format!("is missing: wrangler.toml has it as a {kind} binding"),
    }
}
