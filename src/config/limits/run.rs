//! Times of one run's life that no setting changes, and the bounds on an account's own calls.

/// How long FASHN may keep a result at most ("Data Retention & Privacy": 72 hours). A run that
/// FASHN is known to have is asked about until then.
pub const FASHN_KEEPS_MS: u64 = 72 * 3_600_000;

/// Between two polls of a run past its deadline, at most.
pub const POLL_EVERY_LATE_MS: u64 = 3_600_000;

/// The time after which a `Body` object that didn't answer gets its message to send again.
pub const SEND_RETRY_MS: u64 = 5_000;

/// The pause of a run after FASHN's first failure of it; it doubles each time.
pub const FAILED_RUN_PAUSE_MIN_MS: u64 = 5_000;

/// The longest such pause.
pub const FAILED_RUN_PAUSE_MAX_MS: u64 = 60_000;

/// Status calls of one account at once. With the messages and the balance they stay within the
/// platform's six connections of an object.
pub const STATUS_CALLS_MAX: usize = 3;

/// Messages to the merchant's backend at once, of one account.
pub const MESSAGES_MAX: usize = 2;

/// What one event looks after at most of what is overdue, so that it writes few rows.
pub const OVERDUE_PER_EVENT: usize = 8;

/// A body above this is at fault itself when FASHN answers 500: it doesn't open the breaker.
pub const LARGE_BODY_BYTES: u64 = 1 << 20;

/// Between two sweeps of rows of visitors of earlier days, while any are left.
pub const SWEEP_EVERY_MS: u64 = 1_000;

/// When a message's place is released although its call never ended: the backend's time and a
/// margin.
pub const MESSAGE_PLACE_MS: u64 = 20_000;

/// Added to a call's time limit before its place is given back although it never ended.
pub const CALL_MARGIN_MS: u64 = 5_000;

/// Counted from a run's admission, a copy of its request may come so late.
pub const REQUEST_COPY_MS: u64 = 60_000;
