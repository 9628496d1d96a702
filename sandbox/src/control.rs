//! `/_sandbox/…`: faults, settings, clock, credits and the journal. It asks for no key, and is off
//! unless the var `SANDBOX_CONTROL` is `on`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Balance;
use crate::fault::Fault;
use crate::id::AccountId;
use crate::journal::journal;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::service::Service;

/// A request to the control route.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The rest after `/_sandbox/`.
    pub path: &'a str,
    /// `?account=`, or the account of `?key=`.
    pub account: Option<&'a AccountId>,
    /// JSON, or empty.
    pub body: &'a [u8],
}

/// The result of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Send this reply.
    Reply(Reply),
    /// Delete everything and start with that seed, if one was given, then send this reply.
    Reset(Option<u64>, Reply),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Clock {
    /// Forward by that time.
    AdvanceMs(u64),
    /// To that time.
    NowMs(u64),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    More(Vec<Fault>),
    One(Box<Fault>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reset {
    seed: Option<u64>,
}

/// Handles a request.
///
/// # Errors
/// 400 with a sentence, 404, or 405.
pub fn control(
    service: &mut Service,
    request: Request<'_>,
    now_ms: u64,
) -> Result<Outcome, Problem> {
    let body = match (request.path.trim_end_matches('/'), request.method) {
        ("", "GET") => json!({ "routes": ROUTES }),
        ("faults", "GET") => json!({ "faults": service.faults.waiting() }),
        ("faults", "POST") => {
            let faults = match parsed(request.body)? {
                OneOrMore::More(faults) => faults,
                OneOrMore::One(fault) => vec![*fault],
            };
            if let Some(sentence) = faults.iter().find_map(Fault::problem) {
                return Err(Problem::BadRequest(sentence.to_owned()));
            }
            for fault in faults {
                service.faults.push(fault);
            }
            json!({ "faults": service.faults.waiting() })
        }
        ("faults", "DELETE") => {
            service.faults.clear();
            json!({ "faults": [] })
        }
        ("settings", "GET") => json!(service.settings),
        ("settings", "PATCH" | "POST") => {
            let changes: Value = parsed(request.body)?;
            service.override_settings(&changes).map_err(Problem::BadRequest)?;
            json!(service.settings)
        }
        ("clock", "GET") => json!({ "now_ms": now_ms, "clock_ahead_ms": service.clock_ahead_ms }),
        ("clock", "POST") => {
            let by_ms = match parsed(request.body)? {
                Clock::AdvanceMs(by_ms) => i64::try_from(by_ms).unwrap_or(i64::MAX),
                Clock::NowMs(at_ms) => at_ms.checked_signed_diff(now_ms).unwrap_or(0),
            };
            service.clock_ahead_ms = service.clock_ahead_ms.saturating_add(by_ms);
            let now_ms = now_ms.saturating_add_signed(by_ms);
            json!({ "now_ms": now_ms, "clock_ahead_ms": service.clock_ahead_ms })
        }
        ("credits", "POST") => {
            let balance: Balance = parsed(request.body)?;
            let account = request.account.ok_or_else(|| {
                Problem::BadRequest("an account is required: ?key= or ?account=".to_owned())
            })?;
            service.set_balance(account, balance);
            json!({ "account": account, "balance": balance })
        }
        ("journal", "GET") => journal(service, request.account, now_ms),
        ("reset", "POST") => {
            let Reset { seed } =
                if request.body.is_empty() { Reset::default() } else { parsed(request.body)? };
            return Ok(Outcome::Reset(seed, Reply::json(200, &json!({ "reset": true }))));
        }
        ("" | "journal", _) => return Err(Problem::MethodNotAllowed("GET")),
        ("credits" | "reset", _) => return Err(Problem::MethodNotAllowed("POST")),
        ("clock", _) => return Err(Problem::MethodNotAllowed("GET or POST")),
        ("settings", _) => return Err(Problem::MethodNotAllowed("GET or PATCH")),
        ("faults", _) => return Err(Problem::MethodNotAllowed("GET, POST or DELETE")),
        _ => {
            return Err(Problem::NotFound("No such control route; GET /_sandbox lists them"));
        }
    };
    Ok(Outcome::Reply(Reply::json(200, &body)))
}

const ROUTES: [&str; 9] = [
    "GET /_sandbox/journal[?key=|?account=]",
    "GET, POST, DELETE /_sandbox/faults",
    "GET, PATCH /_sandbox/settings",
    "GET, POST /_sandbox/clock",
    "POST /_sandbox/credits?key=|?account=",
    "POST /_sandbox/reset",
    "POST /v1/run[?webhook_url=]",
    "GET /v1/status/{id}",
    "GET /v1/credits",
];

fn parsed<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::BadRequest(format!("body {error}")))
}
