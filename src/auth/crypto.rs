//! HMAC-SHA256 with an operator's secret, and hexadecimal digits.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
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

/// Whether these small hexadecimal digits are the message's HMAC. Compares in constant time.
pub fn is_mac(digits: &str, secret: &Secret, message: &[u8]) -> bool {
    mac(secret, message).is_some_and(|mac| hex(&mac).as_bytes().ct_eq(digits.as_bytes()).into())
}

#[cfg(test)]
mod tests;
