//! Values that must not be printed.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A secret setting. It prints as `[secret]`, and is compared without showing how much of it was
/// right.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The secret itself, for the one call that must carry it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares in constant time, lengths included: the two digests are compared.
    pub fn matches(&self, candidate: &str) -> bool {
        Sha256::digest(self.0.as_bytes()).ct_eq(&Sha256::digest(candidate.as_bytes())).into()
    }

    /// Overwrites the secret in an answer that is passed on word by word: a proxy in FASHN's place
    /// may repeat what it was sent.
    pub fn strike_out(&self, answer: &mut [u8]) {
        let secret = self.0.as_bytes();
        let mut rest = answer;
        while let Some(at) = rest.windows(secret.len().max(1)).position(|window| window == secret) {
            let (struck, tail) = rest.split_at_mut(at).1.split_at_mut(secret.len());
            struck.fill(b'*');
            rest = tail;
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests;
