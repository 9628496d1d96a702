//! What FASHN's answers mean, from their status, headers and bytes.

use fashn::balance::CreditsBalance;
use fashn::error::{ApiError, ApiErrorCode, RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::{Accepted, Prediction};
use serde::{Deserialize, Serialize};

use crate::auth::secret::Secret;
use crate::fashn_api::error::FashnError;

/// FASHN's id of a prediction. The caller never sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpstreamId(String);

impl UpstreamId {
    /// An id as FASHN gives it. It becomes part of an address, so it is letters, digits and
    /// hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (is_plain && (1..=128).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
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
    /// FASHN may have it. It must not be sent again.
    Unknown {
        /// Time ran out, rather than that the connection failed or the answer can't be read.
        timed_out: bool,
        /// Why, for the log.
        reason: String,
    },
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
        300..=499 => RunAnswer::Refused(api_error(status, retry_after, body)),
        _ => match api_error(status, retry_after, body) {
            error @ FashnError::Refused { .. } => RunAnswer::Refused(error),
            _ => unknown(format!("{status} that is not FASHN's own")),
        },
    }
}

/// A status answer with what its header says of the price.
#[derive(Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The envelope.
    pub prediction: Prediction,
    /// `x-fashn-credits-used`.
    pub credits_used: Option<Credits>,
}

/// Reads the answer of `GET /v1/status/{id}`.
///
/// # Errors
/// FASHN's refusal, or that the answer can't be read.
pub fn read_status_answer(
    status: u16,
    retry_after: Option<String>,
    credits_used: Option<&str>,
    body: &[u8],
) -> Result<StatusAnswer, FashnError> {
    if !(200..=299).contains(&status) {
        return Err(api_error(status, retry_after, body));
    }
    let prediction = Prediction::read(body).map_err(|error| FashnError::Unreadable {
        status,
        reason: format!("no prediction: {error}"),
    })?;
    let credits_used = credits_used.and_then(|text| text.trim().parse().ok()).map(Credits);
    Ok(StatusAnswer { prediction, credits_used })
}

/// Reads the answer of `GET /v1/credits`.
///
/// # Errors
/// FASHN's refusal, or that the answer can't be read.
pub fn read_balance(
    status: u16,
    retry_after: Option<String>,
    body: &[u8],
) -> Result<CreditsBalance, FashnError> {
    if !(200..=299).contains(&status) {
        return Err(api_error(status, retry_after, body));
    }
    CreditsBalance::read(body)
        .map_err(|error| FashnError::Unreadable { status, reason: format!("no balance: {error}") })
}

fn api_error(status: u16, retry_after: Option<String>, body: &[u8]) -> FashnError {
    match ApiError::read(body) {
        Ok(error) => FashnError::Refused { status, error, retry_after },
        Err(error) => FashnError::Unreadable { status, reason: error.to_string() },
    }
}

/// What a refusal says of FASHN, beyond the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// `RateLimitExceeded`: the window is fuller than we thought.
    RateLimit,
    /// `ConcurrencyLimitExceeded`: there are fewer slots than we thought.
    Concurrency,
    /// `OutOfCredits`.
    OutOfCredits,
    /// FASHN's own 500: it doesn't have the run, and something is wrong there.
    ServerError,
    /// `UnauthorizedAccess`: no run fares better before the key is right.
    Unauthorized,
    /// The request itself.
    Request,
}

impl From<&FashnError> for RefusalKind {
    fn from(error: &FashnError) -> Self {
        match error {
            FashnError::Refused { status, error, .. } => of_code(&error.error, *status),
            FashnError::Unreadable { status, .. } => {
                of_code(&ApiErrorCode::of_http_status(*status), *status)
            }
            FashnError::NoAnswer { .. } | FashnError::NotSent(_) => Self::ServerError,
        }
    }
}

fn of_code(code: &ApiErrorCode, status: u16) -> RefusalKind {
    match code {
        ApiErrorCode::RateLimitExceeded => RefusalKind::RateLimit,
        ApiErrorCode::ConcurrencyLimitExceeded => RefusalKind::Concurrency,
        ApiErrorCode::OutOfCredits => RefusalKind::OutOfCredits,
        ApiErrorCode::InternalServerError => RefusalKind::ServerError,
        ApiErrorCode::UnauthorizedAccess => RefusalKind::Unauthorized,
        ApiErrorCode::BadRequest | ApiErrorCode::NotFound => RefusalKind::Request,
        ApiErrorCode::Other(_) => match ApiErrorCode::of_http_status(status) {
            ApiErrorCode::Other(_) => RefusalKind::Request,
            known => of_code(&known, status),
        },
    }
}

/// The failure of a run that FASHN refused after its id was handed out.
impl From<FashnError> for RuntimeError {
    fn from(error: FashnError) -> Self {
        let (name, message) = match error {
            FashnError::Refused { error, .. } => {
                (RuntimeErrorName::Other(error.error.to_string()), error.message)
            }
            FashnError::Unreadable { .. } => (
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

/// Overwrites the key in an answer: FASHN's words are passed on, and a proxy in FASHN's place may
/// repeat what it was sent.
pub fn strike_out_key(answer: &mut [u8], key: &Secret) {
    let key = key.reveal().as_bytes();
    let mut rest = answer;
    while let Some(at) = rest.windows(key.len().max(1)).position(|window| window == key) {
        let (_, tail) = rest.split_at_mut(at);
        let (struck, tail) = tail.split_at_mut(key.len());
        struck.fill(b'*');
        rest = tail;
    }
}

#[cfg(test)]
mod tests;
