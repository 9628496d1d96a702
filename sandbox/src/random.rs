//! Randomness that repeats: ids, processing times within their documented range, chances of faults.

use serde::{Deserialize, Serialize};

/// `SplitMix64`. Not for secrets: the sandbox has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    /// As text, since JSON readers round a number of 64 bits.
    #[serde(with = "as_text")]
    state: u64,
}

impl Random {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low).saturating_add(1);
        low + self.next() % width.max(1)
    }

    /// True `chance` of the time, 0.0 to 1.0.
    pub fn happens(&mut self, chance: f64) -> bool {
        const STEPS: u64 = 1 << 32;
        #[expect(clippy::cast_precision_loss, reason = "both are below 2^53")]
        let drawn = (self.next() % STEPS) as f64 / STEPS as f64;
        drawn < chance
    }
}

mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(state: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&state.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence_even_through_storage() {
        let mut one = Random::seeded(42);
        one.next();
        let mut other: Random =
            serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(one.next(), other.next());
        assert_ne!(Random::seeded(1).next(), Random::seeded(2).next());
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
