//! The one table from errors to the wire: status, code, sentence, action, headers. The body has
//! FASHN's shape `{"error": code, "message": sentence}`, with `errors: [{path, message}]` where
//! fields are wrong and `id` where a run may exist all the same. What [`Problem`] displays is the
//! private reason, for the log alone.

use fashn::advice::{Action, Advice};
use fashn::error::ApiErrorCode;
use fashn::fields::FieldError;
use serde::Serialize;
use thiserror::Error;

use crate::account::admission::{Refusal, RefusalReason};
use crate::app::problem::sentence::{bytes_for_people, faults_for_people, time_for_people};
use crate::auth::error::AuthError;
use crate::auth::ids::PredictionId;
use crate::auth::turnstile::ChallengeError;
use crate::config::error::SettingError;
use crate::config::limits;
use crate::fashn_api::error::FashnError;
use crate::http::body_budget::{self, BudgetFull};
use crate::http::route::NoRoute;
use crate::request::error::RequestError;

mod sentence;

/// A request that can't be answered as asked.
#[derive(Debug, Error)]
pub enum Problem {
    /// The request can't be read, or asks for what isn't offered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The caller isn't known, or may not do this.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A call to FASHN failed.
    #[error(transparent)]
    Fashn(#[from] FashnError),
    /// The settings don't allow any work.
    #[error("settings: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotReady(Vec<SettingError>),
    /// No such path; or an id or token that is forged, unknown or expired: all three look the same.
    #[error("not found")]
    NotFound,
    /// The path doesn't take this method.
    #[error("method not allowed, allowed are {0}")]
    WrongMethod(String),
    /// A visitor, or all visitors of one address, send more requests than the rate limits allow.
    #[error("too many requests of a visitor or an address")]
    RateLimited,
    /// The account doesn't admit the run.
    #[error("not admitted: {:?}", .0.reason)]
    Refused(Refusal),
    /// The first request with this `Idempotency-Key`, or an equal one, isn't answered yet.
    #[error("the same request is in progress")]
    InProgress,
    /// This `Idempotency-Key` came with another request before.
    #[error("Idempotency-Key came with another body before")]
    KeyReused,
    /// Too much to do at this moment.
    #[error("overloaded: {reason}")]
    Overloaded {
        /// With what, for the log.
        reason: String,
        /// When to come again.
        retry_after_seconds: u64,
    },
    /// FASHN may have taken the run. It is never sent again.
    #[error("the send's outcome is unknown: {reason}")]
    UnknownOutcome {
        /// Time ran out, rather than that the connection failed.
        timed_out: bool,
        /// Why, for the log.
        reason: String,
        /// The run that may exist.
        id: PredictionId,
    },
    /// Storage failed, or anything else that isn't the caller's fault.
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
    pub errors: Vec<FieldError>,
    /// The run that may exist although this answer is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PredictionId>,
    /// The place in the queue that the run would have had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
}

impl Problem {
    /// The operator should hear of it: it isn't the caller's fault.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.answer().status >= 500
    }

    /// The problem as it goes out.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::Request(error) => of_request(error),
            Self::Auth(error) => of_auth(error),
            Self::Fashn(error) => of_fashn(error),
            Self::NotReady(_) => Answer::of(
                503,
                "ServiceUnavailable",
                Action::Contact,
                "Try-on is not set up yet. The operator of this service finds the reasons at \
                 /readyz.",
            )
            .retry_after(60),
            Self::NotFound => Answer::of(
                404,
                "NotFound",
                Action::None,
                "There is nothing here: the address or id is wrong, or its result has expired.",
            ),
            Self::WrongMethod(allowed) => Answer::of(
                405,
                "MethodNotAllowed",
                Action::None,
                format!("This address takes {allowed} only."),
            )
            .header("allow", allowed.clone()),
            Self::RateLimited => Answer::of(
                429,
                "RateLimitExceeded",
                Action::Retry,
                "Too many tries in a short time. Please wait a moment and try again.",
            )
            .retry_after(limits::RATE_PERIOD_SECONDS),
            Self::Refused(refusal) => of_refusal(*refusal),
            Self::InProgress => Answer::of(
                409,
                "RequestInProgress",
                Action::Retry,
                "The same request is still in progress. Send it again in a second to get its \
                 answer.",
            )
            .retry_after(1),
            Self::KeyReused => Answer::of(
                422,
                "IdempotencyKeyReused",
                Action::Contact,
                "This Idempotency-Key came with another request before. Make a new key for a new \
                 request.",
            )
            .never_retry(),
            Self::Overloaded {
                retry_after_seconds,
                ..
            } => Answer::of(
                503,
                "ServiceUnavailable",
                Action::Retry,
                format!(
                    "There is too much to do at this moment. Please try again in {}.",
                    time_for_people(*retry_after_seconds)
                ),
            )
            .retry_after(*retry_after_seconds),
            Self::UnknownOutcome { timed_out, id, .. } => {
                // The SDKs retry 5xx on their own, which could pay twice.
                let mut answer = no_answer(*timed_out, "The picture may still be made.");
                answer.body.id = Some(id.clone());
                answer.never_retry()
            }
            Self::Internal(_) => internal(),
        }
    }
}

