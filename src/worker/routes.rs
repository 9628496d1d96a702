//! A request from its first byte to its answer.

mod body;
mod dead_letters;
mod events;
mod gateway;
mod health;
mod outputs;
mod run;
mod shop;
mod staff;
mod status;
mod webhooks;

use std::cell::{Cell, RefCell};

use fashn::balance::CreditsBalance;
use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::app::log::{LogEvent, Method, RequestLine};
use crate::app::message::{Request, Response};
use crate::app::metrics::Point;
use crate::app::ports::{CallError, Runtime as _};
use crate::app::problem::Problem;
use crate::auth::ids::{AccountId, Ticket};
use crate::config::limits;
use crate::config::log_level::LogLevel;
use crate::config::shops::KeyName;
use crate::http::cors;
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};
use crate::http::request_id::RequestIds;
use crate::http::route::{NoRoute, Route, below_proxy, route};
use crate::worker::clients::objects;
use crate::worker::clients::ports::Bound as _;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::{Deployment, callers, deployment};
use crate::worker::runtime::platform::{Env, now_ms};
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
                if let Err(error) = touch(&env, settings.account_of(key)).await {
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

/// (1) Read the settings. (2) Find the route. (3) Answer. (4) Add what every answer has, and log it.
async fn serve(head: &str, request: JsValue, env: &Env) -> JsValue {
    // (1)
    let head = RequestHead::parse(head);
    let found = route(head.method, below_proxy(head.path).unwrap_or(head.path));
    let served = Served {
        method: Method::of(head.method),
        route: found.as_ref().map_or("unknown", Route::pattern),
        began_ms: now_ms(),
    };
    let deployment = match deployment(env) {
        Ok(deployment) => deployment,
        Err(errors) => {
            let answered = match found {
                Ok(Route::Health) => Ok(health::live()),
                Ok(Route::Ready) => health::not_ready(env, errors, &head, &callers(env)),
                Ok(Route::Shop) => Ok(shop::unset()),
                Ok(Route::Preflight) => Ok(Reply::empty(204)),
                _ => Err(Problem::NotReady(errors)),
            };
            let headers = match found {
                Ok(Route::Preflight) => cors::preflight_headers(None),
                _ => cors::answer_headers(None),
            };
            return served.finish(answered, headers, None, LogLevel::default());
        }
    };
    let settings = &deployment.settings;
    let level = settings.log_level;
    let public_origin = settings.public_origin.clone();
    let own_origin = &public_origin.unwrap_or_else(|| Origin::of_this(head.own_origin));
    let page = &settings.shops.page_origin(head.header(Header::Origin), own_origin);
    let is_run = matches!(found, Ok(Route::Run));
    let gateway = Gateway { deployment, head, request, own_origin, page, run: Cell::new(None) };
    // (2), (3)
    let mut headers = cors::answer_headers(page.allowed());
    let answered = match found {
        Err(NoRoute::UnknownPath) => Err(Problem::NotFound),
        Err(NoRoute::WrongMethod(allowed)) => Err(Problem::WrongMethod(allowed)),
        Ok(Route::Preflight) => {
            headers = cors::preflight_headers(page.allowed());
            Ok(Reply::empty(204))
        }
        Ok(route) => answer(route, &gateway).await,
    };
    // (4)
    // The account itself counts what it refuses.
    if is_run
        && let Err(problem) = &answered
        && !matches!(problem, Problem::Refused(_))
    {
        gateway.measure(&Point::rejected(problem.name()));
    }
    served.finish(answered, headers, gateway.run.get(), level)
}

/// What the log tells of a request.
struct Served {
    method: Method,
    /// Its route's pattern.
    route: &'static str,
    began_ms: u64,
}

impl Served {
    /// The answer of a route, or of what went wrong, with `headers`.
    fn finish(
        self,
        answered: Result<Reply, Problem>,
        headers: Vec<(&'static str, String)>,
        run: Option<Ticket>,
        level: LogLevel,
    ) -> JsValue {
        thread_local! {
            static IDS: RefCell<RequestIds> = RefCell::new(RequestIds::new(seed()));
        }
        let (reply, problem) = match answered {
            Ok(reply) => (reply.with_headers(headers), None),
            Err(problem) if problem.is_for_any_page() => {
                (Reply::problem(&problem).with_headers(cors::refusal_headers()), Some(problem))
            }
            Err(problem) => (Reply::problem(&problem).with_headers(headers), Some(problem)),
        };
        let (status, id) = (reply.status(), IDS.with_borrow_mut(RequestIds::next_id));
        // Of a caller's own mistake it has the caller's words.
        let is_ours = status >= 500;
        let reason = problem.as_ref().filter(|_| is_ours).map(ToString::to_string);
        let line = RequestLine {
            method: self.method,
            route: self.route,
            status,
            ms: now_ms().saturating_sub(self.began_ms),
            request_id: &id,
            run,
            problem: problem.as_ref().map(Problem::name),
            reason: reason.as_deref(),
        };
        log::write(&LogEvent::Request(line), level);
        let reply = reply.with_headers([("x-request-id", id)]);
        reply.into_response(self.method == Method::Head)
    }
}

/// Request ids begin anywhere. Without randomness they begin at zero, and still don't repeat.
fn seed() -> u64 {
    let mut bytes = [0; 8];
    let _ = getrandom::fill(&mut bytes);
    u64::from_be_bytes(bytes)
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
        Route::Shop => Box::pin(shop::show(gateway)),
        Route::Events => Box::pin(events::count(gateway)),
        Route::Status { id } => Box::pin(status::show(gateway, id)),
        Route::Forget { id } => Box::pin(status::delete(gateway, id)),
        Route::Output { id, n } => Box::pin(outputs::show(gateway, id, n)),
        Route::FashnWebhook { token } => Box::pin(webhooks::fashn(gateway, token)),
        Route::Orders => Box::pin(webhooks::orders(gateway)),
        Route::ShopifyWebhook { topic } => Box::pin(webhooks::shopify(gateway, topic)),
        Route::DeadLetters => Box::pin(dead_letters::list(gateway)),
        Route::SendDeadLetter { id } => Box::pin(dead_letters::send(gateway, id)),
        Route::Health => Box::pin(async { Ok(health::live()) }),
        Route::Ready => Box::pin(health::ready(gateway)),
        Route::StaffAccount => Box::pin(staff::show(gateway)),
        Route::StaffFigures | Route::StaffMe | Route::StaffBrakes | Route::StaffAudit => {
            Box::pin(staff::look(gateway, route))
        }
        Route::StaffBrake => Box::pin(staff::brake(gateway)),
        Route::StaffReceipt => Box::pin(staff::receipt(gateway)),
        Route::StaffRun => Box::pin(staff::run(gateway)),
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
            let key = KeyName::default();
            let balance = gateway.fashn(&key)?.credits().await;
            let balance = balance.map_err(|error| Problem::from(error).for_staff(&key))?;
            LAST.set(Some((now_ms, balance)));
            balance
        }
    };
    Reply::json(200, &balance)
}
