//! What is wrong with the settings.

use serde::Serialize;
use thiserror::Error;

/// One fault: of which setting, and what to do. Never its value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{setting} {message}")]
pub struct SettingError {
    pub setting: &'static str,
    pub message: String,
}
