//! The limits that one account keeps to: FASHN's own for the key, the queue's, and the merchant's
//! budgets.

use fashn::limits::RateLimit;

use crate::config::reader::Reader;
use crate::config::table;

/// At most `requests` in any window of `window_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestWindow {
    pub requests: u32,
    pub window_ms: u64,
}

impl From<RateLimit> for RequestWindow {
    fn from(limit: RateLimit) -> Self {
        Self { requests: limit.requests, window_ms: u64::from(limit.window_seconds) * 1_000 }
    }
}

/// The limits of one account: those of settings, and constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLimits {
    pub slots: u32,
    /// Calls of `POST /v1/run`.
    pub runs: RequestWindow,
    /// Calls of `GET /v1/status/{id}`.
    pub statuses: RequestWindow,
    /// Added to both windows: FASHN's clock differs from ours, and a call travels for a while after
    /// it was allowed.
    pub window_margin_ms: u64,
    pub queue_max: usize,
    pub queue_per_visitor_max: u32,
    /// The time after which a waiting run is given up; with a longer estimated wait a run is
    /// refused.
    pub queue_wait_ms: u64,
    /// By UTC day, as those of a visitor.
    pub day_credits: u32,
    pub visitor_day_credits: u32,
    /// By UTC month; 31 days' credits where it isn't set.
    pub month_credits: Option<u32>,
    /// Admissions, whatever became of them: failures and deletes cost no credits, but work.
    pub visitor_day_attempts: u32,
    /// FASHN's last known balance, less the credits reserved since, stays at or over this.
    pub balance_floor: u32,
    /// Bytes of all waiting bodies.
    pub bodies_bytes_max: u64,
    /// The time for which a run in `receiving` keeps its place: as long as a body may take to
    /// arrive.
    pub receive_ms: u64,
    /// The time after `go` at which a send without a report ends as unknown.
    pub send_ms: u64,
    /// The time for which the credits of a run with an unknown outcome stay reserved; then they
    /// count as spent.
    pub unknown_credits_ms: u64,
    /// The first pause after a `RateLimitExceeded` without `Retry-After`; it doubles each time.
    pub hold_min_ms: u64,
    /// The longest such pause: a window of FASHN's has passed by then.
    pub hold_max_ms: u64,
    /// The time for which fewer slots are used after a `ConcurrencyLimitExceeded`.
    pub reduced_concurrency_ms: u64,
    /// Failures of distinct visitors that open the breaker.
    pub breaker_failures: u32,
    /// The time for which the breaker stays open at first; it doubles each time.
    pub breaker_min_ms: u64,
    pub breaker_max_ms: u64,
    /// The time that a probe may take; then another run may be the probe.
    pub probe_ms: u64,
    /// Sends of one run, while FASHN answers each with its own 500.
    pub send_attempts_max: u32,
    /// The time between two questions for the balance after `OutOfCredits`.
    pub balance_every_ms: u64,
    /// Measured durations kept of each duration class, for its median.
    pub durations_kept: usize,
    /// Deduplication rows that point to one run.
    pub dedup_per_run_max: u32,
}

/// The time for which the platform lets a Worker go on after its caller left.
const AFTER_CALLER_MS: u64 = 30_000;

impl AccountLimits {
    pub fn read(reader: &mut Reader<'_>, fashn_timeout_seconds: u64) -> Self {
        Self {
            slots: reader.count(&table::CONCURRENT_RUNS),
            runs: reader.rate(&table::RUN_RATE).into(),
            statuses: reader.rate(&table::STATUS_RATE).into(),
            window_margin_ms: 2_000,
            queue_max: reader.count(&table::QUEUE_LENGTH) as usize,
            queue_per_visitor_max: reader.count(&table::QUEUE_LENGTH_PER_VISITOR),
            queue_wait_ms: reader.number(&table::QUEUE_SECONDS) * 1_000,
            day_credits: reader.count(&table::DAY_CREDITS),
            visitor_day_credits: reader.count(&table::VISITOR_DAY_CREDITS),
            month_credits: reader
                .is_set(&table::MONTH_CREDITS)
                .then(|| reader.count(&table::MONTH_CREDITS)),
            visitor_day_attempts: reader.count(&table::VISITOR_DAY_ATTEMPTS),
            balance_floor: reader.count(&table::BALANCE_FLOOR_CREDITS),
            bodies_bytes_max: reader.number(&table::BODIES_BYTES),
            receive_ms: super::BODY_READ_MS,
            send_ms: fashn_timeout_seconds * 1_000 + AFTER_CALLER_MS,
            unknown_credits_ms: 24 * 3_600_000,
            hold_min_ms: 2_000,
            hold_max_ms: 60_000,
            reduced_concurrency_ms: 30_000,
            breaker_failures: 5,
            breaker_min_ms: 10_000,
            breaker_max_ms: 300_000,
            probe_ms: 30_000,
            send_attempts_max: 4,
            balance_every_ms: 60_000,
            durations_kept: 32,
            dedup_per_run_max: 4,
        }
    }
}

impl AccountLimits {
    pub fn month_credits(&self) -> u64 {
        self.month_credits.map_or_else(|| u64::from(self.day_credits) * 31, u64::from)
    }
}

impl Default for AccountLimits {
    /// With no setting set.
    fn default() -> Self {
        let timeout_seconds = table::FASHN_TIMEOUT_SECONDS.kind.default;
        Self::read(&mut Reader::new(&|_| None), timeout_seconds)
    }
}
