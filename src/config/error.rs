//! What is wrong with the settings.

use std::fmt;

use serde::Serialize;

/// One fault of the settings: which one, and what to do. Never its value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingError {
    /// The variable's or secret's name.
    pub setting: &'static str,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.setting, self.message)
    }
}
