//! The limits that one account keeps to: FASHN's own for the key, the queue's, and the merchant's
//! budgets.

/// At most `requests` in any window of `window_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestWindow {
    /// The most requests.
    pub requests: u32,
    /// The window's length.
    pub window_ms: u64,
}

impl RequestWindow {
    /// FASHN's limit in milliseconds.
    pub fn of(limit: fashn::limits::RateLimit) -> Self {
        Self { requests: limit.requests, window_ms: u64::from(limit.window_seconds) * 1_000 }
    }
}

/// The limits of one account. Those that name a setting are read from it; the rest are constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLimits {
    /// Runs in flight at FASHN ("Concurrency Limits": 6). `CONCURRENT_RUNS`.
    pub slots: u32,
    /// Calls of `POST /v1/run` ("Rate Limits": 50 in 60 s). `RUN_RATE`.
    pub runs: RequestWindow,
    /// Calls of `GET /v1/status/{id}` ("Rate Limits": 50 in 10 s). `STATUS_RATE`.
    pub statuses: RequestWindow,
    /// Added to both windows: FASHN's clock differs from ours, and a call travels for a while after
    /// it was allowed.
    pub window_margin_ms: u64,
    /// Waiting runs in all. `QUEUE_LENGTH`.
    pub queue_max: usize,
    /// Waiting runs of one visitor. `QUEUE_LENGTH_PER_VISITOR`.
    pub queue_per_visitor_max: u32,
    /// The time after which a waiting run is given up; with a longer estimated wait a run is
    /// refused. `QUEUE_SECONDS`.
    pub queue_wait_ms: u64,
    /// Credits that a UTC day may cost. `DAY_CREDITS`.
    pub day_credits: u32,
    /// Credits that one visitor may spend in a UTC day. `VISITOR_DAY_CREDITS`.
    pub visitor_day_credits: u32,
    /// Admissions of one visitor in a UTC day, whatever became of them: failures and deletes cost
    /// no credits, but work. `VISITOR_DAY_ATTEMPTS`.
    pub visitor_day_attempts: u32,
    /// FASHN's last known balance, less the credits reserved since, stays at or over this.
    /// `BALANCE_FLOOR_CREDITS`.
    pub balance_floor: u32,
    /// The time for which a run in `receiving` keeps its place: as long as a body may take to
    /// arrive.
    pub receive_ms: u64,
    /// The time after `go` at which a send without a report ends as unknown: FASHN's timeout, and
    /// the 30 s for which the platform lets a Worker go on after its caller left.
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
    /// The longest time for which it stays open.
    pub breaker_max_ms: u64,
    /// The time that a probe may take; then another run may be the probe.
    pub probe_ms: u64,
    /// Sends of one run, while FASHN answers each with its own 500.
    pub send_attempts_max: u32,
    /// The time between two questions for the balance after `OutOfCredits`.
    pub balance_every_ms: u64,
    /// Measured durations kept of each duration class, for its median.
    pub durations_kept: usize,
    /// Bytes of all waiting bodies. `BODIES_BYTES`.
    pub bodies_bytes_max: u64,
    /// Deduplication rows that point to one run.
    pub dedup_per_run_max: u32,
}

/// The 30 s for which the platform lets a Worker go on after its caller left.
pub const AFTER_CALLER_MS: u64 = 30_000;

impl Default for AccountLimits {
    fn default() -> Self {
        use super::{
            BALANCE_FLOOR_CREDITS, BODIES_BYTES, BODY_READ_MS, DAY_CREDITS, FASHN_TIMEOUT_SECONDS,
            QUEUE_LENGTH, QUEUE_LENGTH_PER_VISITOR, QUEUE_SECONDS, VISITOR_DAY_ATTEMPTS,
            VISITOR_DAY_CREDITS,
        };
        Self {
            slots: fashn::limits::CONCURRENT_PREDICTIONS,
            runs: RequestWindow::of(fashn::limits::RUN),
            statuses: RequestWindow::of(fashn::limits::STATUS),
            window_margin_ms: 2_000,
            queue_max: QUEUE_LENGTH.default_u32() as usize,
            queue_per_visitor_max: QUEUE_LENGTH_PER_VISITOR.default_u32(),
            queue_wait_ms: QUEUE_SECONDS.default * 1_000,
            day_credits: DAY_CREDITS.default_u32(),
            visitor_day_credits: VISITOR_DAY_CREDITS.default_u32(),
            visitor_day_attempts: VISITOR_DAY_ATTEMPTS.default_u32(),
            balance_floor: BALANCE_FLOOR_CREDITS.default_u32(),
            receive_ms: BODY_READ_MS,
            send_ms: FASHN_TIMEOUT_SECONDS.default * 1_000 + AFTER_CALLER_MS,
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
            bodies_bytes_max: BODIES_BYTES.default,
            dedup_per_run_max: 4,
        }
    }
}
