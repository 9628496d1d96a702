//! Names of requests, for the log and the header `x-request-id`.

/// Names that don't repeat within an isolate, and can't be told to follow one another (splitmix64):
/// a caller doesn't learn how many requests there are.
#[derive(Debug, Clone, Copy)]
pub struct RequestIds(u64);

impl RequestIds {
    /// `seed` is random.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 16 hex digits.
    pub fn next_id(&mut self) -> String {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:016x}", mixed ^ (mixed >> 31))
    }
}

#[cfg(test)]
mod tests;
