//! The message that tells the merchant's own backend how a run ended, signed by the Standard
//! Webhooks specification: `webhook-id`, `webhook-timestamp`, and `webhook-signature: v1,` with an
//! HMAC-SHA256 in base64 over `{id}.{timestamp}.{body}`. FASHN's own webhooks are unsigned.
//!
//! The account writes an attempt down before it is made, so a lost one is made again: at least
//! once, until the backend answers 2xx or 410, or the result expires.

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::auth::ids::Ticket;
use crate::config::merchant_webhook::MerchantWebhook;

/// The three headers of a message that is sent at this time, in seconds since 1970.
pub fn headers(
    webhook: &MerchantWebhook,
    ticket: &Ticket,
    now_seconds: u64,
    body: &[u8],
) -> [(&'static str, String); 3] {
    // The same for each attempt: the backend recognises a repeat by it.
    let id = ["evt_", &ticket.name()].concat();
    let timestamp = now_seconds.to_string();
    let signature = sign(webhook, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
    [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
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

/// A time as RFC 3339 has it, to the millisecond, in UTC: `2026-11-29T18:46:43.000Z`.
pub fn timestamp(now_ms: u64) -> String {
    const DAY_SECONDS: u64 = 86_400;
    let (seconds, ms) = (now_ms / 1_000, now_ms % 1_000);
    let (days, second) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // Counted in years that begin with March, so that the leap day is a year's last.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Whether the backend's answer ends the delivery.
pub fn is_settled(status: u16) -> bool {
    // By the specification a 410 says: never again.
    matches!(status, 200..=299 | 410)
}

#[cfg(test)]
mod tests;
