//! A sliding window of requests, as FASHN counts them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::limits::RequestWindow;

/// When the last requests were made at the latest, oldest first, in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window(VecDeque<u64>);

impl Window {
    /// Notes a request.
    pub fn note(&mut self, now_ms: u64) {
        self.0.push_back(now_ms);
    }

    /// Forgets what has left the window. A clock that went back leaves requests in the future: they count
    /// as made now, so that the window is full for longer rather than for less.
    pub fn slide(&mut self, limit: RequestWindow, margin_ms: u64, now_ms: u64) {
        while self.0.back().is_some_and(|at| *at > now_ms) {
            let late = self.0.iter().filter(|at| **at > now_ms).count();
            self.0.truncate(self.0.len().saturating_sub(late));
            self.0.extend(std::iter::repeat_n(now_ms, late));
        }
        let span_ms = limit.window_ms.saturating_add(margin_ms);
        while self
            .0
            .front()
            .is_some_and(|at| at.saturating_add(span_ms) <= now_ms)
        {
            self.0.pop_front();
        }
    }

    /// How many more may be made now, `outstanding` being under way. The window has been slid.
    #[must_use]
    pub fn room(&self, limit: RequestWindow, outstanding: usize) -> usize {
        (limit.requests as usize).saturating_sub(self.0.len().saturating_add(outstanding))
    }

    /// When the oldest leaves.
    #[must_use]
    pub fn opens_ms(&self, limit: RequestWindow, margin_ms: u64) -> Option<u64> {
        let span_ms = limit.window_ms.saturating_add(margin_ms);
        self.0.front().map(|at| at.saturating_add(span_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: RequestWindow = RequestWindow {
        requests: 3,
        window_ms: 1_000,
    };

    #[test]
    fn a_request_leaves_when_the_window_and_its_margin_have_passed() {
        let mut window = Window::default();
        for at in [0, 10, 20] {
            window.note(at);
        }
        window.slide(LIMIT, 5, 1_004);
        assert_eq!(
            (window.room(LIMIT, 0), window.opens_ms(LIMIT, 5)),
            (0, Some(1_005))
        );
        window.slide(LIMIT, 5, 1_005);
        assert_eq!((window.room(LIMIT, 0), window.room(LIMIT, 1)), (1, 0));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_allowed(gaps in prop::collection::vec(0_u64..700, 1..200)) {
            let (mut window, mut now_ms, mut made) = (Window::default(), 0, Vec::new());
            for gap in gaps {
                now_ms += gap;
                window.slide(LIMIT, 0, now_ms);
                if window.room(LIMIT, 0) > 0 {
                    window.note(now_ms);
                    made.push(now_ms);
                }
                let inside = made.iter().filter(|at| **at + LIMIT.window_ms > now_ms).count();
                prop_assert!(inside <= 3);
            }
        }

        #[test]
        fn a_clock_that_goes_back_never_makes_room(ahead in 1_u64..10_000, back in 1_u64..10_000) {
            let mut window = Window::default();
            for _ in 0..3 {
                window.note(20_000 + ahead);
            }
            let now_ms = 20_000 + ahead - back;
            window.slide(LIMIT, 0, now_ms);
            prop_assert_eq!(window.room(LIMIT, 0), 0);
            window.slide(LIMIT, 0, now_ms + LIMIT.window_ms);
            prop_assert_eq!(window.room(LIMIT, 0), 3, "it opens a window later, whatever the clock had said");
        }
    }
}
