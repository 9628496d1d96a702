//! What FASHN says went wrong (page "Error Handling"): API-level errors before there is a
//! prediction, and runtime errors of one that failed. [`crate::advice`] has the sentences for a
//! shopper.

use serde::{Deserialize, Deserializer, Serialize};

use crate::choice::open_choices;
use crate::fields::{FieldErrors, Fields};
use crate::value::Value;

/// The body of an API-level error: `{"error": "UnauthorizedAccess", "message": "…"}`. No prediction
/// was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What it is.
    pub error: ApiErrorCode,
    /// FASHN's sentence; empty when there was none.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub message: String,
}

/// The `error` object of a failed prediction: `{"name": "PoseError", "message": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RuntimeError {
    /// What it is.
    pub name: RuntimeErrorName,
    /// FASHN's sentence; empty when there was none.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub message: String,
}

open_choices! {
    /// An API-level error's code (section "API-Level Errors").
    ApiErrorCode {
        /// 400. Invalid request format.
        BadRequest = "BadRequest",
        /// 401. Invalid or missing API key.
        UnauthorizedAccess = "UnauthorizedAccess",
        /// 404. No such address, or no such prediction.
        NotFound = "NotFound",
        /// 429. Too many requests in the window.
        RateLimitExceeded = "RateLimitExceeded",
        /// 429. Too many predictions at once.
        ConcurrencyLimitExceeded = "ConcurrencyLimitExceeded",
        /// 429. No API credits remaining.
        OutOfCredits = "OutOfCredits",
        /// 500. Server-side error; on `/v1/run` often a body too large ("Troubleshooting").
        InternalServerError = "InternalServerError",
    }
}

open_choices! {
    /// A runtime error's name (section "Runtime Errors", and those of the models' pages).
    RuntimeErrorName {
        /// An input picture couldn't be fetched or decoded.
        ImageLoadError = "ImageLoadError",
        /// A picture or a prompt violated the content policies.
        ContentModerationError = "ContentModerationError",
        /// Inputs were invalid or inconsistent; of `reframe` also: the picture has that ratio
        /// already.
        InputValidationError = "InputValidationError",
        /// An upstream provider refused or failed; at times a content block that doesn't say so.
        ThirdPartyError = "ThirdPartyError",
        /// A service was overloaded or away.
        UnavailableError = "UnavailableError",
        /// Something unexpected inside.
        PipelineError = "PipelineError",
        /// `tryon-v1.6`: no body pose found in the model's picture, or in the garment's.
        PoseError = "PoseError",
    }
}

/// When the same request, sent again, may fare better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It won't.
    Never,
    /// After a while, longer each time.
    Backoff,
    /// When the window of the rate limit has moved on.
    NextWindow,
    /// When one of the predictions in flight has ended.
    FreeSlot,
    /// When credits were bought.
    Refill,
}

impl Retry {
    /// Whether waiting is enough.
    pub fn waiting_helps(self) -> bool {
        match self {
            Self::Backoff | Self::NextWindow | Self::FreeSlot => true,
            Self::Never | Self::Refill => false,
        }
    }
}

impl ApiErrorCode {
    /// The HTTP status it comes with; none is known of a code that isn't.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::BadRequest => Some(400),
            Self::UnauthorizedAccess => Some(401),
            Self::NotFound => Some(404),
            Self::RateLimitExceeded | Self::ConcurrencyLimitExceeded | Self::OutOfCredits => {
                Some(429)
            }
            Self::InternalServerError => Some(500),
            Self::Other(_) => None,
        }
    }

    /// What a status means by itself, when the body says nothing that can be read. Of the three
    /// 429s the one that passes soonest.
    pub fn of_http_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::UnauthorizedAccess,
            404 => Self::NotFound,
            429 => Self::RateLimitExceeded,
            500.. => Self::InternalServerError,
            _ => Self::BadRequest,
        }
    }

    /// When to send the same payload again: "because no prediction ID was issued, duplicate
    /// processing is not a risk". A code not known is judged by the status it came with.
    pub fn retry(&self, http_status: u16) -> Retry {
        match self {
            Self::BadRequest | Self::UnauthorizedAccess | Self::NotFound => Retry::Never,
            Self::RateLimitExceeded => Retry::NextWindow,
            Self::ConcurrencyLimitExceeded => Retry::FreeSlot,
            Self::OutOfCredits => Retry::Refill,
            Self::InternalServerError => Retry::Backoff,
            Self::Other(_) => match Self::of_http_status(http_status) {
                Self::Other(_) => Retry::Never,
                known => known.retry(http_status),
            },
        }
    }
}

impl RuntimeErrorName {
    /// When the same inputs may fare better. A failed prediction costs nothing, so of a name not
    /// known another attempt is worth it.
    pub fn retry(&self) -> Retry {
        match self {
            Self::ThirdPartyError
            | Self::UnavailableError
            | Self::PipelineError
            | Self::Other(_) => Retry::Backoff,
            Self::ImageLoadError
            | Self::ContentModerationError
            | Self::InputValidationError
            | Self::PoseError => Retry::Never,
        }
    }
}

impl ApiError {
    /// Reads the body.
    ///
    /// # Errors
    /// The body is not such an error.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let message = fields.value("message").and_then(Value::into_text).unwrap_or_default();
        let error = fields.required_string("error");
        let error = error.map(|error| Self {
            error: ApiErrorCode::from(&*error),
            message: message.into_owned(),
        });
        fields.finish_with(error)
    }
}

impl RuntimeError {
    /// Reads the field `error` of an answer: an object with a name, a message or both, or a text
    /// alone. Of anything else, and of an empty one, there is no error to tell.
    pub(crate) fn of(error: Value<'_>) -> Option<Self> {
        let (name, message) = match error {
            Value::Object(_) => {
                let text = |name| error.clone().entry(name).and_then(Value::into_text);
                (text("name"), text("message"))
            }
            text => match text.into_text()? {
                name if RuntimeErrorName::KNOWN.iter().any(|known| known.as_str() == name) => {
                    (Some(name), None)
                }
                message => (None, Some(message)),
            },
        };
        let name = name.filter(|name| !name.is_empty());
        let message = message.unwrap_or_default().into_owned();
        if name.is_none() && message.is_empty() {
            return None;
        }
        let name = name.map_or(RuntimeErrorName::PipelineError, |name| (&*name).into());
        Some(Self { name, message })
    }
}

/// Reads a `null` as an empty sentence, so that no prediction is lost over it.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    // In a binary form a text is always there.
    if !deserializer.is_human_readable() {
        return String::deserialize(deserializer);
    }
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
