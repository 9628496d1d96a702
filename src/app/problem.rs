//! What can go wrong, and the one place that says how it looks on the wire: FASHN's shape
//! `{"error": code, "message": sentence}`, with `errors: [{path, message}]` where fields are wrong and `id`
//! where a run may exist all the same. The private reason is for the log and goes nowhere else.

use fashn::advice::Action;
use fashn::error::{ApiError, ApiErrorCode};
use fashn::fields::Fault;
use serde::Serialize;
use thiserror::Error;

use crate::auth::ids::PredictionId;
use crate::auth::shopify::Unsigned;
use crate::auth::turnstile::Unpassed;
use crate::config::limits;
use crate::config::settings::SettingProblem;
use crate::dispatcher::{Reason, Refusal};

/// A request that can't be answered as asked. Displayed, it is the private reason.
#[derive(Debug, Error)]
pub enum Problem {
    /// The settings don't allow any work.
    #[error("settings: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotReady(Vec<SettingProblem>),
    /// No such path; or an id or token that is forged, unknown or expired: all three look the same.
    #[error("not found")]
    NotFound,
    /// The path doesn't take this method.
    #[error("method not allowed, allowed are {0}")]
    WrongMethod(String),
    /// Neither an allowed page nor staff.
    #[error("nobody may ask: no Origin header and no bearer token")]
    NoCaller,
    /// A bearer token that isn't the staff's.
    #[error("bearer token is not the staff token")]
    WrongToken,
    /// A request below an app proxy's prefix, and no Shopify app is set up.
    #[error("SHOPIFY_SECRET is not set")]
    NoProxy,
    /// A request below an app proxy's prefix, or a webhook, that Shopify didn't sign.
    #[error("not signed by Shopify: {0}")]
    NotShopify(Unsigned),
    /// A page asks for what only staff may see.
    #[error("for staff only")]
    StaffOnly,
    /// A visitor, or everybody at one address, asks more often than the rate-limit bindings allow.
    #[error("too many requests of a visitor or an address")]
    TooOften,
    /// The merchant requires a challenge, and it wasn't passed.
    #[error("challenge: {0}")]
    Challenge(Unpassed),
    /// A page of an origin that isn't allowed.
    #[error("origin is not allowed")]
    ForeignOrigin,
    /// The body's type isn't one we read.
    #[error("content type is neither application/json nor multipart/form-data")]
    MediaType,
    /// The body is larger than the cap.
    #[error("body is over {limit_bytes} bytes")]
    TooLarge {
        /// The cap.
        limit_bytes: usize,
    },
    /// The body ended before it was whole.
    #[error("body could not be read: {0}")]
    BrokenBody(String),
    /// Fields are wrong.
    #[error("{} field(s) wrong", .0.len())]
    Faults(Vec<Fault>),
    /// FASHN said no, in its own words.
    #[error("FASHN answered {status} {}", .error.error)]
    Fashn {
        /// FASHN's HTTP status.
        status: u16,
        /// FASHN's words.
        error: ApiError,
        /// FASHN's `Retry-After`, as it came.
        retry_after: Option<String>,
    },
    /// FASHN took the request, or may have, and nobody knows. It is never sent again on its own.
    #[error("no answer from FASHN: {reason}")]
    NoAnswer {
        /// Time ran out, rather than that the connection failed.
        timed_out: bool,
        /// Why, for the log.
        reason: String,
        /// The run that may exist.
        id: Option<PredictionId>,
    },
    /// The Dispatcher doesn't let the run in.
    #[error("not let in: {:?}", .0.reason)]
    NotLetIn(Refusal),
    /// The first request with this `Idempotency-Key`, or one for the same, is still under way.
    #[error("the same request is under way")]
    UnderWay,
    /// This `Idempotency-Key` came with another request before.
    #[error("Idempotency-Key came with another body before")]
    KeyReused,
    /// There is too much to do at this moment; later it goes.
    #[error("busy: {reason}")]
    Busy {
        /// With what, for the log.
        reason: &'static str,
        /// When to come again.
        retry_after_seconds: u64,
    },
    /// Storage failed, or anything else that isn't the caller's doing.
    #[error("internal: {0}")]
    Internal(String),
}

/// A problem as HTTP has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: ProblemBody,
    /// Headers beside the usual ones.
    pub headers: Vec<(&'static str, String)>,
}

/// The JSON of a problem.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProblemBody {
    /// A code: FASHN's own where it has one.
    pub error: String,
    /// What happened and what to do, in a sentence that may be shown.
    pub message: String,
    /// What a shopper can do.
    pub action: Action,
    /// A sentence for a shopper, where FASHN's own is for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The run that may exist although this answer is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PredictionId>,
    /// The place in the queue that the run would have had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
}

impl Problem {
    /// One fault as a problem.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }

