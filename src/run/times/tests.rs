//! Times for tests, as they are by default.

use super::RunTimes;

pub const TIMES: RunTimes = RunTimes {
    receive_ms: 60_000,
    queue_ms: 1_800_000,
    fashn_timeout_ms: 20_000,
    send_ms: 50_000,
    deadline_ms: 600_000,
    result_ttl_ms: 3_600_000,
    unknown_credits_ms: 86_400_000,
};
