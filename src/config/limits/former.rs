//! Limits of the modules that go with the account object: `batch`, `remembered`, `prediction`.

/// A queued run's body stays so long beside its record once it is being sent.
pub const SEND_MAX_MS: u64 = 150_000;
/// Runs of so many seconds share a Prediction object.
pub const BATCH_SECONDS: u32 = 64;
/// Runs a second of one Prediction object.
pub const BATCH_RUNS_PER_SECOND: u64 = 8;
/// Prediction objects of the same time.
pub const BATCHES_MAX: u64 = 32;
/// Bytes of waiting bodies in one Prediction object.
pub const BATCH_BODY_BYTES: u64 = 8 << 30;
/// An alarm that is so much too early stays.
pub const ALARM_EARLY_MS: u64 = 60_000;
/// The age of a remembered answer.
pub const REMEMBERED_MS: u64 = 10_000;
/// Remembered answers.
pub const REMEMBERED_MAX: usize = 128;
/// One remembered answer.
pub const REMEMBERED_BYTES_MAX: usize = 8 * 1024;
