//! Sliding windows: so many requests in any so many milliseconds (API Fundamentals, "Rate Limits").

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many requests any window of that length may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests.
    pub requests: u32,
    /// The window's length.
    pub window_ms: u64,
}

/// The requests that a window holds now. FASHN doesn't say how it counts: a refused request is not counted
/// here, so that whoever waits is let in again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window {
    taken_at_ms: VecDeque<u64>,
}

impl Window {
    /// Counts a request if there is room for it, or answers how many milliseconds it has to wait.
    ///
    /// # Errors
    /// The milliseconds until the oldest request leaves the window.
    pub fn take(&mut self, limit: RateLimit, now_ms: u64) -> Result<(), u64> {
        while self
            .taken_at_ms
            .front()
            .is_some_and(|taken| taken + limit.window_ms <= now_ms)
        {
            self.taken_at_ms.pop_front();
        }
        let requests = usize::try_from(limit.requests).unwrap_or(usize::MAX);
        if self.taken_at_ms.len() >= requests {
            let oldest = self.taken_at_ms.front().copied().unwrap_or(now_ms);
            return Err((oldest + limit.window_ms).saturating_sub(now_ms));
        }
        self.taken_at_ms.push_back(now_ms);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: RateLimit = RateLimit {
        requests: 3,
        window_ms: 1000,
    };

    #[test]
    fn the_fourth_waits_until_the_first_has_left() {
        let mut window = Window::default();
        assert_eq!(window.take(LIMIT, 0), Ok(()));
        assert_eq!(window.take(LIMIT, 400), Ok(()));
        assert_eq!(window.take(LIMIT, 400), Ok(()));
        assert_eq!(window.take(LIMIT, 900), Err(100));
        assert_eq!(window.take(LIMIT, 999), Err(1));
        assert_eq!(window.take(LIMIT, 1000), Ok(()));
        assert_eq!(window.take(LIMIT, 1000), Err(400));
    }

    #[test]
    fn a_limit_of_none_lets_nothing_in() {
        assert!(
            Window::default()
                .take(
                    RateLimit {
                        requests: 0,
                        window_ms: 10
                    },
                    5
                )
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_limit(steps in proptest::collection::vec(0u64..700, 1..200)) {
            let mut window = Window::default();
            let mut now_ms = 0;
            let mut admitted = Vec::new();
            for step in steps {
                now_ms += step;
                if window.take(LIMIT, now_ms).is_ok() {
                    admitted.push(now_ms);
                }
            }
            for &start in &admitted {
                let held = admitted.iter().filter(|&&at| at >= start && at < start + LIMIT.window_ms).count();
                prop_assert!(held <= 3);
            }
        }
    }
}