    /// The operator should hear of it: it isn't the caller's doing.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.status() >= 500
    }

    /// The problem as it goes out.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        let status = self.status();
        let (error, message) = self.sentence();
        let (action, advice) = self.advice();
        let mut headers = Vec::new();
        let mut errors = Vec::new();
        let mut id = None;
        let mut queue_position = None;
        match self {
            Self::WrongMethod(allowed) => headers.push(("allow", allowed)),
            Self::NotReady(_) => headers.push(("retry-after", "60".to_owned())),
            Self::TooOften | Self::Challenge(Unpassed::NoAnswer(_)) => {
                headers.push(("retry-after", limits::RATE_PERIOD_SECONDS.to_string()));
            }
            Self::Fashn {
                error, retry_after, ..
            } => {
                headers.extend(retry_after.map(|value| ("retry-after", value)));
                // The SDKs retry every 429: empty credits don't fill by waiting.
                if !error.error.retry(status).waiting_helps() {
                    headers.push(("x-should-retry", "false".to_owned()));
                }
            }
            Self::NoAnswer { id: maybe, .. } => {
                // The SDKs retry 5xx on their own, which could pay twice.
                headers.push(("x-should-retry", "false".to_owned()));
                id = maybe;
            }
            Self::Faults(faults) => errors = faults,
            Self::NotLetIn(refusal) => {
                headers.push(("retry-after", refusal.retry_after_seconds.to_string()));
                if !refusal.retry_helps {
                    headers.push(("x-should-retry", "false".to_owned()));
                }
                queue_position = refusal.position;
            }
            Self::UnderWay => headers.push(("retry-after", "1".to_owned())),
            Self::KeyReused => headers.push(("x-should-retry", "false".to_owned())),
            Self::Busy {
                retry_after_seconds,
                ..
            } => headers.push(("retry-after", retry_after_seconds.to_string())),
            Self::NoCaller | Self::WrongToken | Self::StaffOnly => {
                headers.push(("www-authenticate", "Bearer".to_owned()));
            }
            Self::NotFound
            | Self::ForeignOrigin
            | Self::NoProxy
            | Self::NotShopify(_)
            | Self::MediaType
            | Self::Challenge(_)
            | Self::TooLarge { .. }
            | Self::BrokenBody(_)
            | Self::Internal(_) => {}
        }
        Answer {
            status,
            body: ProblemBody {
                error,
                message,
                action,
                advice,
                errors,
                id,
                queue_position,
            },
            headers,
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::BrokenBody(_) | Self::Faults(_) => 400,
            Self::NoCaller
            | Self::WrongToken
            | Self::StaffOnly
            | Self::NoProxy
            | Self::NotShopify(_) => 401,
            Self::NotReady(_) | Self::Busy { .. } | Self::Challenge(Unpassed::NoAnswer(_)) => 503,
            Self::ForeignOrigin | Self::Challenge(_) => 403,
            Self::NotFound => 404,
            Self::WrongMethod(_) => 405,
            Self::TooLarge { .. } => 413,
            Self::UnderWay => 409,
            Self::MediaType => 415,
            Self::KeyReused => 422,
            Self::NotLetIn(_) | Self::TooOften => 429,
            Self::Internal(_) => 500,
            Self::NoAnswer {
                timed_out: false, ..
            } => 502,
            Self::NoAnswer {
                timed_out: true, ..
            } => 504,
            // A status that isn't an error's would make the caller read an error as a success.
            Self::Fashn { status, .. } => {
                if (400..=599).contains(status) {
                    *status
                } else {
                    502
                }
            }
        }
    }

    /// What a shopper can do, and FASHN's error in words for them.
    fn advice(&self) -> (Action, Option<&'static str>) {
        match self {
            Self::Fashn { error, .. } => {
                let advice = error.error.advice();
                (advice.action, Some(advice.sentence))
            }
            Self::NotLetIn(refusal) => {
                let advice = code_of(refusal.reason).advice();
                (advice.action, Some(advice.sentence))
            }
            Self::TooLarge { .. } => (Action::Retake, None),
            Self::TooOften
            | Self::Challenge(_)
            | Self::BrokenBody(_)
            | Self::NoAnswer { .. }
            | Self::Internal(_)
            | Self::Busy { .. }
            | Self::UnderWay => (Action::Retry, None),
            Self::KeyReused
            | Self::NotReady(_)
            | Self::ForeignOrigin
            | Self::Faults(_)
            | Self::MediaType => (Action::Contact, None),
            Self::NotFound
            | Self::WrongMethod(_)
            | Self::NoCaller
            | Self::WrongToken
            | Self::NoProxy
            | Self::NotShopify(_)
            | Self::StaffOnly => (Action::None, None),
        }
    }

    /// The code and the public sentence.
    fn sentence(&self) -> (String, String) {
        let (code, sentence) = match self {
            Self::NotReady(_) => ("ServiceUnavailable", "Try-on is not set up yet. Whoever runs this service finds the reasons at /readyz.".into()),
            Self::NotFound => ("NotFound", "There is nothing here: the address or id is wrong, or what it named has expired.".into()),
            Self::WrongMethod(allowed) => ("MethodNotAllowed", format!("This address takes {allowed} only.")),
            Self::NoCaller => (
                "UnauthorizedAccess",
                "Call from a page of an allowed origin, or send the staff token as Authorization: Bearer.".into(),
            ),
            Self::NoProxy | Self::NotShopify(_) => (
                "UnauthorizedAccess",
                "Only Shopify may call this address, through a shop's app proxy or as a webhook.".into(),
            ),
            Self::StaffOnly => (
                "UnauthorizedAccess",
                "Only staff may see this: send the staff token as Authorization: Bearer.".into(),
            ),
            Self::WrongToken => ("UnauthorizedAccess", "The bearer token is not valid.".into()),
            Self::Challenge(_) => ("ChallengeFailed", "It could not be checked that a person asks. Reload the page and try again.".into()),
            Self::TooOften => ("RateLimitExceeded", "Too many tries in a short time. Wait a moment and try again.".into()),
            Self::ForeignOrigin => (
                "OriginNotAllowed",
                "This page's origin may not use this try-on service. The merchant can add it to ALLOWED_ORIGINS.".into(),
            ),
            Self::MediaType => ("UnsupportedMediaType", "Send the request as JSON with Content-Type: application/json, or as multipart/form-data with the pictures as files.".into()),
            Self::TooLarge { limit_bytes } => (
                "PayloadTooLarge",
                format!(
                    "The request is larger than {}. Scale the pictures to at most 2000 pixels on the longest edge.",
                    bytes_for_people(*limit_bytes)
                ),
            ),
            Self::BrokenBody(_) => ("BadRequest", "The request's body did not arrive whole. Send it again.".into()),
            Self::Faults(faults) => ("BadRequest", faults_for_people(faults)),
            Self::Fashn { error, .. } => return (error.error.to_string(), error.message.clone()),
            Self::NoAnswer { timed_out: true, .. } => {
                ("GatewayTimeout", "The try-on service did not answer in time. The picture may still be made.".into())
            }
            Self::NoAnswer { timed_out: false, .. } => {
                ("BadGateway", "The try-on service could not be reached. Try again in a moment.".into())
            }
            Self::NotLetIn(refusal) => return (code_of(refusal.reason).to_string(), why_not(refusal)),
            Self::UnderWay => (
                "RequestInProgress",
                "The same request is still under way. Send it again in a second to get its answer.".into(),
            ),
            Self::KeyReused => (
                "IdempotencyKeyReused",
                "This Idempotency-Key came with another request before. Make a new key for a new request.".into(),
            ),
            Self::Busy { retry_after_seconds, .. } => (
                "ServiceUnavailable",
                format!("There is too much to do at this moment. Try again in {retry_after_seconds} seconds."),
            ),
            Self::Internal(_) => ("InternalServerError", "Something went wrong here. Try again in a moment.".into()),
        };
        (code.to_owned(), sentence)
    }
}

