//! Answers, with the headers that each of them has.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::app::problem::{Answer, Problem};
use crate::worker::runtime::outgoing::add_header;
use crate::worker::runtime::platform::{respond, respond_bytes, respond_text};

/// An answer's body.
pub enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// The platform's own.
    Stream(JsValue),
}

/// Headers with values of one answer alone; the rest is the same for many.
const OWN: [&str; 6] =
    ["content-length", "content-range", "etag", "retry-after", "x-fashn-credits-used", "x-visitor"];

/// A longer text is sent as bytes: as a text it would lie in memory twice.
const TEXT_BYTES_MAX: usize = 65_536;

/// An answer on its way out. Its headers are names and values in turns, a line each.
pub struct Reply {
    status: u16,
    body: Body,
    /// The same for many answers.
    head: String,
    own: String,
}

impl Reply {
    /// JSON, which is never cached, sniffed, indexed or passed on as a referrer.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value)
            .map_err(|error| Problem::Internal(format!("answer does not serialise: {error}")))?;
        Ok(Self::private(status, "application/json", Body::Text(body)))
    }

    /// A problem, as its own module says it looks.
    pub fn problem(problem: &Problem) -> Self {
        let Answer { status, body, headers } = problem.answer();
        // Strings always serialise.
        let text = serde_json::to_string(&body).unwrap_or_default();
        Self::private(status, "application/json", Body::Text(text)).with_headers(headers)
    }

    /// A body as it is, and no header yet.
    pub fn body(status: u16, body: Body) -> Self {
        Self { status, body, head: String::new(), own: String::new() }
    }

    /// No body.
    pub fn empty(status: u16) -> Self {
        Self::body(status, Body::None)
    }

    /// A body that is never cached, sniffed, indexed or passed on as a referrer.
    pub fn private(status: u16, media_type: &'static str, body: Body) -> Self {
        Self::body(status, body).with_headers([
            ("content-type", media_type),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
        ])
    }

    /// More headers.
    pub fn with_headers<V: AsRef<str>>(
        mut self,
        headers: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Self {
        for (name, value) in headers {
            let text = if OWN.contains(&name) { &mut self.own } else { &mut self.head };
            add_header(text, name, value.as_ref());
        }
        self
    }

    /// The platform's answer; to a HEAD, without its body.
    pub fn into_response(self, is_head: bool) -> JsValue {
        let (status, head, own) = (self.status, &self.head, &self.own);
        match if is_head { &Body::None } else { &self.body } {
            Body::None => respond(status, head, own, &JsValue::NULL),
            Body::Text(text) if text.len() <= TEXT_BYTES_MAX => {
                respond_text(status, head, own, text)
            }
            Body::Text(text) => respond_bytes(status, head, own, text.as_bytes()),
            Body::Bytes(bytes) => respond_bytes(status, head, own, bytes),
            Body::Stream(stream) => respond(status, head, own, stream),
        }
    }
}
