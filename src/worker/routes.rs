//! A request from its first byte to its answer.

mod body;
mod gateway;
mod health;
mod outputs;
mod run;
mod staff;
mod status;
mod webhooks;

use std::cell::Cell;

use fashn::balance::CreditsBalance;
use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::app::message::{Request, Response};
use crate::app::ports::CallError;
use crate::app::problem::Problem;
use crate::auth::caller::PageOrigin;
use crate::auth::ids::AccountId;
use crate::config::limits;
use crate::config::shops::KeyName;
use crate::http::cors;
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};
use crate::http::route::{NoRoute, Route, below_proxy, route};
use crate::worker::clients::objects;
use crate::worker::clients::ports::Bound as _;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::{Deployment, callers, deployment};
use crate::worker::runtime::platform::now_ms;
use crate::worker::runtime::reply::Reply;
use crate::worker::runtime::{log, task};

/// The names of the headers that [`fetch`] gets, a line each.
#[wasm_bindgen]
pub fn header_names() -> String {
    Header::ALL.map(Header::name).join("\n")
}

/// Answers a request: its head, as [`RequestHead`] reads it, and the platform's own, for its body.
#[wasm_bindgen]
pub fn fetch(head: String, request: JsValue, env: Env) -> Result<JsValue, JsValue> {
    task::begin(async move { Ok(serve(&head, request, &env).await) })
}

/// The daily cron trigger: touches each account, so that an alarm that never came is set again.
#[wasm_bindgen]
pub fn scheduled(env: Env) -> Result<JsValue, JsValue> {
    task::begin(async move {
        if let Ok(Deployment { env, settings, .. }) = deployment(&env) {
            for key in settings.shops.keys() {
                let account = AccountId::of_key(key.as_str(), settings.jurisdiction);
                if let Err(error) = touch(&env, account).await {
                    log::error("scheduled", &error.to_string());
                }
            }
        }
        Ok(JsValue::UNDEFINED)
    })
}

async fn touch(env: &Env, account: AccountId) -> Result<Response, CallError> {
    objects::account(env, account)?.ask(&Request::Touch).await
}

/// (1) Read the settings. (2) Find the route. (3) Answer. (4) Add what every answer has.
async fn serve(head: &str, request: JsValue, env: &Env) -> JsValue {
    // (1)
    let head = RequestHead::parse(head);
    let is_head = head.method == "HEAD";
    let path = below_proxy(head.path).unwrap_or(head.path);
    let found = route(head.method, path);
    let deployment = match deployment(env) {
        Ok(deployment) => deployment,
        Err(errors) => {
            let answered = match found {
                Ok(Route::Health) => Ok(health::live()),
                Ok(Route::Ready) => health::not_ready(env, errors, &head, &callers(env)),
                _ => Err(Problem::NotReady(errors)),
            };
            return finish(answered, path, &PageOrigin::Absent).into_response(is_head);
        }
    };
    let settings = &deployment.settings;
    let public_origin = settings.public_origin.clone();
    let own_origin = &public_origin.unwrap_or_else(|| Origin::of_this(head.own_origin));
    let page = &settings.shops.page_origin(head.header(Header::Origin), own_origin);
    let gateway = Gateway { deployment, head, request, own_origin, page };
    // (2), (3)
    let answered = match found {
        Err(NoRoute::UnknownPath) => Err(Problem::NotFound),
        Err(NoRoute::WrongMethod(allowed)) => Err(Problem::WrongMethod(allowed)),
        Ok(Route::Preflight) => {
            let allowed = cors::preflight_headers(page.allowed());
            return Reply::empty(204).with_headers(allowed).into_response(false);
        }
        Ok(route) => answer(route, &gateway).await,
    };
    // (4)
    finish(answered, path, page).into_response(is_head)
}

/// The answer of a route, or of what went wrong, for the page that asks.
fn finish(answered: Result<Reply, Problem>, path: &str, page: &PageOrigin) -> Reply {
    let reply = answered.unwrap_or_else(|problem| {
        if problem.is_ours() {
            log::error(label(path), &problem.to_string());
        }
        Reply::problem(&problem)
    });
    reply.with_headers(cors::answer_headers(page.allowed()))
}

/// Each route's own future: an isolate that starts compiles only what it is asked for.
fn answer<'r>(
    route: Route<'r>,
    gateway: &'r Gateway<'r>,
) -> LocalBoxFuture<'r, Result<Reply, Problem>> {
    match route {
        Route::Run => Box::pin(run::create(gateway)),
        Route::Quote => Box::pin(run::quote(gateway)),
        Route::Credits => Box::pin(credits(gateway)),
        Route::Status { id } => Box::pin(status::show(gateway, id)),
        Route::Forget { id } => Box::pin(status::delete(gateway, id)),
        Route::Output { id, n } => Box::pin(outputs::show(gateway, id, n)),
        Route::FashnWebhook { token } => Box::pin(webhooks::fashn(gateway, token)),
        Route::ShopifyWebhook { topic } => Box::pin(webhooks::shopify(gateway, topic)),
        Route::Health => Box::pin(async { Ok(health::live()) }),
        Route::Ready => Box::pin(health::ready(gateway)),
        Route::StaffAccount => Box::pin(staff::show(gateway)),
        Route::Staff(action) => Box::pin(staff::change(gateway, action)),
        Route::Preflight => Box::pin(async { Err(Problem::NotFound) }),
    }
}

/// `GET /v1/credits`, for staff: FASHN's balance of the default shop's key, at most some seconds
/// old. It decides nothing.
async fn credits(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    thread_local! {
        static LAST: Cell<Option<(u64, CreditsBalance)>> = const { Cell::new(None) };
    }
    let now_ms = now_ms();
    gateway.authority().require_staff(&gateway.head, now_ms)?;
    let balance = match LAST.get() {
        Some((at_ms, balance)) if now_ms.saturating_sub(at_ms) < limits::CREDITS_CACHE_MS => {
            balance
        }
        _ => {
            let balance = gateway.fashn(&KeyName::default())?.credits().await?;
            LAST.set(Some((now_ms, balance)));
            balance
        }
    };
    Reply::json(200, &balance)
}

/// A path for the log, without the id or token in it.
fn label(path: &str) -> &str {
    const PREFIXES: [&str; 3] = ["/v1/status/", "/v1/outputs/", "/webhooks/fashn/"];
    PREFIXES.into_iter().find(|prefix| path.starts_with(prefix)).unwrap_or(path)
}
