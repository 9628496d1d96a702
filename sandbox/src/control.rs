//! `/_sandbox/…`: faults, settings, clock, credits and the journal. A local tool, without a key, and off unless
//! the var `SANDBOX_CONTROL` is `on`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Balance;
use crate::answer::Answer;
use crate::desk::Desk;
use crate::faults::Fault;
use crate::id::AccountId;
use crate::journal::journal;
use crate::problem::Problem;

/// A request to the control route.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// What follows `/_sandbox/`.
    pub path: &'a str,
    /// `?account=`, or the account of `?key=`.
    pub account: Option<&'a AccountId>,
    /// JSON, or nothing.
    pub body: &'a [u8],
}

/// What a request comes to.
#[derive(Debug)]
pub enum Done {
    /// Only this to answer.
    Answer(Answer),
    /// Everything is to be forgotten, then this to answer. A new seed, if one was given.
    Reset(Option<u64>, Answer),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Clock {
    /// Forward by so much.
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

/// Does what a request asks.
///
/// # Errors
/// 400 with a sentence, 404, or 405.
pub fn control(desk: &mut Desk, request: Request<'_>, now_ms: u64) -> Result<Done, Problem> {
    let answer = match (request.path.trim_end_matches('/'), request.method) {
        ("", "GET") => json!({ "routes": ROUTES }),
        ("faults", "GET") => json!({ "faults": desk.faults.waiting() }),
        ("faults", "POST") => {
            let faults = match parsed(request.body)? {
                OneOrMore::More(faults) => faults,
                OneOrMore::One(fault) => vec![*fault],
            };
            if let Some(wrong) = faults.iter().find_map(Fault::wrong) {
                return Err(Problem::BadRequest(wrong.to_owned()));
            }
            for fault in faults {
                desk.faults.queue(fault);
            }
            json!({ "faults": desk.faults.waiting() })
        }
        ("faults", "DELETE") => {
            desk.faults.clear();
            json!({ "faults": [] })
        }
        ("settings", "GET") => json!(desk.settings),
        ("settings", "PATCH" | "POST") => {
            let changes: Value = parsed(request.body)?;
            desk.override_settings(&changes)
                .map_err(Problem::BadRequest)?;
            json!(desk.settings)
        }
        ("clock", "GET") => json!({ "now_ms": now_ms, "clock_ahead_ms": desk.clock_ahead_ms }),
        ("clock", "POST") => {
            let by_ms = match parsed(request.body)? {
                Clock::AdvanceMs(by_ms) => i64::try_from(by_ms).unwrap_or(i64::MAX),
                Clock::NowMs(at_ms) => at_ms.checked_signed_diff(now_ms).unwrap_or(0),
            };
            desk.clock_ahead_ms = desk.clock_ahead_ms.saturating_add(by_ms);
            let now_ms = now_ms.saturating_add_signed(by_ms);
            json!({ "now_ms": now_ms, "clock_ahead_ms": desk.clock_ahead_ms })
        }
        ("credits", "POST") => {
            let balance: Balance = parsed(request.body)?;
            let account = request
                .account
                .ok_or_else(|| Problem::BadRequest("say whose: ?key= or ?account=".to_owned()))?;
            desk.set_balance(account, balance);
            json!({ "account": account, "balance": balance })
        }
        ("journal", "GET") => journal(desk, request.account, now_ms),
        ("reset", "POST") => {
            let Reset { seed } = if request.body.is_empty() {
                Reset::default()
            } else {
                parsed(request.body)?
            };
            return Ok(Done::Reset(
                seed,
                Answer::json(200, &json!({ "reset": true })),
            ));
        }
        ("" | "journal", _) => return Err(Problem::MethodNotAllowed("GET")),
        ("credits" | "reset", _) => return Err(Problem::MethodNotAllowed("POST")),
        ("clock", _) => return Err(Problem::MethodNotAllowed("GET or POST")),
        ("settings", _) => return Err(Problem::MethodNotAllowed("GET or PATCH")),
        ("faults", _) => return Err(Problem::MethodNotAllowed("GET, POST or DELETE")),
        _ => {
            return Err(Problem::NotFound(
                "No such control route; GET /_sandbox lists them",
            ));
        }
    };
    Ok(Done::Answer(Answer::json(200, &answer)))
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
