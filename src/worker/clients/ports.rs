//! Ports that every part of the Worker implements alike.

use worker::Env;

use crate::app::ports::Runtime;
use crate::worker::runtime::log;
use crate::worker::runtime::platform::{now_ms, sleep};

/// A part of the Worker with its bindings.
pub trait Bound {
    /// The bindings.
    fn env(&self) -> &Env;
}

impl<B: Bound> Runtime for B {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    async fn sleep(&self, ms: u64) {
        sleep(ms).await;
    }

    fn error(&self, place: &'static str, reason: &str) {
        log::error(place, reason);
    }
}
