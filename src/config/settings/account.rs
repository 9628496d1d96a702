//! The limits of an account: FASHN's, the queue's, and the merchant's budgets.

use crate::config::limits::{AFTER_CALLER_MS, AccountLimits};
use crate::config::settings::reader::Reader;
use crate::config::settings::table;

impl Reader<'_> {
    pub(super) fn account(&mut self, fashn_timeout_seconds: u64) -> AccountLimits {
        AccountLimits {
            slots: self.count(&table::CONCURRENT_RUNS),
            runs: self.rate(&table::RUN_RATE),
            statuses: self.rate(&table::STATUS_RATE),
            queue_max: self.count(&table::QUEUE_LENGTH) as usize,
            queue_per_visitor_max: self.count(&table::QUEUE_LENGTH_PER_VISITOR),
            queue_wait_ms: self.number(&table::QUEUE_SECONDS).saturating_mul(1_000),
            day_credits: self.count(&table::DAY_CREDITS),
            visitor_day_credits: self.count(&table::VISITOR_DAY_CREDITS),
            visitor_day_attempts: self.count(&table::VISITOR_DAY_ATTEMPTS),
            balance_floor: self.count(&table::BALANCE_FLOOR_CREDITS),
            bodies_bytes_max: self.number(&table::BODIES_BYTES),
            send_ms: fashn_timeout_seconds.saturating_mul(1_000).saturating_add(AFTER_CALLER_MS),
            ..AccountLimits::default()
        }
    }
}

#[cfg(test)]
mod tests;
