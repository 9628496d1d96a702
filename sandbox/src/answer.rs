//! An HTTP answer before it is one: what to say, and how badly.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the desk answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers beside `content-type: application/json`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON unless a fault broke it.
    pub body: String,
    /// How it is carried.
    pub manner: Manner,
}

/// How an answer is carried: well, or as a fault has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// At once and whole.
    #[default]
    Plain,
    /// After that many milliseconds.
    Slow(u64),
    /// The connection ends before the answer does: no byte of the body comes.
    Cut,
    /// Nothing comes for that many milliseconds, then the connection ends.
    Hang(u64),
}

impl Answer {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
            manner: Manner::Plain,
        }
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
