//! Ids of predictions, in FASHN's form, and of accounts, one for each API key.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::random::Random;

/// A prediction's id, in the form of FASHN's own: a UUID and the suffix `-u1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PredictionId(String);

impl PredictionId {
    /// The id in every example of FASHN's documentation. It is never minted (it is no UUID: `r` is
    /// no hex digit); it is always a completed run, so that the SDKs' own tests find it.
    pub const EXAMPLE: &'static str = "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1";

    /// A new id, a version 4 UUID from seeded randomness.
    pub fn mint(random: &mut Random) -> Self {
        let high = (random.draw() & !0xF000) | 0x4000;
        let low = (random.draw() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        Self(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}-u1",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF,
        ))
    }

    /// The id in a request. One of another form is unknown, like any that was never minted.
    pub fn from_request(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The id on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The account of one API key. The key itself is not stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// The account of a key: the first 12 hex digits of its SHA-256.
    pub fn of_key(key: &str) -> Self {
        let mut hex = hex(&Sha256::digest(key.as_bytes()));
        hex.truncate(12);
        Self(hex)
    }

    /// The id in the journal.
    pub fn named(id: String) -> Self {
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .map(|digit| char::from(*digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_look_like_fashns_and_never_repeat() {
        let mut random = Random::seeded(7);
        let ids: std::collections::BTreeSet<_> =
            (0..1000).map(|_| PredictionId::mint(&mut random)).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let groups: Vec<_> = id.as_str().split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12, 2]);
            assert!(id.as_str().ends_with("-u1"));
            assert_eq!(id.as_str().as_bytes()[14], b'4');
        }
    }

    #[test]
    fn an_account_follows_from_its_key_and_does_not_show_it() {
        assert_eq!(AccountId::of_key("My API Key"), AccountId::of_key("My API Key"));
        assert_ne!(AccountId::of_key("My API Key"), AccountId::of_key("my api key"));
        assert_eq!(AccountId::of_key("k").as_str().len(), 12);
    }
}
