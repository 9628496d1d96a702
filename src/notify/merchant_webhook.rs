//! The message that tells the merchant's own backend how a run ended, signed by the Standard
//! Webhooks specification: `webhook-id`, `webhook-timestamp`, and `webhook-signature: v1,` with an
//! HMAC-SHA256 in base64 over `{id}.{timestamp}.{body}`. FASHN's own webhooks are unsigned.
//!
//! The account writes an attempt down before it is made, so a lost one is made again: at least
//! once, until the backend answers 2xx or 410, for 28 hours.

use base64_simd::STANDARD as BASE64;
use hmac::Mac as _;

use crate::account::brakes::date_of;
use crate::account::rows::{MessageId, OutboxMessage};
use crate::auth::standard_webhooks;
use crate::config::merchant_webhook::MerchantWebhook;

/// The three headers of a message that is sent at this time, in seconds since 1970.
pub fn headers(
    webhook: &MerchantWebhook,
    id: &MessageId,
    now_seconds: u64,
    body: &[u8],
) -> [(&'static str, String); 3] {
    // The same for each attempt: the backend recognises a repeat by it.
    let id = ["evt_", &id.0].concat();
    let timestamp = now_seconds.to_string();
    let signature = sign(webhook, &id, &timestamp, body);
    [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// One signature for each secret, the current one's first, with a space between: a backend that knows
/// either believes the message.
fn sign(webhook: &MerchantWebhook, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut signatures = String::new();
    for secret in webhook.secrets() {
        let Some(mac) = standard_webhooks::mac(secret, id, timestamp, body) else { continue };
        signatures.push_str(if signatures.is_empty() { "v1," } else { " v1," });
        BASE64.encode_append(mac.finalize().into_bytes(), &mut signatures);
    }
    signatures
}

/// A message's body around its data, which is JSON.
pub fn body(message: &OutboxMessage, data: &[u8]) -> Vec<u8> {
    [
        br#"{"type":""#,
        message.event.as_bytes(),
        br#"","timestamp":""#,
        timestamp(message.at_ms).as_bytes(),
        br#"","data":"#,
        data,
        b"}",
    ]
    .concat()
}

/// The data of a message about a run with an expired result, and of one about no run.
pub fn known(message: &OutboxMessage) -> String {
    if let Some(detail) = &message.detail {
        return detail.clone();
    }
    let status = message.event.rsplit('.').next().unwrap_or_default();
    format!(r#"{{"run":"{}","status":"{status}","output":null}}"#, message.id.short())
}

/// A time as RFC 3339 has it, to the millisecond, in UTC: `2026-11-29T18:46:43.000Z`.
pub fn timestamp(now_ms: u64) -> String {
    const DAY_SECONDS: u64 = 86_400;
    let (seconds, ms) = (now_ms / 1_000, now_ms % 1_000);
    let (days, second) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = date_of(days);
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
