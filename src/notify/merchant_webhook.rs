//! The relay: when a prediction has ended, the merchant's own backend is told, signed by the Standard Webhooks
//! specification: `webhook-id`, `webhook-timestamp`, and `webhook-signature: v1,` with an HMAC-SHA256 in base64 over
//! `{id}.{timestamp}.{body}`. FASHN's own webhooks are unsigned.
//!
//! Each attempt is written down before it is made, so one that is lost is made again: at least once, until the
//! backend thanks with a 2xx, says 410, or the result is forgotten.

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;

use crate::auth::ids::Ticket;
use crate::auth::secret::Secret;
use crate::config::backoff;
use crate::config::limits;
use crate::http::origin::is_loopback;

/// How the specification begins a secret.
const SECRET_PREFIX: &str = "whsec_";

/// Where the relay goes, and the key that signs it.
#[derive(Debug, Clone)]
pub struct Relay {
    /// https, or http on this very machine.
    pub url: String,
    /// `whsec_…`, as it was set.
    secret: Secret,
}

/// What keeps a relay from being set up: which setting, and what to do.
pub type Wrong = (&'static str, &'static str);

impl Relay {
    /// Reads the two settings.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn parse(url: String, secret: String) -> Result<Self, Wrong> {
        let safe = |url: &Url| {
            let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
            secure && url.username().is_empty() && url.password().is_none()
        };
        if !Url::parse(&url).is_ok_and(|url| safe(&url)) {
            return Err((
                "RELAY_URL",
                "must be an https:// address without user (http:// is for this machine only)",
            ));
        }
        let relay = Self {
            url,
            secret: Secret::new(secret),
        };
        match relay.key() {
            Some(key) if limits::MERCHANT_WEBHOOK_KEY_BYTES.contains(&key.len()) => Ok(relay),
            _ => Err((
                "RELAY_SECRET",
                "must be whsec_ and then 24 to 64 random bytes in base64",
            )),
        }
    }

    /// The three headers of a message that is sent at this time, in seconds since 1970.
    #[must_use]
    pub fn headers(
        &self,
        ticket: &Ticket,
        now_seconds: u64,
        body: &[u8],
    ) -> [(&'static str, String); 3] {
        // The same for each attempt: a backend knows a repeat by it.
        let id = ["evt_", &ticket.name()].concat();
        let timestamp = now_seconds.to_string();
        let signature = self.sign(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
        [
            ("webhook-id", id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signature),
        ]
    }

    fn sign(&self, parts: &[&[u8]]) -> String {
        let mut signature = "v1,".to_owned();
        // A key was read when the settings were, and HMAC takes one of any length.
        let key = self.key().unwrap_or_default();
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) {
            for part in parts {
                mac.update(part);
            }
            BASE64.encode_append(mac.finalize().into_bytes(), &mut signature);
        }
        signature
    }

    fn key(&self) -> Option<Vec<u8>> {
        let text = self.secret.reveal().strip_prefix(SECRET_PREFIX)?;
        BASE64.decode_to_vec(text).ok()
    }
}

/// The message about a prediction that ended, from what is shown of it.
#[must_use]
pub fn message(status: &str, timestamp: &str, shown: &[u8]) -> Vec<u8> {
    [
        br#"{"type":"prediction."#,
        status.as_bytes(),
        br#"","timestamp":""#,
        timestamp.as_bytes(),
        br#"","data":"#,
        shown,
        b"}",
    ]
    .concat()
}

/// A message that the backend has not thanked for, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How often it was sent, the time that is under way included.
    pub tries: u32,
    /// When it is sent again, in milliseconds since 1970.
    pub next_ms: u64,
}

impl Delivery {
    /// The first attempt, which begins now.
    #[must_use]
    pub fn first(now_ms: u64) -> Self {
        Self {
            tries: 1,
            next_ms: now_ms.saturating_add(pause_ms(1)),
        }
    }