fn of_request(error: &RequestError) -> Answer {
    match error {
        RequestError::MediaType => Answer::of(
            415,
            "UnsupportedMediaType",
            Action::Contact,
            "Send the request as JSON with Content-Type: application/json, or as \
             multipart/form-data with the pictures as files.",
        ),
        RequestError::TooLarge { limit_bytes } => Answer::of(
            413,
            "PayloadTooLarge",
            Action::Retake,
            format!(
                "The request is larger than {}. Scale the pictures to at most 2000 pixels on the \
                 longest edge.",
                bytes_for_people(*limit_bytes)
            ),
        ),
        RequestError::BrokenBody(_) => Answer::of(
            400,
            "BadRequest",
            Action::Retry,
            "The request's body did not arrive whole. Please send it again.",
        ),
        RequestError::Fields(faults) => {
            let message = faults_for_people(faults);
            let mut answer = Answer::of(400, "BadRequest", Action::Contact, message);
            answer.body.errors.clone_from(faults);
            answer
        }
        RequestError::PolicyMisfit(_) => internal(),
    }
}

fn of_auth(error: &AuthError) -> Answer {
    let unauthorized =
        |sentence: &str| Answer::of(401, "UnauthorizedAccess", Action::None, sentence);
    let bearer = |answer: Answer| answer.header("www-authenticate", "Bearer".to_owned());
    match error {
        AuthError::NoCaller => bearer(unauthorized(
            "Call from a page of an allowed origin, or send the staff token as Authorization: \
             Bearer.",
        )),
        AuthError::WrongToken => bearer(unauthorized("The bearer token is not valid.")),
        AuthError::StaffOnly => bearer(unauthorized(
            "Only staff may see this: send the staff token as Authorization: Bearer.",
        )),
        AuthError::NoProxy | AuthError::NotShopify(_) => unauthorized(
            "Only Shopify may call this address, through a shop's app proxy or as a webhook.",
        ),
        AuthError::OriginNotAllowed => Answer::of(
            403,
            "OriginNotAllowed",
            Action::Contact,
            "This page's origin may not use this try-on service. The merchant can add it to \
             ALLOWED_ORIGINS.",
        ),
        AuthError::Challenge(error) => {
            let of = |status| {
                Answer::of(
                    status,
                    "ChallengeFailed",
                    Action::Retry,
                    "We couldn't verify that you are human. Please try again.",
                )
            };
            match error {
                ChallengeError::NoAnswer(_) => of(503).retry_after(limits::RATE_PERIOD_SECONDS),
                ChallengeError::NoToken
                | ChallengeError::Refused
                | ChallengeError::Hostname
                | ChallengeError::Action => of(403),
            }
        }
    }
}

fn of_fashn(error: &FashnError) -> Answer {
    let (status, code, message, retry_after) = match error {
        FashnError::Refused {
            status,
            error,
            retry_after,
        } => (*status, &error.error, &*error.message, retry_after.clone()),
        FashnError::Unreadable { status, .. } => (
            *status,
            &ApiErrorCode::Other(FashnError::UNREADABLE.to_owned()),
            FashnError::UNREADABLE_SENTENCE,
            None,
        ),
        FashnError::NoAnswer { timed_out, .. } => {
            return no_answer(*timed_out, "Please try again in a moment.");
        }
        FashnError::NotSent(_) => return internal(),
    };
    // With a status that isn't an error's, the caller would read an error as a success.
    let answered = if (400..=599).contains(&status) {
        status
    } else {
        502
    };
    let mut answer = Answer::of(answered, &code.to_string(), Action::None, message);
    answer = answer.advice(code.advice());
    if let Some(value) = retry_after {
        answer = answer.header("retry-after", value);
    }
    // The SDKs retry every 429: empty credits don't fill by waiting.
    if code.retry(status).waiting_helps() {
        answer
    } else {
        answer.never_retry()
    }
}

