//! What a number's setting may be.

/// The bounds of a setting, both included, and its value when it is unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The smallest value.
    pub min: u64,
    /// The value when the setting is unset.
    pub default: u64,
    /// The largest value.
    pub max: u64,
}

impl Bounds {
    /// `min` ≤ `default` ≤ `max`.
    pub const fn of(min: u64, default: u64, max: u64) -> Self {
        Self { min, default, max }
    }

    /// The default, of bounds that fit in 32 bits.
    pub fn default_u32(&self) -> u32 {
        u32::try_from(self.default).unwrap_or(u32::MAX)
    }
}
