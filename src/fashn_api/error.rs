//! What can go wrong with a call to FASHN.

use fashn::error::{ApiError, ApiErrorCode};
use thiserror::Error;

/// A call to FASHN that didn't give what it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FashnError {
    /// FASHN said no, in its own words.
    #[error("FASHN answered {status} {}", .error.error)]
    Refused {
        /// FASHN's HTTP status.
        status: u16,
        /// FASHN's words.
        error: ApiError,
        /// FASHN's `Retry-After`, as it came.
        retry_after: Option<String>,
    },
    /// There was an answer, and it isn't FASHN's or can't be read.
    #[error("FASHN's answer {status} can't be read: {reason}")]
    Unreadable {
        /// Its HTTP status.
        status: u16,
        /// Why, for the log.
        reason: String,
    },
    /// No answer came.
    #[error("no answer from FASHN: {reason}")]
    NoAnswer {
        /// Time ran out, rather than that the connection failed.
        timed_out: bool,
        /// Why, for the log.
        reason: String,
    },
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

    /// FASHN's code, if there was an answer.
    pub fn code(&self) -> Option<ApiErrorCode> {
        match self {
            Self::Refused { error, .. } => Some(error.error.clone()),
            Self::Unreadable { .. } => Some(ApiErrorCode::Other(Self::UNREADABLE.to_owned())),
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

#[cfg(test)]
mod tests;
