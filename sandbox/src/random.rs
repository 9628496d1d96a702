//! Randomness that repeats: ids, processing times within their documented range, chances of faults.

use serde::{Deserialize, Serialize};

/// `SplitMix64`. Not for secrets: the sandbox has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low).saturating_add(1);
        low + self.draw() % width.max(1)
    }

    /// True with a probability of `chance`, 0 to 1.
    pub fn happens(&mut self, chance: f64) -> bool {
        const STEPS: u64 = 1 << 32;
        #[expect(clippy::cast_precision_loss, reason = "both are below 2^53")]
        let drawn = (self.draw() % STEPS) as f64 / STEPS as f64;
        drawn < chance
    }
}

// Stored as text: readers of JSON round a number of 64 bits.
impl From<Random> for String {
    fn from(random: Random) -> Self {
        random.state.to_string()
    }
}

impl TryFrom<String> for Random {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self::seeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence_even_through_storage() {
        let mut one = Random::seeded(42);
        one.draw();
        let mut other: Random =
            serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(one.draw(), other.draw());
        assert_ne!(Random::seeded(1).draw(), Random::seeded(2).draw());
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut random = Random::seeded(1);
        let drawn: Vec<_> = (0..1000).map(|_| random.between(5, 8)).collect();
        assert!(drawn.iter().all(|number| (5..=8).contains(number)));
        assert!((5..=8).all(|number| drawn.contains(&number)));
        assert!(!random.happens(0.0));
        assert!(random.happens(1.0));
    }
}
