//! A sliding window of requests, as FASHN counts them.

use serde::{Deserialize, Serialize};

use crate::config::limits::RequestWindow;

/// A window of more requests than this is kept in so many spans; a span's requests count as made
/// with the last of them.
const SPANS: u64 = 64;

/// When the last requests were made at the latest, in milliseconds since 1970, and how many at a
/// time; oldest first. Before it is asked, what has left it is to be forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window(Vec<(u64, u32)>);

impl Window {
    /// Notes so many requests that were made then.
    pub fn note(&mut self, limit: RequestWindow, count: u32, made_ms: u64) {
        if count == 0 {
            return;
        }
        let is_fine = u64::from(limit.requests) <= SPANS;
        let span_ms = if is_fine { 1 } else { (limit.window_ms / SPANS).max(1) };
        let span = |at_ms: u64| at_ms / span_ms;
        // Nearly always the last span, or behind it.
        let later = self.0.iter().rev();
        let later = later.take_while(|(at_ms, _)| span(*at_ms) > span(made_ms));
        let place = self.0.len().saturating_sub(later.count());
        match place.checked_sub(1).and_then(|last| self.0.get_mut(last)) {
            Some((at_ms, noted)) if span(*at_ms) == span(made_ms) => {
                *at_ms = (*at_ms).max(made_ms);
                *noted = noted.saturating_add(count);
            }
            _ => self.0.insert(place, (made_ms, count)),
        }
    }

    pub fn forget(&mut self, limit: RequestWindow, now_ms: u64) {
        self.0.retain(|(at_ms, _)| at_ms.saturating_add(limit.window_ms) > now_ms);
    }

    /// A clock that went back leaves requests in the future: they count as made now, so that the
    /// window is full for longer rather than for less.
    pub fn bound(&mut self, limit: RequestWindow, now_ms: u64) {
        let mut late = 0_u32;
        while let Some((_, count)) = self.0.pop_if(|(at_ms, _)| *at_ms > now_ms) {
            late = late.saturating_add(count);
        }
        self.note(limit, late, now_ms);
    }

    /// How many more may be made now, `outstanding` being under way.
    pub fn room(&self, limit: RequestWindow, outstanding: u64) -> u64 {
        u64::from(limit.requests).saturating_sub(self.noted().saturating_add(outstanding))
    }

    /// When enough of the oldest leave that another may be made, if nothing is under way.
    pub fn opens_ms(&self, limit: RequestWindow) -> Option<u64> {
        let mut over = self.noted().saturating_sub(limit.requests.into());
        for (at_ms, count) in &self.0 {
            let Some(left) = over.checked_sub((*count).into()) else {
                return Some(at_ms.saturating_add(limit.window_ms));
            };
            over = left;
        }
        None
    }

    fn noted(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

#[cfg(test)]
mod tests;
