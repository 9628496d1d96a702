//! The message that tells the merchant's own backend how a run ended, signed by the Standard Webhooks
//! specification: `webhook-id`, `webhook-timestamp`, and `webhook-signature: v1,` with an HMAC-SHA256
//! in base64 over `{id}.{timestamp}.{body}`. FASHN's own webhooks are unsigned.
//!
//! An attempt is written down before it is made, so a lost one is made again: at least once, until
//! the backend answers 2xx or 410, or the result expires.

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::auth::ids::Ticket;
use crate::config::backoff;
use crate::config::limits;
use crate::config::merchant_webhook::MerchantWebhook;

/// The three headers of a message that is sent at this time, in seconds since 1970.
#[must_use]
pub fn headers(
    webhook: &MerchantWebhook,
    ticket: &Ticket,
    now_seconds: u64,
    body: &[u8],
) -> [(&'static str, String); 3] {
    // The same for each attempt: the backend recognises a repeat by it.
    let id = ["evt_", &ticket.name()].concat();
    let timestamp = now_seconds.to_string();
    let signature = sign(
        webhook,
        &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body],
    );
    [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ]
}

fn sign(webhook: &MerchantWebhook, parts: &[&[u8]]) -> String {
    let mut signature = "v1,".to_owned();
    // The settings were refused without a key, and HMAC takes one of any length.
    let key = webhook.key().unwrap_or_default();
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) {
        for part in parts {
            mac.update(part);
        }
        BASE64.encode_append(mac.finalize().into_bytes(), &mut signature);
    }
    signature
}

/// The message about a run that ended. `envelope` is the JSON of its status.
#[must_use]
pub fn message(status: &str, timestamp: &str, envelope: &[u8]) -> Vec<u8> {
    [
        br#"{"type":"prediction."#,
        status.as_bytes(),
        br#"","timestamp":""#,
        timestamp.as_bytes(),
        br#"","data":"#,
        envelope,
        b"}",
    ]
    .concat()
}

/// A message that the backend has not acknowledged, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Attempts that have begun.
    pub attempts: u32,
    /// When the next one begins, in milliseconds since 1970.
    pub next_ms: u64,
}

impl Delivery {
    /// The first attempt, which begins now.
    #[must_use]
    pub fn first(now_ms: u64) -> Self {
        Self {
            attempts: 1,
            next_ms: now_ms.saturating_add(pause_ms(1)),
        }
    }

    /// The next attempt is due.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.next_ms
    }

    /// The next attempt, which begins now; none after the last.
    #[must_use]
    pub fn again(self, now_ms: u64) -> Option<Self> {
        let attempts = self.attempts.saturating_add(1);
        (attempts <= limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX).then(|| Self {
            attempts,
            next_ms: now_ms.saturating_add(pause_ms(attempts)),
        })
    }
}

/// Whether the backend's answer ends the delivery.
#[must_use]
pub fn is_settled(status: u16) -> bool {
    // By the specification a 410 says: never again.
    matches!(status, 200..=299 | 410)
}

/// The pause after the nth attempt: four times as long each time.
fn pause_ms(attempts: u32) -> u64 {
    let min = limits::MERCHANT_WEBHOOK_EVERY_MIN_MS;
    let max = limits::MERCHANT_WEBHOOK_EVERY_MAX_MS;
    backoff::pause_ms(min, 4, attempts.saturating_sub(1), max)
}

#[cfg(test)]
mod tests;
