//! Waiting for news of a run: what a caller asks for and has seen, and what a subscriber is sent.
//!
//! ```text
//! GET /v1/status/{id}                       now, and when to ask again
//!      + If-None-Match: "tag"               304, if nothing has changed since
//!      + ?wait=SECONDS                      at the next news, or at the end of the wait
//!      + Accept: text/event-stream          an event at each change, until it is over
//!          + Last-Event-ID: tag             none for what was seen already
//! ```
//!
//! News is another state or another place in the queue. Time alone lowers an estimate; that changes
//! what is shown, and with it the tag, but no waiting answer ends for it.

use fashn::fields::FieldError;
use serde::{Deserialize, Serialize};

use crate::auth::ids::{PredictionId, Ticket};
use crate::config::limits;
use crate::http::etag::{self, ETag};
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};
use crate::request::error::RequestError;
use crate::run::view::{Envelope, Standing};

pub const EVENT_STREAM: &str = "text/event-stream";

/// How a stream begins: where it breaks, a browser's own reader comes back after a second.
pub const HELLO: &[u8] = b"retry: 1000\n\n";

/// A comment that keeps the connection open, and shows which readers have left.
pub const HEARTBEAT: &[u8] = b":\n\n";

/// The part of a tag that changes with news alone: `processing-0` of `processing-0.10x0`.
fn news(tag: &str) -> &str {
    tag.split_once('.').map_or(tag, |(news, _)| news)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusQuery {
    /// It would wait so long for news.
    pub wait_seconds: Option<u64>,
    pub stream: bool,
    pub seen: Option<String>,
    /// `Last-Event-ID`, or nothing.
    pub last_event: String,
}

impl StatusQuery {
    /// Reads a request's query and headers. A `wait` is at most [`limits::WAIT_MAX_SECONDS`]; other
    /// fields are ignored. A HEAD is answered at once.
    pub fn read(head: &RequestHead<'_>) -> Result<Self, RequestError> {
        let mut wait_seconds = None;
        let query = head.query.unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name == "wait" {
                wait_seconds = Some(seconds(&value)?);
            }
        }
        let is_head = head.method == "HEAD";
        Ok(Self {
            wait_seconds: wait_seconds.filter(|_| !is_head),
            stream: !is_head && head.header(Header::Accept).is_some_and(accepts_stream),
            seen: head.header(Header::IfNoneMatch).map(str::to_owned),
            last_event: head.header(Header::LastEventId).unwrap_or_default().to_owned(),
        })
    }

    /// The caller holds just this.
    pub fn has(&self, tag: &ETag) -> bool {
        let seen = self.seen.as_deref().unwrap_or_default();
        etag::listed(seen).any(|seen| seen == "*" || seen == tag.as_str())
    }
}

/// A caller that holds this `If-None-Match` has seen something, and this is news to it.
pub fn is_behind(seen: &str, tag: &ETag) -> bool {
    !etag::listed(seen).any(|seen| seen == "*" || news(seen) == news(tag.as_str()))
}

fn seconds(text: &str) -> Result<u64, RequestError> {
    text.parse::<u64>()
        .ok()
        .filter(|seconds| (1..=limits::WAIT_MAX_SECONDS).contains(seconds))
        .ok_or_else(|| {
            let message =
                format!("must be a whole number of seconds from 1 to {}", limits::WAIT_MAX_SECONDS);
            FieldError::new("wait", message).into()
        })
}

/// A list of media types names the stream, and not with `q=0`. `*/*` doesn't: a caller names it.
fn accepts_stream(accept: &str) -> bool {
    accept.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(EVENT_STREAM));
        let refused = |part: &str| {
            part.strip_prefix("q=")
                .is_some_and(|q| q.starts_with('0') && q.bytes().all(|b| matches!(b, b'0' | b'.')))
        };
        named && !parts.any(refused)
    })
}

/// When a caller that doesn't wait should ask again, in seconds: after half of what is left, so
/// that it comes a few times rather than every second, and not late. None for what is over.
pub fn retry_after_seconds(envelope: &Envelope) -> Option<u64> {
    if envelope.status.is_terminal() {
        return None;
    }
    let half = envelope.eta_seconds.map(|eta| eta.div_ceil(2));
    Some(half.map_or(limits::RETRY_AFTER_MIN_SECONDS, |half| {
        half.clamp(limits::RETRY_AFTER_MIN_SECONDS, limits::RETRY_AFTER_MAX_SECONDS)
    }))
}

/// When a waiting run's place is looked at again, in milliseconds: after an eighth of its wait,
/// because one that is far back moves less for what it sees.
pub fn place_again_ms(standing: Option<Standing>) -> u64 {
    let wait_ms = standing.map_or(0, |standing| standing.wait_seconds.saturating_mul(1_000));
    (wait_ms / 8).clamp(limits::PLACE_EVERY_MIN_MS, limits::PLACE_EVERY_MAX_MS)
}

/// An event. JSON has no line breaks.
pub fn event(tag: &ETag, json: &[u8]) -> Vec<u8> {
    [b"id: ", tag.as_str().as_bytes(), b"\ndata: ", json, b"\n\n"].concat()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribeRequest {
    pub ticket: Ticket,
    pub subscription: Subscription,
    /// What the caller has seen: of a stream `Last-Event-ID`, of a wait `If-None-Match`.
    #[serde(default)]
    pub seen: Option<String>,
}

/// How a caller waits for news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// Each change as an event.
    Stream {
        /// Addresses of outputs begin with it.
        origin: Origin,
        id: PredictionId,
    },
    /// One answer: at the next news, and at this time at the latest, in milliseconds since 1970.
    Wait(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// Nothing: it has seen it.
    Nothing,
    /// What is shown now.
    Event,
    /// What is shown now, and that it is the last.
    LastEvent,
    /// Nothing, and its answer ends.
    End,
}

impl Subscription {
    /// What a subscriber that has seen one tag is sent when another is shown, the last one perhaps.
    pub fn notification(&self, seen: &str, tag: &ETag, is_last: bool) -> Notification {
        let knows = match self {
            Self::Stream { .. } if !is_last => seen == tag.as_str(),
            Self::Stream { .. } | Self::Wait(_) => news(seen) == news(tag.as_str()),
        };
        match (self, knows, is_last) {
            (_, true, false) => Notification::Nothing,
            (Self::Stream { .. }, true, true) => Notification::End,
            (Self::Stream { .. }, false, false) => Notification::Event,
            (Self::Stream { .. }, false, true) | (Self::Wait(_), _, _) => Notification::LastEvent,
        }
    }
}

#[cfg(test)]
mod tests;
