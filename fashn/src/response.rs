//! What FASHN's answers mean to a client, from their status, headers and bytes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::balance::CreditsBalance;
use crate::error::{ApiError, ApiErrorCode, RuntimeError, RuntimeErrorName};
use crate::fields::FieldErrors;
use crate::models::Credits;
use crate::prediction::{Accepted, Prediction};

/// FASHN's id of a prediction. The gateway's callers never see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct UpstreamId(String);

impl UpstreamId {
    /// An id as FASHN gives it. It becomes part of an address, so it is letters, digits, hyphens and
    /// low lines.
    pub fn parse(text: &str) -> Option<Self> {
        Self::try_from(text.to_owned()).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UpstreamId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let is_id = is_plain && (1..=128).contains(&text.len());
        if is_id { Ok(Self(text)) } else { Err("not an id of FASHN's") }
    }
}

/// A call to FASHN that didn't give what it was made for. Reasons are for the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FashnError {
    /// FASHN said no, in its own words.
    #[error("FASHN answered {status} {}", .error.error)]
    Refused {
        status: u16,
        error: ApiError,
        /// `Retry-After`, as it came.
        retry_after: Option<String>,
    },
    /// There was an answer, and it isn't FASHN's or can't be read.
    #[error("FASHN's answer {status} can't be read: {reason}")]
    Decode { status: u16, reason: String },
    /// No answer came. If time didn't run out, the connection failed.
    #[error("no answer from FASHN: {reason}")]
    NoAnswer { timed_out: bool, reason: String },
    /// The call was never made: its key isn't set any more, or something failed before.
    #[error("FASHN was not called: {0}")]
    NotSent(String),
}

impl FashnError {
    /// The code of an answer that can't be read.
    pub const UNREADABLE: &'static str = "BadGateway";

    /// The sentence for callers about such an answer.
    pub const UNREADABLE_SENTENCE: &'static str =
        "The try-on service gave an answer that can't be read. Please try again in a moment.";

    fn of(status: u16, retry_after: Option<String>, body: &[u8]) -> Self {
        match ApiError::read(body) {
            Ok(error) => Self::Refused { status, error, retry_after },
            Err(error) => Self::Decode { status, reason: error.to_string() },
        }
    }

    /// FASHN's code, if there was an answer.
    pub fn code(&self) -> Option<ApiErrorCode> {
        match self {
            Self::Refused { error, .. } => Some(error.error.clone()),
            Self::Decode { .. } => Some(ApiErrorCode::Other(Self::UNREADABLE.to_owned())),
            Self::NoAnswer { .. } | Self::NotSent(_) => None,
        }
    }

    /// `Retry-After` in milliseconds. FASHN sends seconds, and no dates.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let Self::Refused { retry_after, .. } = self else {
            return None;
        };
        let seconds = retry_after.as_deref()?.trim().parse::<u64>().ok()?;
        seconds.checked_mul(1_000)
    }
}

/// The outcome of a send.
#[derive(Debug, PartialEq, Eq)]
pub enum RunAnswer {
    /// FASHN has the run.
    Accepted(UpstreamId),
    /// FASHN doesn't have it: "no prediction ID was issued" (page "Error Handling"). It may be sent
    /// again.
    Refused(FashnError),
    /// FASHN may have it: it must not be sent again. If time didn't run out, the connection failed
    /// or the answer can't be read.
    Unknown { timed_out: bool, reason: String },
}

/// Reads the answer of `POST /v1/run`. Among the 5xx only an API-level error of FASHN's own form is
/// a sure refusal: a proxy's page may hide a run that was accepted.
pub fn read_run_answer(status: u16, retry_after: Option<String>, body: &[u8]) -> RunAnswer {
    let unknown = |reason| RunAnswer::Unknown { timed_out: false, reason };
    match status {
        200..=299 => match Accepted::read(body) {
            Ok(Accepted { id, .. }) => match UpstreamId::parse(&id) {
                Some(id) => RunAnswer::Accepted(id),
                None => unknown("accepted with an id of no known form".to_owned()),
            },
            Err(error) => unknown(format!("{status} whose body is no acceptance: {error}")),
        },
        // Redirects are not followed: the key would travel with them.
        300..=499 => RunAnswer::Refused(FashnError::of(status, retry_after, body)),
        _ => match FashnError::of(status, retry_after, body) {
            error @ FashnError::Refused { .. } => RunAnswer::Refused(error),
            _ => unknown(format!("{status} that is not FASHN's own")),
        },
    }
}

