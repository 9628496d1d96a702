//! Waiting for news of a prediction: what a caller asks for and has seen, and what a listener is told when.
//!
//! ```text
//! GET /v1/status/{id}                       now, and when to ask again
//!      + If-None-Match: "tag"               304, if nothing has changed since
//!      + ?wait=SECONDS                      at the next news, or at the end of the wait
//!      + Accept: text/event-stream          an event at each change, until it is over
//!          + Last-Event-ID: tag             none for what was seen already
//! ```
//!
//! News is another state or another place in the queue. The passing of time lowers an estimate; that changes what is
//! shown, and with it the tag, but nobody is woken for it.

use fashn::fields::Fault;
use serde::{Deserialize, Serialize};

use crate::config::limits;
use crate::dispatcher::Place;
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};
use crate::request::error::RequestError;
use crate::run::view::Envelope;

/// The media type of a stream of events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// How a stream begins: where it breaks, a browser's own reader comes back after a second.
pub const HELLO: &[u8] = b"retry: 1000\n\n";

/// A comment that keeps the connection open, and shows who is gone.
pub const HEARTBEAT: &[u8] = b":\n\n";

/// Names what is shown of a prediction: the same as long as it is the same to the byte. `processing-0.10` is a state, a
/// place in the queue, and after the dot an estimate in seconds. It is an `ETag` between quotes, and an event's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// The tag of what is shown. So many outputs are expired, which a finished prediction shows without being news.
    #[must_use]
    pub fn of(envelope: &Envelope, expired: usize) -> Self {
        let place = envelope.queue_position.unwrap_or(0);
        let eta = envelope.eta_seconds.unwrap_or(0);
        let mut text = envelope.status.as_str().to_owned();
        // FASHN may name a state that isn't known yet, in letters that a header can't have.
        text.retain(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        for (sign, number) in [('-', place), ('.', eta), ('x', expired as u64)] {
            text.push(sign);
            text.push_str(&number.to_string());
        }
        Self(text)
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As an `ETag` has it.
    #[must_use]
    pub fn quoted(&self) -> String {
        ["\"", &self.0, "\""].concat()
    }

    /// The part that changes with news alone.
    #[must_use]
    pub fn news(&self) -> &str {
        news(&self.0)
    }
}

fn news(tag: &str) -> &str {
    tag.split_once('.').map_or(tag, |(news, _)| news)
}

/// What a caller asks of a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// It would wait so long for news.
    pub wait_seconds: Option<u64>,
    /// It wants each change as an event.
    pub stream: bool,
    /// `If-None-Match`, as it came.
    seen: Option<String>,
    /// `Last-Event-ID`, or nothing.
    pub last_event: String,
}

impl Ask {
    /// Reads a request's query and headers. Other fields of the query are let pass.
    ///
    /// # Errors
    /// `wait` is no number of seconds within [`limits::WAIT_MAX_SECONDS`].
    pub fn read(head: &RequestHead<'_>) -> Result<Self, RequestError> {
        let mut wait_seconds = None;
        for (name, value) in url::form_urlencoded::parse(head.query.unwrap_or_default().as_bytes())
        {
            if name == "wait" {
                wait_seconds = Some(seconds(&value)?);
            }
        }
        Ok(Self {
            wait_seconds,
            stream: head.header(Header::Accept).is_some_and(accepts_stream),
            seen: head.header(Header::IfNoneMatch).map(str::to_owned),
            last_event: head
                .header(Header::LastEventId)
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// The caller holds just this.
    #[must_use]
    pub fn has(&self, tag: &Tag) -> bool {
        self.tags().any(|seen| seen == "*" || seen == tag.as_str())
    }

    /// The caller holds something, and this is news to it.
    #[must_use]
    pub fn is_behind(&self, tag: &Tag) -> bool {
        self.seen.is_some()
            && !self
                .tags()
                .any(|seen| seen == "*" || news(seen) == tag.news())
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        let list = self.seen.as_deref().unwrap_or_default();
        list.split(',').map(|tag| {
            let tag = tag.trim();
            tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
        })
    }
}

fn seconds(text: &str) -> Result<u64, RequestError> {
    text.parse::<u64>()
        .ok()
        .filter(|seconds| (1..=limits::WAIT_MAX_SECONDS).contains(seconds))
        .ok_or_else(|| {
            let message = format!(
                "must be a whole number of seconds from 1 to {}",
                limits::WAIT_MAX_SECONDS
            );
            Fault::new("wait", message).into()
        })
}

/// A list of media types names the stream, and not with `q=0`. `*/*` doesn't: whoever wants a stream says so.
fn accepts_stream(accept: &str) -> bool {
    accept.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(EVENT_STREAM));
        let refused = |part: &str| {
            part.strip_prefix("q=")
                .is_some_and(|q| q.starts_with('0') && q.bytes().all(|b| matches!(b, b'0' | b'.')))
        };
        named && !parts.any(refused)
    })
}

/// When a caller that doesn't wait should ask again, in seconds: after half of what is left, so that it comes a few
/// times rather than every second, and not late. None for what is over.
#[must_use]
pub fn retry_after_seconds(envelope: &Envelope) -> Option<u64> {
    if envelope.status.is_terminal() {
        return None;
    }
    let half = envelope.eta_seconds.map(|eta| eta.div_ceil(2));
    Some(half.map_or(limits::RETRY_AFTER_MIN_SECONDS, |half| {
        half.clamp(
            limits::RETRY_AFTER_MIN_SECONDS,
            limits::RETRY_AFTER_MAX_SECONDS,
        )
    }))
}

/// When the Dispatcher is asked again for the place of a run that waits while somebody listens, in milliseconds: an
/// eighth of its wait, as whoever is far back moves less for what it sees.
#[must_use]
pub fn place_again_ms(place: Option<Place>) -> u64 {
    let wait_ms = place.map_or(0, |place| place.wait_seconds.saturating_mul(1_000));
    (wait_ms / 8).clamp(limits::PLACE_EVERY_MIN_MS, limits::PLACE_EVERY_MAX_MS)
}

/// An event. JSON has no line breaks.
#[must_use]
pub fn event(tag: &Tag, json: &[u8]) -> Vec<u8> {
    [b"id: ", tag.as_str().as_bytes(), b"\ndata: ", json, b"\n\n"].concat()
}

/// How somebody listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Each change as an event; addresses of outputs begin with this origin.
    Stream(Origin),
    /// Nothing but the end of the answer, at the next news and at this time at the latest, in milliseconds since 1970.
    Wait(u64),
}

/// What a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing: it knows.
    Nothing,
    /// What is shown now.
    Event,
    /// What is shown now, and that it is the last.
    LastEvent,
    /// That it is over, without a word.
    End,
}

impl Form {
    /// What a listener that has seen one tag is told when another is shown, the last one perhaps.
    #[must_use]
    pub fn telling(&self, seen: &str, tag: &Tag, is_last: bool) -> Telling {
        let knows = match self {
            Self::Stream(_) if !is_last => seen == tag.as_str(),
            Self::Stream(_) | Self::Wait(_) => news(seen) == tag.news(),
        };
        match (self, knows, is_last) {
            (_, true, false) => Telling::Nothing,
            (_, true, true) | (Self::Wait(_), ..) => Telling::End,
            (Self::Stream(_), false, false) => Telling::Event,
            (Self::Stream(_), false, true) => Telling::LastEvent,
        }
    }
}

#[cfg(test)]
mod tests;
