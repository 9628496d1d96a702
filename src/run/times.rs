//! What a run's life is measured by.

/// Each is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTimes {
    /// How long a place is kept while the body is stored.
    pub receive_ms: u64,
    pub queue_ms: u64,
    pub fashn_timeout_ms: u64,
    /// When a sender can't live any more, counted from its slot: the call and the platform's 30 s.
    pub send_ms: u64,
    /// When a run's slot is freed whatever happened, counted from its slot.
    pub deadline_ms: u64,
    pub result_ttl_ms: u64,
    /// How long credits stay reserved without word of the price.
    pub unknown_credits_ms: u64,
}

#[cfg(test)]
pub mod tests;

/// The time of an event, and what a run's life is measured by.
#[derive(Debug, Clone, Copy)]
pub struct Now<'t> {
    pub ms: u64,
    pub times: &'t RunTimes,
}

impl Now<'_> {
    pub fn after(self, ms: u64) -> u64 {
        self.ms.saturating_add(ms)
    }
}
