//! API-level errors, before there is a prediction (page "Error Handling").

use fashn::fields::FieldError;
use serde_json::json;

use crate::reply::Reply;

/// Why a request was refused. Each has the status and code of FASHN's table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// 400: JSON, model name, parameters or `webhook_url`.
    #[error("{0}")]
    BadRequest(String),
    /// 401: no key, or not one of the allowed ones.
    #[error("Unauthorized: Invalid token")]
    UnauthorizedAccess,
    /// 404: no such endpoint, prediction or output.
    #[error("{0}")]
    NotFound(&'static str),
    /// 405, which FASHN's table doesn't have: it explains a wrong method.
    #[error("Method not allowed: use {0}")]
    MethodNotAllowed(&'static str),
    /// 429: rate limit.
    #[error("Rate limit exceeded: {requests} requests per {seconds} seconds")]
    RateLimitExceeded {
        /// The most requests in the window.
        requests: u32,
        /// The window's length, rounded up.
        seconds: u64,
    },
    /// 429: too many runs in flight.
    #[error("Concurrency limit exceeded: {0} predictions are being processed")]
    ConcurrencyLimitExceeded(usize),
    /// 429: the balance doesn't cover the run.
    #[error("Out of credits: this request needs {needed} and {left} are left")]
    OutOfCredits {
        /// The run's price.
        needed: u32,
        /// The balance less what runs in flight reserved.
        left: u32,
    },
    /// 500. FASHN's "Troubleshooting" names it for bodies that are too big.
    #[error("{0}")]
    InternalServerError(&'static str),
}

impl Problem {
    /// Every invalid field of a body in one sentence.
    pub fn of_field_errors(errors: &[FieldError]) -> Self {
        let sentences: Vec<_> =
            errors.iter().map(|error| format!("{} {}", error.path, error.message)).collect();
        Self::BadRequest(sentences.join("; "))
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::UnauthorizedAccess => 401,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::RateLimitExceeded { .. }
            | Self::ConcurrencyLimitExceeded(_)
            | Self::OutOfCredits { .. } => 429,
            Self::InternalServerError(_) => 500,
        }
    }

    /// FASHN's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) | Self::MethodNotAllowed(_) => "BadRequest",
            Self::UnauthorizedAccess => "UnauthorizedAccess",
            Self::NotFound(_) => "NotFound",
            Self::RateLimitExceeded { .. } => "RateLimitExceeded",
            Self::ConcurrencyLimitExceeded(_) => "ConcurrencyLimitExceeded",
            Self::OutOfCredits { .. } => "OutOfCredits",
            Self::InternalServerError(_) => "InternalServerError",
        }
    }
}

impl From<&Problem> for Reply {
    fn from(problem: &Problem) -> Self {
        Self::json(
            problem.status(),
            &json!({ "error": problem.code(), "message": problem.to_string() }),
        )
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::from(&problem)
    }
}
