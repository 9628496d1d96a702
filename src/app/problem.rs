//! The one place that turns errors into the wire: status, code, sentence, action, headers. The body
//! has FASHN's shape `{"error": code, "message": sentence}`, with `errors: [{path, message}]` where
//! fields are wrong and `id` where a run may exist all the same. What [`Problem`] displays is the
//! private reason, for the log alone.

use fashn::advice::Action;
use fashn::fields::FieldError;
use fashn::response::{FashnError, RefusalKind};
use thiserror::Error;

use crate::account::admission::Refusal;
use crate::app::problem::layers::{
    internal, is_not_there, no_answer, of_auth, of_fashn, of_refusal, of_request, wrong_setting,
};
use crate::app::problem::sentence::time_for_people;
use crate::auth::error::AuthError;
use crate::auth::ids::PredictionId;
use crate::auth::turnstile::ChallengeError;
use crate::config::error::SettingError;
use crate::config::limits;
use crate::config::shops::KeyName;
use crate::http::body_budget::{self, BudgetFull};
use crate::http::route::NoRoute;
use crate::request::error::RequestError;

pub use answer::{Answer, ProblemBody};

mod answer;
mod layers;
mod sentence;

/// A request that can't be answered as asked.
#[derive(Debug, Error)]
pub enum Problem {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Fashn(#[from] FashnError),
    /// A setting is wrong by FASHN's answer. The sentence names it, for staff.
    #[error("{0}")]
    WrongSetting(String),
    #[error("settings: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotReady(Vec<SettingError>),
    /// No such path; or an id or token that is forged, unknown or expired: all three look the same.
    #[error("not found")]
    NotFound,
    #[error("method not allowed, allowed are {0}")]
    WrongMethod(String),
    /// A visitor, or all visitors of one address, send more requests than the rate limits allow.
    #[error("too many requests of a visitor or an address")]
    RateLimited,
    #[error("not admitted: {:?}", .0.reason)]
    Refused(Refusal),
    #[error("the same request is in progress")]
    InProgress,
    #[error("Idempotency-Key came with another body before")]
    KeyReused,
    #[error("overloaded: {reason}")]
    Overloaded { reason: String, retry_after_seconds: u64 },
    /// FASHN may have taken the run: it is never sent again. If time didn't run out, the connection
    /// failed.
    #[error("the send's outcome is unknown: {reason}")]
    UnknownOutcome { timed_out: bool, reason: String, id: PredictionId },
    #[error("internal: {0}")]
    Internal(String),
}

impl Problem {
    /// The same for staff: with the setting that FASHN's answer is about.
    pub fn for_staff(self, key: &KeyName) -> Self {
        let key = key.as_str();
        match self {
            Self::Fashn(error) if RefusalKind::from(&error) == RefusalKind::Unauthorized => {
                Self::WrongSetting(format!(
                    "FASHN refused the key in {key}. Set it again with: wrangler secret put {key}"
                ))
            }
            Self::Fashn(error) if is_not_there(&error) => Self::WrongSetting(
                "There is no FASHN at the address in FASHN_BASE_URL: it answered 404.".to_owned(),
            ),
            other => other,
        }
    }

    /// Whether a page may read it although its origin isn't allowed, or isn't known to be.
    pub fn is_for_any_page(&self) -> bool {
        matches!(self, Self::NotReady(_) | Self::Auth(AuthError::OriginNotAllowed))
    }

    /// Its name, for the log and the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Auth(AuthError::Challenge(_)) => "challenge",
            Self::Auth(_) => "auth",
            Self::Fashn(_) => "fashn",
            Self::NotReady(_) => "not_ready",
            Self::NotFound => "not_found",
            Self::WrongMethod(_) => "wrong_method",
            Self::RateLimited => "rate_limited",
            Self::Refused(refusal) => refusal.reason.as_str(),
            Self::InProgress => "in_progress",
            Self::KeyReused => "key_reused",
            Self::Overloaded { .. } => "overloaded",
            Self::UnknownOutcome { .. } => "unknown_outcome",
            Self::WrongSetting(_) => "wrong_setting",
            Self::Internal(_) => "internal",
        }
    }

    pub fn answer(&self) -> Answer {
        match self {
            Self::Request(error) => of_request(error),
            Self::Auth(error) => of_auth(error),
            Self::Fashn(error) => of_fashn(error),
            Self::WrongSetting(sentence) => wrong_setting(sentence),
            // Settings change by a deployment: the SDKs would wait for minutes.
            Self::NotReady(_) => Answer::of(503, "ServiceUnavailable", Action::Contact)
                .retry_after(60)
                .never_retry()
                .say(
                    "Try-on is not set up yet. The operator of this service finds the reasons \
                     at /readyz.",
                ),
            Self::NotFound => Answer::of(404, "NotFound", Action::None).say(
                "There is nothing here: the address or id is wrong, or its result has expired.",
            ),
            Self::WrongMethod(allowed) => Answer::of(405, "MethodNotAllowed", Action::None)
                .header("allow", allowed.clone())
                .say(format!("This address takes {allowed} only.")),
            Self::RateLimited => Answer::of(429, "RateLimitExceeded", Action::Retry)
                .retry_after(limits::RATE_PERIOD_SECONDS)
                .say("Too many tries in a short time. Please wait a moment and try again."),
            Self::Refused(refusal) => of_refusal(*refusal),
            Self::InProgress => {
                Answer::of(409, "RequestInProgress", Action::Retry).retry_after(1).say(
                    "The same request is still in progress. Send it again in a second to get \
                     its answer.",
                )
            }
            Self::KeyReused => {
                Answer::of(422, "IdempotencyKeyReused", Action::Contact).never_retry().say(
                    "This Idempotency-Key came with another request before. Make a new key for \
                     a new request.",
                )
            }
            Self::Overloaded { retry_after_seconds, .. } => {
                Answer::of(503, "ServiceUnavailable", Action::Retry)
                    .retry_after(*retry_after_seconds)
                    .say(format!(
                        "There is too much to do at this moment. Please try again in {}.",
                        time_for_people(*retry_after_seconds)
                    ))
            }
            Self::UnknownOutcome { timed_out, id, .. } => {
                // The SDKs retry 5xx on their own, which could pay twice.
                let mut answer = no_answer(
                    *timed_out,
                    "The picture may still be made: look up the status of the id in this answer. \
                     The same request is answered with that id again.",
                );
                answer.body.id = Some(id.clone());
                answer.never_retry()
            }
            Self::Internal(_) => internal(),
        }
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