/// A status answer with what its header `x-fashn-credits-used` says of the price.
#[derive(Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    pub prediction: Prediction,
    pub credits_used: Option<Credits>,
}

/// Reads the answer of `GET /v1/status/{id}`.
pub fn read_status_answer(
    status: u16,
    retry_after: Option<String>,
    credits_used: Option<&str>,
    body: &[u8],
) -> Result<StatusAnswer, FashnError> {
    let prediction = read_success(status, retry_after, body, Prediction::read)?;
    let credits_used = credits_used.and_then(|text| text.trim().parse().ok()).map(Credits);
    Ok(StatusAnswer { prediction, credits_used })
}

/// Reads the answer of `GET /v1/credits`.
pub fn read_balance(
    status: u16,
    retry_after: Option<String>,
    body: &[u8],
) -> Result<CreditsBalance, FashnError> {
    read_success(status, retry_after, body, CreditsBalance::read)
}

fn read_success<T>(
    status: u16,
    retry_after: Option<String>,
    body: &[u8],
    read: impl FnOnce(&[u8]) -> Result<T, FieldErrors>,
) -> Result<T, FashnError> {
    if !(200..=299).contains(&status) {
        return Err(FashnError::of(status, retry_after, body));
    }
    read(body).map_err(|error| FashnError::Decode { status, reason: error.to_string() })
}

/// What a refusal says of FASHN, beyond the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The window is fuller than was thought.
    RateLimit,
    /// There are fewer slots than was thought.
    Concurrency,
    OutOfCredits,
    /// FASHN's own 500: it doesn't have the run, and something is wrong there.
    ServerError,
    /// No run fares better before the key is right.
    Unauthorized,
    /// The request itself is at fault.
    Request,
}

impl From<&FashnError> for RefusalKind {
    fn from(error: &FashnError) -> Self {
        match error {
            FashnError::Refused { status, error, .. } => Self::of(&error.error, *status),
            FashnError::Decode { status, .. } => {
                Self::of(&ApiErrorCode::of_http_status(*status), *status)
            }
            FashnError::NoAnswer { .. } | FashnError::NotSent(_) => Self::ServerError,
        }
    }
}

impl RefusalKind {
    fn of(code: &ApiErrorCode, status: u16) -> Self {
        match code {
            ApiErrorCode::RateLimitExceeded => Self::RateLimit,
            ApiErrorCode::ConcurrencyLimitExceeded => Self::Concurrency,
            ApiErrorCode::OutOfCredits => Self::OutOfCredits,
            ApiErrorCode::InternalServerError => Self::ServerError,
            ApiErrorCode::UnauthorizedAccess => Self::Unauthorized,
            ApiErrorCode::BadRequest | ApiErrorCode::NotFound => Self::Request,
            ApiErrorCode::Other(_) => match ApiErrorCode::of_http_status(status) {
                ApiErrorCode::Other(_) => Self::Request,
                known => Self::of(&known, status),
            },
        }
    }
}

/// The failure of a run that FASHN refused after its id was handed out.
impl From<FashnError> for RuntimeError {
    fn from(error: FashnError) -> Self {
        let (name, message) = match error {
            FashnError::Refused { error, .. } => {
                (RuntimeErrorName::Other(error.error.to_string()), error.message)
            }
            FashnError::Decode { .. } => (
                RuntimeErrorName::Other(FashnError::UNREADABLE.to_owned()),
                FashnError::UNREADABLE_SENTENCE.to_owned(),
            ),
            FashnError::NoAnswer { .. } | FashnError::NotSent(_) => {
                (RuntimeErrorName::UnavailableError, String::new())
            }
        };
        Self { name, message }
    }
}

#[cfg(test)]
mod tests;