/// FASHN's own code for what waiting helps, and for what it doesn't.
fn code_of(reason: Reason) -> ApiErrorCode {
    match reason {
        Reason::QueueFull | Reason::VisitorQueueFull | Reason::WaitTooLong => {
            ApiErrorCode::RateLimitExceeded
        }
        Reason::DayBudget | Reason::VisitorBudget | Reason::BalanceFloor | Reason::OutOfCredits => {
            ApiErrorCode::OutOfCredits
        }
    }
}

fn why_not(refusal: &Refusal) -> String {
    let why = match refusal.reason {
        Reason::QueueFull => "Too many try-ons are waiting.",
        Reason::VisitorQueueFull => "You have too many try-ons waiting already.",
        Reason::WaitTooLong => "A try-on would have to wait too long right now.",
        Reason::DayBudget => "The shop's try-ons of today are used up.",
        Reason::VisitorBudget => "Your try-ons of today are used up.",
        Reason::BalanceFloor | Reason::OutOfCredits => "The shop's try-ons are used up.",
    };
    format!(
        "{why} Try again in {}.",
        time_for_people(refusal.retry_after_seconds)
    )
}

fn time_for_people(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3_600),
    }
}

fn faults_for_people(faults: &[Fault]) -> String {
    match faults {
        [] => "The request is not valid.".to_owned(),
        [one] => format!("{} {}.", one.path, one.message),
        [first, rest @ ..] => format!("{} {}, and {} more.", first.path, first.message, rest.len()),
    }
}

fn bytes_for_people(bytes: usize) -> String {
    if bytes >= 1 << 20 {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{bytes} bytes")
    }
}

#[cfg(test)]
mod tests;
