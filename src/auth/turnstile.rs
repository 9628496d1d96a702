//! Turnstile, Cloudflare's challenge, before a shopper's run (Cloudflare's page "Validate the
//! token"). Where it is required, no token, a used token, another page's token, and no answer are
//! all refusals.

use fashn::fields::object;
use fashn::value::Value;
use thiserror::Error;

use crate::auth::crypto::hex;
use crate::auth::ids::{Purpose, Signer};
use crate::auth::secret::Secret;

pub const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// Cloudflare's bound.
const TOKEN_CHARS_MAX: usize = 2_048;

#[derive(Debug, Clone)]
pub struct Turnstile {
    pub secret: Secret,
    /// Public. Without it the shop's own page has the widget.
    pub site_key: Option<String>,
    pub hostnames: Vec<String>,
    pub action: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChallengeError {
    #[error("no token")]
    NoToken,
    /// Cloudflare says no: forged, expired or used.
    #[error("siteverify says no")]
    Refused,
    #[error("passed on another host")]
    Hostname,
    #[error("passed for another action")]
    Action,
    #[error("siteverify gave no answer: {0}")]
    NoAnswer(String),
}

/// A header that can be a token, judged before a body is read.
pub fn token(header: Option<&str>) -> Result<&str, ChallengeError> {
    header
        .filter(|token| !token.is_empty() && token.len() <= TOKEN_CHARS_MAX)
        .ok_or(ChallengeError::NoToken)
}

impl Turnstile {
    /// The body that asks about a token, as `application/x-www-form-urlencoded`. A `repeat` of the
    /// same request (its visitor, its `Idempotency-Key` and what it asks for) asks with the same
    /// key, so that a lost answer doesn't cost the shopper another challenge; the same token with
    /// anything else is a replay, which Cloudflare refuses. `random` is used where there is no
    /// `Idempotency-Key`.
    pub fn question(
        &self,
        token: &str,
        repeat: Option<[&str; 3]>,
        random: [u8; 16],
        signer: &Signer,
    ) -> String {
        let key = repeat.map_or(random, |[visitor, key, fingerprint]| {
            let whole = [token, visitor, key, fingerprint].join("\0");
            signer.mac_of(Purpose::Challenge, whole.as_bytes())
        });
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("secret", self.secret.reveal())
            .append_pair("response", token)
            .append_pair("idempotency_key", &uuid(key))
            .finish()
    }

    pub fn judge(&self, answer: &[u8]) -> Result<(), ChallengeError> {
        let Ok(entries) = object(answer) else {
            return Err(ChallengeError::NoAnswer("not an object".to_owned()));
        };
        let field = |wanted: &str| {
            let mut found = entries.iter().filter(|(name, _)| name == wanted);
            // Of two it is unknown which counts.
            found.next().filter(|_| found.next().is_none())
        };
        let text = |wanted: &str| match field(wanted) {
            Some((_, Value::String(text))) => &**text,
            _ => "",
        };
        if !matches!(field("success"), Some((_, Value::Bool(true)))) {
            Err(ChallengeError::Refused)
        } else if !self.hostnames.iter().any(|host| host == text("hostname")) {
            Err(ChallengeError::Hostname)
        } else if text("action") != self.action {
            Err(ChallengeError::Action)
        } else {
            Ok(())
        }
    }
}

/// Sixteen bytes as a UUID of version 8, which is free in its form.
fn uuid(bytes: [u8; 16]) -> String {
    let mut text = hex(&bytes);
    text.replace_range(12..13, "8");
    text.replace_range(16..17, "8");
    for at in [8, 13, 18, 23] {
        text.insert(at, '-');
    }
    text
}

#[cfg(test)]
mod tests;
