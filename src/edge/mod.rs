//! The only place that knows Cloudflare: it carries requests to the decisions and their effects out.
//!
//! | room | what |
//! |---|---|
//! | here | a request from its first byte to its answer |
//! | `incoming` | a request that came in |
//! | `gateway` | settings and bindings, read once an isolate |
//! | `entrance` | who may ask for what costs something, and how often |
//! | `turnstile` | asks Cloudflare about a challenge |
//! | `body` | reading a body up to a cap |
//! | `reply` | answers with the headers that each of them has |
//! | `run`, `quote`, `status`, `output`, `credits`, `webhook`, `shopify`, `health` | a route each |
//! | `shown` | a prediction as its holder sees it |
//! | `fashn_client` | calls to FASHN |
//! | `confirm` | asks FASHN what became of a run, and keeps its pictures |
//! | `sending` | a run on its way to FASHN |
//! | `prediction_object`, `predictions` | the Durable Object of a batch of predictions, and how to reach one of them |
//! | `desk` | one prediction at work there |
//! | `prediction_storage` | what is stored of it, and the alarm of all |
//! | `listening`, `ear` | who listens to a prediction, and their open answers |
//! | `relaying` | tells the merchant's backend how a prediction ended |
//! | `dispatcher_object`, `dispatchers` | the Durable Object that says who may go next, and how to reach it |
//! | `object_address`, `object_call` | what is said to an object, in bytes and in types |
//! | `storage` | what an object stores, read and written |
//! | `platform` | what is asked of JavaScript: answers, requests, storage, promises |
//! | `worker.js`, `task` | the door: what the platform calls, and work that it waits for |
//! | `kept_output` | pictures in Workers KV |
//! | `log` | log lines |

mod body;
mod confirm;
mod credits;
mod desk;
mod dispatcher_object;
mod dispatchers;
mod ear;
mod entrance;
mod fashn_client;
mod gateway;
mod health;
mod incoming;
mod kept_output;
mod listening;
mod log;
mod object_address;
mod object_call;
mod output;
mod platform;
mod prediction_object;
mod prediction_storage;
mod predictions;
mod quote;
mod relaying;
mod reply;
mod run;
mod sending;
mod shopify;
mod shown;
mod status;
mod storage;
mod task;
mod turnstile;
mod webhook;

use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::app::problem::Problem;
use crate::auth::caller;
use crate::auth::visitor;
use crate::http::cors;
use crate::http::request_head::{self, Head};
use crate::http::route::{NoRoute, Route, below_proxy, route};
use entrance::Guest;
use gateway::Gateway;
use incoming::Incoming;
use reply::Reply;

/// The names of the headers that [`fetch`] is told, a line each.
#[wasm_bindgen]
#[must_use]
pub fn header_names() -> String {
    head::READ.join("\n")
}

/// How many of them it is told of a request without a body.
#[wasm_bindgen]
#[must_use]
pub fn bare_header_names() -> usize {
    head::READ_BARE
}

/// A request: its head, as [`Head`] reads it, and the platform's own, for its body.
#[wasm_bindgen]
pub fn fetch(head: String, request: JsValue, env: Env) -> Result<JsValue, JsValue> {
    task::begin(async move { Ok(serve(&head, request, &env).await) })
}

/// (1) Read the settings. (2) Find the route. (3) Let it answer. (4) Add what every answer has.
async fn serve(head: &str, platform: JsValue, env: &Env) -> JsValue {
    // (1)
    let head = Head::parse(head);
    let request = Incoming { head, platform };
    let origin = head.header("origin");
    let gateway = gateway::open(env, &head);
    let page = gateway
        .as_ref()
        .ok()
        .zip(origin)
        .and_then(|(gateway, origin)| {
            caller::allowed_origin(origin, &gateway.own_origin, &gateway.settings)
        });
    // (2)
    let path = below_proxy(head.path).unwrap_or(head.path);
    let answered = match route(head.method, path) {
        Err(NoRoute::UnknownPath) => Err(Problem::NotFound),
        Err(NoRoute::WrongMethod(allowed)) => Err(Problem::WrongMethod(allowed)),
        Ok(Route::Health) => Ok(health::live()),
        Ok(Route::Ready) => Ok(health::ready(
            env,
            gateway.as_ref().err().map(Vec::as_slice),
        )),
        Ok(Route::Preflight) => {
            let allowed = cors::preflight_headers(page.as_ref());
            return Reply::empty(204).with_headers(allowed).into_response(false);
        }
        // (3)
        Ok(route) => match &gateway {
            Err(problems) => Err(Problem::NotReady(problems.clone())),
            Ok(gateway) => answer(route, gateway, &request).await,
        },
    };
    // (4)
    let reply = answered.unwrap_or_else(|problem| {
        if problem.is_ours() {
            log::error(label(path), &problem);
        }
        Reply::problem(problem)
    });
    reply
        .with_headers(cors::answer_headers(page.as_ref()))
        .into_response(head.method == "HEAD")
}

/// Each route's own future: an isolate that starts compiles only what it is asked for.
fn answer<'r>(
    route: Route<'r>,
    gateway: &'r Gateway,
    request: &'r Incoming<'_>,
) -> LocalBoxFuture<'r, Result<Reply, Problem>> {
    match route {
        Route::Run => Box::pin(async move {
            let guest = entrance::open(gateway, request, route).await?;
            let reply = run::create(gateway, request, &guest).await;
            greeted(reply, guest)
        }),
        Route::Quote => Box::pin(async move {
            let guest = entrance::open(gateway, request, route).await?;
            let reply = quote::show(gateway, request, &guest).await;
            greeted(reply, guest)
        }),
        Route::Credits => Box::pin(credits::show(gateway, request)),
        Route::Status { id } => Box::pin(status::show(gateway, request, id)),
        Route::Forget { id } => Box::pin(status::forget(gateway, id)),
        Route::Output { id, n } => Box::pin(output::show(gateway, request, id, n)),
        Route::FashnWebhook { token } => Box::pin(webhook::receive(gateway, request, token)),
        Route::ShopifyWebhook { topic } => Box::pin(shopify::receive(gateway, request, topic)),
        Route::Health | Route::Ready | Route::Preflight => {
            Box::pin(async { Err(Problem::NotFound) })
        }
    }
}

/// The answer with the guest's new token, if they were given one.
fn greeted(reply: Result<Reply, Problem>, guest: Guest<'_>) -> Result<Reply, Problem> {
    let token = guest.token.map(|token| (visitor::HEADER, token));
    reply.map(|reply| reply.with_headers(token))
}

/// A path for the log, without the id or token in it.
fn label(path: &str) -> &str {
    const PREFIXES: [&str; 3] = ["/v1/status/", "/v1/outputs/", "/webhooks/fashn/"];
    PREFIXES
        .into_iter()
        .find(|prefix| path.starts_with(prefix))
        .unwrap_or(path)
}
