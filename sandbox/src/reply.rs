//! An HTTP response before the edge sends it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A response of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside `content-type: application/json`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON unless a fault broke it.
    pub body: String,
    /// How it is sent.
    pub transmission: Transmission,
}

/// How a reply is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transmission {
    /// Whole, at once.
    #[default]
    Immediate,
    /// After that many milliseconds.
    Delayed(u64),
    /// The connection ends before the first byte of the body.
    Cut,
    /// Nothing is sent for that many milliseconds, then the connection ends.
    Hang(u64),
}

impl Reply {
    /// A JSON reply.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
            transmission: Transmission::Immediate,
        }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
