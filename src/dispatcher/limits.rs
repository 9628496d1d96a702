//! What the Dispatcher of one FASHN key keeps to. It goes with this module: the account has
//! [`crate::config::limits::AccountLimits`].

use crate::config::limits::RequestWindow;

/// What the Dispatcher of one FASHN key keeps to. Each is a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatcherLimits {
    /// Runs in flight at FASHN ("Concurrency Limits": 6).
    pub slots: u32,
    /// `POST /v1/run` ("Rate Limits": 50 in 60 s).
    pub runs: RequestWindow,
    /// `GET /v1/status/{id}` ("Rate Limits": 50 in 10 s).
    pub statuses: RequestWindow,
    /// Added to both windows: two clocks differ, and a status call travels after its permit was given.
    pub window_margin_ms: u64,
    /// Runs that wait, in all: a thousand take 20 minutes at FASHN's 50 a minute.
    pub queue_most: usize,
    /// Runs that wait of one visitor.
    pub queue_per_visitor_most: u32,
    /// How long a run may wait before it is given up; a run that would wait longer is not let in.
    pub queue_wait_ms: u64,
    /// Credits that a UTC day may cost.
    pub day_credits: u32,
    /// Credits that one visitor may spend in a UTC day.
    pub visitor_credits: u32,
    /// FASHN's last known balance, less what is on its way, stays at or over this.
    pub balance_floor: u32,
    /// A slot comes back after this long, whatever happened. Longer than a run's deadline, with room for
    /// a lost permit.
    pub lease_ms: u64,
    /// A permit that nobody answered is told again after this long, then after twice as long.
    pub redeliver_ms: u64,
    /// How long after its admission a run whose Prediction doesn't exist may still be on its way there.
    /// Longer than a Worker lives after its answer (30 s), and than a call to FASHN may take.
    pub absence_grace_ms: u64,
    /// A reservation whose truth was never told is held this long.
    pub adrift_ms: u64,
    /// A run that is settled is remembered this long, so that a repeated event finds it settled.
    pub settled_memory_ms: u64,
    /// The first wait after a `RateLimitExceeded` without `Retry-After`; then twice as long each time.
    pub hold_least_ms: u64,
    /// The longest such wait. A window has passed by then.
    pub hold_most_ms: u64,
    /// How long fewer slots are used after a `ConcurrencyLimitExceeded`.
    pub fewer_slots_ms: u64,
    /// Failures in a row that open the breaker.
    pub breaker_failures: u32,
    /// How long it stays open the first time; then twice as long each time.
    pub breaker_least_ms: u64,
    /// The longest that it stays open.
    pub breaker_most_ms: u64,
    /// A run that FASHN answers with its own 500 is sent at most so often.
    pub send_attempts_most: u32,
    /// How often FASHN's balance is asked while it said `OutOfCredits`.
    pub balance_every_ms: u64,
    /// Durations kept of a model and mode, for its median.
    pub durations_kept: usize,
    /// What one event looks after at most of what is overdue, so that it writes few rows.
    pub overdue_per_event: usize,
}

impl Default for DispatcherLimits {
    fn default() -> Self {
        Self {
            slots: fashn::limits::CONCURRENT_PREDICTIONS,
            runs: RequestWindow::of(fashn::limits::RUN),
            statuses: RequestWindow::of(fashn::limits::STATUS),
            window_margin_ms: 2_000,
            queue_most: 1_000,
            queue_per_visitor_most: 30,
            queue_wait_ms: 30 * 60_000,
            day_credits: 2_000,
            visitor_credits: 60,
            balance_floor: 0,
            lease_ms: 12 * 60_000,
            redeliver_ms: 5_000,
            absence_grace_ms: 150_000,
            adrift_ms: 24 * 3_600_000,
            settled_memory_ms: 15 * 60_000,
            hold_least_ms: 2_000,
            hold_most_ms: 60_000,
            fewer_slots_ms: 30_000,
            breaker_failures: 5,
            breaker_least_ms: 10_000,
            breaker_most_ms: 300_000,
            send_attempts_most: 4,
            balance_every_ms: 60_000,
            durations_kept: 32,
            overdue_per_event: 8,
        }
    }
}
