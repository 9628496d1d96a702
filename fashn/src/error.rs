//! What FASHN says went wrong (page "Error Handling"): API-level errors before there is a prediction, and
//! runtime errors of one that failed.

use serde::{Deserialize, Serialize};

/// The body of an API-level error: `{"error": "UnauthorizedAccess", "message": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The code: `BadRequest`, `RateLimitExceeded`, … or one not known yet.
    pub error: String,
    /// FASHN's sentence.
    #[serde(default)]
    pub message: String,
}

/// The `error` object of a failed prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeError {
    /// The name: `PoseError`, `ImageLoadError`, … or one not known yet.
    pub name: String,
    /// FASHN's sentence.
    #[serde(default)]
    pub message: String,
}
