//! Rate limits with sliding windows (API Fundamentals, "Rate Limits").

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The number of requests that any window of that length may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The most requests.
    pub requests: u32,
    /// The window's length.
    pub window_ms: u64,
}

/// The requests that a window holds now. FASHN doesn't document how it counts; here a refused
/// request isn't counted, so that a client that keeps trying is served again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window {
    acquired_at_ms: VecDeque<u64>,
}

impl Window {
    /// Counts a request if the window has room for it.
    ///
    /// # Errors
    /// The milliseconds until the oldest request leaves the window.
    pub fn try_acquire(&mut self, limit: RateLimit, now_ms: u64) -> Result<(), u64> {
        while self.acquired_at_ms.front().is_some_and(|at_ms| at_ms + limit.window_ms <= now_ms) {
            self.acquired_at_ms.pop_front();
        }
        let requests = usize::try_from(limit.requests).unwrap_or(usize::MAX);
        if self.acquired_at_ms.len() >= requests {
            let oldest = self.acquired_at_ms.front().copied().unwrap_or(now_ms);
            return Err((oldest + limit.window_ms).saturating_sub(now_ms));
        }
        self.acquired_at_ms.push_back(now_ms);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: RateLimit = RateLimit { requests: 3, window_ms: 1000 };

    #[test]
    fn the_fourth_waits_until_the_first_has_left() {
        let mut window = Window::default();
        assert_eq!(window.try_acquire(LIMIT, 0), Ok(()));
        assert_eq!(window.try_acquire(LIMIT, 400), Ok(()));
        assert_eq!(window.try_acquire(LIMIT, 400), Ok(()));
        assert_eq!(window.try_acquire(LIMIT, 900), Err(100));
        assert_eq!(window.try_acquire(LIMIT, 999), Err(1));
        assert_eq!(window.try_acquire(LIMIT, 1000), Ok(()));
        assert_eq!(window.try_acquire(LIMIT, 1000), Err(400));
    }

    #[test]
    fn a_limit_of_none_admits_nothing() {
        assert!(
            Window::default().try_acquire(RateLimit { requests: 0, window_ms: 10 }, 5).is_err()
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
                if window.try_acquire(LIMIT, now_ms).is_ok() {
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