    /// The time for another attempt has come.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.next_ms
    }

    /// The next attempt, which begins now; none if it was tried often enough.
    #[must_use]
    pub fn again(self, now_ms: u64) -> Option<Self> {
        let tries = self.tries.saturating_add(1);
        (tries <= limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX).then(|| Self {
            tries,
            next_ms: now_ms.saturating_add(pause_ms(tries)),
        })
    }
}

/// What the backend's answer means.
#[must_use]
pub fn is_settled(status: u16) -> bool {
    // By the specification a 410 says: never again.
    matches!(status, 200..=299 | 410)
}

/// How long after the nth attempt the next one is made: four times as long each time.
fn pause_ms(tries: u32) -> u64 {
    let (least, most) = (
        limits::MERCHANT_WEBHOOK_EVERY_MIN_MS,
        limits::MERCHANT_WEBHOOK_EVERY_MAX_MS,
    );
    backoff::pause_ms(least, 4, tries.saturating_sub(1), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_763_670_000_000;
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn relay(url: &str, secret: &str) -> Result<Relay, &'static str> {
        Relay::parse(url.into(), secret.into()).map_err(|(setting, _)| setting)
    }

    #[test]
    fn the_specification_s_own_example_is_signed_as_it_says() {
        let relay = relay("https://shop.example/hook", SECRET).expect("reads");
        let parts: [&[u8]; 1] = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"];
        assert_eq!(
            relay.sign(&parts),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn it_goes_to_https_or_to_this_very_machine_with_a_key_that_is_long_enough() {
        for (url, secret, wrong) in [
            ("https://shop.example/hook?a=b", SECRET, None),
            ("http://127.0.0.1:9/hook", SECRET, None),
            ("http://shop.example/hook", SECRET, Some("RELAY_URL")),
            ("https://user:word@shop.example/", SECRET, Some("RELAY_URL")),
            ("shop.example", SECRET, Some("RELAY_URL")),
            (
                "https://shop.example/",
                "whsec_c2hvcnQ=",
                Some("RELAY_SECRET"),
            ),
            (
                "https://shop.example/",
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                Some("RELAY_SECRET"),
            ),
            ("https://shop.example/", "whsec_%%%", Some("RELAY_SECRET")),
        ] {
            assert_eq!(relay(url, secret).err(), wrong, "{url} {secret}");
        }
    }

    #[test]
    fn the_key_does_not_print_itself() {
        let relay = relay("https://shop.example/hook", SECRET).expect("reads");
        assert!(!format!("{relay:?}").contains("MfKQ"));
    }

    #[test]
    fn a_message_is_json_with_what_is_shown_in_it() {
        let text = message("completed", "2026-11-21T12:00:00.000Z", br#"{"id":"x"}"#);
        insta::assert_snapshot!(String::from_utf8_lossy(&text), @r#"{"type":"prediction.completed","timestamp":"2026-11-21T12:00:00.000Z","data":{"id":"x"}}"#);
    }

    #[test]
    fn attempts_come_ever_later_and_end() {
        let mut delivery = Delivery::first(NOW);
        let mut pauses = vec![delivery.next_ms - NOW];
        assert!(!delivery.is_due(delivery.next_ms - 1) && delivery.is_due(delivery.next_ms));
        while let Some(next) = delivery.again(delivery.next_ms) {
            pauses.push(next.next_ms - delivery.next_ms);
            delivery = next;
        }
        assert_eq!(
            pauses,
            [
                5_000, 20_000, 80_000, 320_000, 1_280_000, 5_120_000, 14_400_000, 14_400_000
            ]
        );
    }

    #[test]
    fn thanks_and_gone_settle_it_and_nothing_else_does() {
        for (status, settled) in [
            (200, true),
            (204, true),
            (410, true),
            (301, false),
            (400, false),
            (429, false),
            (503, false),
        ] {
            assert_eq!(is_settled(status), settled, "{status}");
        }
    }

    #[test]
    fn what_is_stored_is_pinned() {
        insta::assert_snapshot!(crate::stored::pin(&Delivery { tries: 2, next_ms: NOW }), @r"
        Delivery { tries: 2, next_ms: 1763670000000 }
        05028083b297aa33
        ");
    }
}
