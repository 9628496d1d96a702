//! How long to wait before something is tried again.

/// `least_ms`, and `factor` times as long after each of `times` tries before, up to `most_ms`.
pub fn pause_ms(least_ms: u64, factor: u64, times: u32, most_ms: u64) -> u64 {
    least_ms.saturating_mul(factor.saturating_pow(times)).min(most_ms)
}

#[cfg(test)]
mod tests;
