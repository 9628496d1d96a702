//! Messages to the gateway that are signed by the Standard Webhooks specification: `webhook-id`,
//! `webhook-timestamp`, and `webhook-signature` with one or more `v1,` and an HMAC-SHA256 in base64
//! over `{id}.{timestamp}.{body}`.

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::auth::secret::Secret;
use crate::http::request_head::{Header, RequestHead};

/// How far off a message's time may be: the specification's own advice.
const AGE_MAX_MS: u64 = 300_000;

/// The three headers of a message, unverified.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'h> {
    id: &'h str,
    timestamp: &'h str,
    signatures: &'h str,
}

impl<'h> Signed<'h> {
    /// None where a header is missing, or where the time is too far off.
    pub fn read(head: &RequestHead<'h>, now_ms: u64) -> Option<Self> {
        let timestamp = head.header(Header::WebhookTimestamp)?;
        let sent_ms = timestamp.parse::<u64>().ok()?.saturating_mul(1_000);
        let signed = Self {
            id: head.header(Header::WebhookId)?,
            timestamp,
            signatures: head.header(Header::WebhookSignature)?,
        };
        (now_ms.abs_diff(sent_ms) <= AGE_MAX_MS).then_some(signed)
    }

    /// Whether this secret signed the message. Compares in constant time.
    pub fn is_by(&self, secret: &Secret, body: &[u8]) -> bool {
        let Some(mac) = mac(secret, self.id, self.timestamp, body) else {
            return false;
        };
        self.signatures.split(' ').filter_map(|text| text.strip_prefix("v1,")).any(|text| {
            let given = BASE64.decode_to_vec(text);
            given.is_ok_and(|given| mac.clone().verify_slice(&given).is_ok())
        })
    }
}

/// The HMAC of a message by this secret; none by one that isn't in the specification's notation.
pub fn mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes a key of any length.
    let mac = Hmac::new_from_slice(&key(secret)?).ok()?;
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    Some(parts.into_iter().fold(mac, hmac::Mac::chain_update))
}

/// A key's bytes, in the specification's notation: `whsec_` and base64.
pub fn key(secret: &Secret) -> Option<Vec<u8>> {
    BASE64.decode_to_vec(secret.reveal().strip_prefix("whsec_")?).ok()
}

#[cfg(test)]
mod tests;
