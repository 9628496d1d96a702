//! The only place that knows Cloudflare: it carries requests to the decisions and their effects out.
//!
//! | room | what |
//! |---|---|
//! | here | a request from its first byte to its answer |
//! | `gateway` | settings and bindings, read once an isolate |
//! | `entrance` | who may ask for what costs something, and how often |
//! | `turnstile` | asks Cloudflare about a challenge |
//! | `body` | reading a body up to a cap |
//! | `reply` | answers with the headers that each of them has |
//! | `run`, `quote`, `status`, `output`, `credits`, `webhook`, `shopify`, `health` | a route each |
//! | `shown` | a prediction as its holder sees it |
//! | `outgoing` | requests that the gateway makes |
//! | `fashn_client` | calls to FASHN |
//! | `confirm` | asks FASHN what became of a run, and keeps its pictures |
//! | `sending` | a run on its way to FASHN |
//! | `prediction_object`, `predictions` | the Durable Object of a prediction, and how to reach it |
//! | `listening`, `ear` | who listens to a prediction, and their open answers |
//! | `relaying` | tells the merchant's backend how a prediction ended |
//! | `dispatcher_object`, `dispatchers` | the Durable Object that says who may go next, and how to reach it |
//! | `object_call`, `storage` | what the two objects share |
//! | `kept_output` | pictures in Workers KV |
//! | `log` | log lines |

mod body;
mod confirm;
mod credits;
mod dispatcher_object;
mod dispatchers;
mod ear;
mod entrance;
mod fashn_client;
mod gateway;
mod health;
mod kept_output;
mod listening;
mod log;
mod object_call;
mod outgoing;
mod output;
mod prediction_object;
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
mod turnstile;
mod webhook;

use worker::{Context, Env, Request, Response, Result, event};

use crate::caller;
use crate::cors;
use crate::origin::Origin;
use crate::problem::Problem;
use crate::route::{NoRoute, Route, below_proxy, route};
use crate::visitor;
use gateway::Gateway;
use reply::Reply;

/// (1) Read the settings. (2) Find the route. (3) Let it answer. (4) Add what every answer has.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> Result<Response> {
    // (1)
    let url = request.url()?;
    let origin = request.headers().get("origin")?;
    let gateway = gateway::open(&env, &url);
    let page = gateway
        .as_ref()
        .ok()
        .zip(origin.as_deref())
        .and_then(|(gateway, origin)| {
            caller::allowed_origin(origin, &gateway.own_origin, &gateway.settings)
        });
    // (2)
    let path = below_proxy(url.path()).unwrap_or(url.path());
    let method = request.method();
    let answered = match route(method.as_ref(), path) {
        Err(NoRoute::UnknownPath) => Err(Problem::NotFound),
        Err(NoRoute::WrongMethod(allowed)) => Err(Problem::WrongMethod(allowed)),
        Ok(Route::Health) => Ok(health::live()),
        Ok(Route::Ready) => Ok(health::ready(
            &env,
            gateway.as_ref().err().map(Vec::as_slice),
        )),
        Ok(Route::Preflight) => return preflight(page.as_ref()),
        // (3)
        Ok(route) => match &gateway {
            Err(problems) => Err(Problem::NotReady(problems.clone())),
            Ok(gateway) => answer(route, gateway, &mut request, origin.as_deref()).await,
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
        .into_response(method == worker::Method::Head)
}

async fn answer(
    route: Route<'_>,
    gateway: &Gateway,
    request: &mut Request,
    origin: Option<&str>,
) -> std::result::Result<Reply, Problem> {
    match route {
        Route::Run | Route::Quote => {
            let guest = entrance::open(gateway, request, origin, route).await?;
            let reply = if route == Route::Run {
                run::create(gateway, request, &guest).await
            } else {
                quote::show(gateway, request, &guest).await
            };
            let token = guest.token.map(|token| (visitor::HEADER, token));
            reply.map(|reply| reply.with_headers(token))
        }
        Route::Credits => credits::show(gateway, request, origin).await,
        Route::Status { id } => status::show(gateway, request, id).await,
        Route::Forget { id } => status::forget(gateway, id).await,
        Route::Output { id, n } => output::show(gateway, request, id, n).await,
        Route::FashnWebhook { token } => webhook::receive(gateway, request, token).await,
        Route::ShopifyWebhook { topic } => shopify::receive(gateway, request, topic).await,
        Route::Health | Route::Ready | Route::Preflight => Err(Problem::NotFound),
    }
}

fn preflight(page: Option<&Origin>) -> Result<Response> {
    Reply::empty(204)
        .with_headers(cors::preflight_headers(page))
        .into_response(false)
}

/// A path for the log, without the id or token in it.
fn label(path: &str) -> &str {
    const PREFIXES: [&str; 3] = ["/v1/status/", "/v1/outputs/", "/webhooks/fashn/"];
    PREFIXES
        .into_iter()
        .find(|prefix| path.starts_with(prefix))
        .unwrap_or(path)
}
