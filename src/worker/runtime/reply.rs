//! Answers, with the headers that each of them has.

use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::app::problem::{Answer, Problem};
use crate::worker::runtime::outgoing::add_header;
use crate::worker::runtime::platform::respond;

/// Headers with values of one answer alone; the rest is the same for many.
const OWN: [&str; 8] = [
    "content-length",
    "content-range",
    "etag",
    "retry-after",
    "x-consent-receipt",
    "x-fashn-credits-used",
    "x-request-id",
    "x-visitor",
];

/// A longer text is sent as bytes: as a text it would lie in memory twice.
const TEXT_BYTES_MAX: usize = 65_536;

/// An answer on its way out. Its headers are names and values in turns, a line each.
pub struct Reply {
    status: u16,
    /// The platform's own: null, a text, bytes or a stream.
    body: JsValue,
    /// The same for many answers.
    head: String,
    own: String,
}

impl Reply {
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::of_json(status, &serde_json::to_string(value)?))
    }

    pub fn of_json(status: u16, json: &str) -> Self {
        let body = if json.len() > TEXT_BYTES_MAX {
            Uint8Array::from(json.as_bytes()).into()
        } else {
            JsValue::from_str(json)
        };
        Self::private(status, "application/json", body)
    }

    /// A problem, as its own module says it looks.
    pub fn problem(problem: &Problem) -> Self {
        let Answer { status, body, headers } = problem.answer();
        // Strings always serialise.
        let json = serde_json::to_string(&body).unwrap_or_default();
        Self::of_json(status, &json).with_headers(headers)
    }

    /// JSON that is no secret: a cache may keep it for so long, apart for each page's origin.
    pub fn public_json(json: &str, cache_seconds: u64) -> Self {
        let cached = ["public, max-age=", &cache_seconds.to_string()].concat();
        Self::body(200, JsValue::from_str(json)).with_headers([
            ("content-type", "application/json"),
            ("cache-control", &*cached),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
        ])
    }

    /// A body as it is, and no header yet.
    pub fn body(status: u16, body: JsValue) -> Self {
        Self { status, body, head: String::new(), own: String::new() }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn empty(status: u16) -> Self {
        Self::body(status, JsValue::NULL)
    }

    /// A body that is never cached, sniffed, indexed or passed on as a referrer.
    pub fn private(status: u16, media_type: &'static str, body: JsValue) -> Self {
        Self::body(status, body).with_headers([
            ("content-type", media_type),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
        ])
    }

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
        let body = if is_head { JsValue::NULL } else { self.body };
        respond(self.status, &self.head, &self.own, &body)
    }
}