fn of_refusal(refusal: Refusal) -> Answer {
    // FASHN's own code: of those that pass by waiting, and of those that don't.
    let (code, why) = match refusal.reason {
        RefusalReason::QueueFull | RefusalReason::BodiesFull => (
            ApiErrorCode::RateLimitExceeded,
            "Too many try-ons are waiting.",
        ),
        RefusalReason::VisitorQueueFull => (
            ApiErrorCode::RateLimitExceeded,
            "You have too many try-ons waiting already.",
        ),
        RefusalReason::WaitTooLong => (
            ApiErrorCode::RateLimitExceeded,
            "A try-on would have to wait too long right now.",
        ),
        RefusalReason::DayBudget => (
            ApiErrorCode::OutOfCredits,
            "The shop's try-ons of today are used up.",
        ),
        RefusalReason::VisitorBudget | RefusalReason::VisitorAttempts => (
            ApiErrorCode::OutOfCredits,
            "Your try-ons of today are used up.",
        ),
        RefusalReason::BalanceFloor | RefusalReason::OutOfCredits => (
            ApiErrorCode::OutOfCredits,
            "The shop's try-ons are used up.",
        ),
    };
    let sentence = format!(
        "{why} Please try again in {}.",
        time_for_people(refusal.retry_after_seconds)
    );
    let mut answer = Answer::of(429, &code.to_string(), Action::None, sentence)
        .advice(code.advice())
        .retry_after(refusal.retry_after_seconds);
    answer.body.queue_position = refusal.position;
    if refusal.retry_helps {
        answer
    } else {
        answer.never_retry()
    }
}

/// FASHN gave no answer, with what to do.
fn no_answer(timed_out: bool, and_now: &str) -> Answer {
    let (status, code, what) = if timed_out {
        (
            504,
            "GatewayTimeout",
            "The try-on service did not answer in time.",
        )
    } else {
        (
            502,
            "BadGateway",
            "The connection to the try-on service failed.",
        )
    };
    Answer::of(status, code, Action::Retry, format!("{what} {and_now}"))
}

fn internal() -> Answer {
    Answer::of(
        500,
        "InternalServerError",
        Action::Retry,
        "Something went wrong here. Please try again in a moment.",
    )
}

impl Answer {
    fn of(status: u16, code: &str, action: Action, sentence: impl Into<String>) -> Self {
        Self {
            status,
            body: ProblemBody {
                error: code.to_owned(),
                message: sentence.into(),
                action,
                advice: None,
                errors: Vec::new(),
                id: None,
                queue_position: None,
            },
            headers: Vec::new(),
        }
    }

    fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// FASHN's SDKs heed it: they don't retry on their own.
    fn never_retry(self) -> Self {
        self.header("x-should-retry", "false".to_owned())
    }

    fn advice(mut self, advice: Advice) -> Self {
        self.body.action = advice.action;
        self.body.advice = Some(advice.sentence);
        self
    }
}

impl From<NoRoute> for Problem {
    fn from(error: NoRoute) -> Self {
        match error {
            NoRoute::UnknownPath => Self::NotFound,
            NoRoute::WrongMethod(allowed) => Self::WrongMethod(allowed),
        }
    }
}

impl From<Vec<SettingError>> for Problem {
    fn from(errors: Vec<SettingError>) -> Self {
        Self::NotReady(errors)
    }
}

impl From<ChallengeError> for Problem {
    fn from(error: ChallengeError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<FieldError> for Problem {
    fn from(fault: FieldError) -> Self {
        Self::Request(fault.into())
    }
}

impl From<BudgetFull> for Problem {
    fn from(error: BudgetFull) -> Self {
        Self::Overloaded {
            reason: error.to_string(),
            retry_after_seconds: body_budget::RETRY_AFTER_SECONDS,
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("can't be written as JSON: {error}"))
    }
}

#[cfg(test)]
mod tests;
