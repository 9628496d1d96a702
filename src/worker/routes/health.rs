//! `GET /healthz` and `GET /readyz`.

use std::cell::RefCell;

use serde::Serialize;

use crate::app::problem::Problem;
use crate::app::readiness::Readiness;
use crate::auth::authenticate::{CallerSecrets, authenticate};
use crate::auth::caller::{Caller, PageOrigin};
use crate::config::error::SettingError;
use crate::config::limits;
use crate::http::request_head::RequestHead;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::{binding, is_bound};
use crate::worker::runtime::platform::{Env, now_ms};
use crate::worker::runtime::reply::Reply;

/// What everyone sees.
#[derive(Serialize)]
struct Ready {
    ready: bool,
}

/// The Worker runs.
pub fn live() -> Reply {
    Reply::of_json(200, r#"{"status":"ok"}"#)
}

/// The Worker can work, or not.
pub async fn ready(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    thread_local! {
        static LAST: RefCell<Option<(u64, Readiness)>> = const { RefCell::new(None) };
    }
    let deployment = &gateway.deployment;
    let now_ms = now_ms();
    let is_fresh =
        |at_ms: u64| (at_ms..at_ms.saturating_add(limits::READINESS_CACHE_MS)).contains(&now_ms);
    let last = LAST.with_borrow(Clone::clone).filter(|(at_ms, _)| is_fresh(*at_ms));
    let readiness = if let Some((_, readiness)) = last {
        readiness
    } else {
        let missing = missing_bindings(&deployment.env);
        let readiness = if missing.is_empty() {
            Readiness::of_accounts(gateway, &deployment.settings, binding::ACCOUNT).await
        } else {
            Readiness::of_problems(missing)
        };
        LAST.set(Some((now_ms, readiness.clone())));
        readiness
    };
    // Reasons may be about any shop.
    let operator = gateway.operator().await;
    shown(&readiness, operator.is_ok_and(|operator| operator.shop.is_none()))
}

/// The settings are wrong.
pub fn not_ready(
    env: &Env,
    mut problems: Vec<SettingError>,
    head: &RequestHead<'_>,
    callers: &CallerSecrets,
) -> Result<Reply, Problem> {
    problems.extend(missing_bindings(env));
    let caller = authenticate(head, &PageOrigin::Absent, callers, now_ms());
    let is_staff = caller.is_ok_and(|caller| Caller::is_staff(&caller));
    shown(&Readiness::of_problems(problems), is_staff)
}

fn missing_bindings(env: &Env) -> Vec<SettingError> {
    let bindings = [
        (binding::ACCOUNT, "Durable Object"),
        (binding::BODY, "Durable Object"),
        (binding::OUTPUTS, "KV"),
    ];
    let missing = bindings.into_iter().filter(|(setting, _)| !is_bound(env, setting));
    let error = |(setting, kind)| {
        let message = format!("is missing: wrangler.toml has it as a {kind} binding");
        SettingError { setting, message }
    };
    missing.map(error).collect()
}

/// Reasons are for staff alone.
fn shown(readiness: &Readiness, is_staff: bool) -> Result<Reply, Problem> {
    let status = if readiness.ready { 200 } else { 503 };
    if is_staff {
        Reply::json(status, readiness)
    } else {
        Reply::json(status, &Ready { ready: readiness.ready })
    }
}
