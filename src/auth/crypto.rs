//! HMAC-SHA256 with an operator's secret, and hexadecimal digits.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::auth::secret::Secret;

/// The HMAC-SHA256 of a message. HMAC takes a secret of any length, so it is always there.
pub fn mac(secret: &Secret, message: &[u8]) -> Option<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    Some(mac.chain_update(message).finalize().into_bytes().into())
}

/// Bytes in small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The head of SHA-256 in 32 hexadecimal digits: a name for what must not stand there itself.
pub fn digest_name(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).get(..16).unwrap_or_default())
}

/// Whether these small hexadecimal digits are the message's HMAC. Compares in constant time.
pub fn is_mac(digits: &str, secret: &Secret, message: &[u8]) -> bool {
    mac(secret, message).is_some_and(|mac| hex(&mac).as_bytes().ct_eq(digits.as_bytes()).into())
}

#[cfg(test)]
mod tests;
