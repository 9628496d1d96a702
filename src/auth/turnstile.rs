//! Turnstile, Cloudflare's challenge, before a shopper's run (Cloudflare's page "Validate the token"). Where it is
//! required nothing passes without its word: no token, a token that was used, another page's token, and no answer are
//! all refusals.

use fashn::fields::object;
use fashn::value::Value;
use thiserror::Error;

use crate::auth::ids::{Purpose, Signer};
use crate::auth::secret::Secret;
use crate::auth::shopify::hex;

/// The header that carries a page's token.
pub const HEADER: &str = "cf-turnstile-response";

/// Cloudflare's own address for it.
pub const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// A token is at most so long, says Cloudflare.
const TOKEN_CHARS_MOST: usize = 2_048;

/// What the merchant requires.
#[derive(Debug, Clone)]
pub struct Turnstile {
    /// The widget's secret key.
    pub secret: Secret,
    /// Hosts of the pages that have the widget.
    pub hostnames: Vec<String>,
    /// The widget's action on those pages.
    pub action: String,
    /// Where a token is verified.
    pub siteverify: String,
}

/// Why a challenge counts as not passed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unpassed {
    /// No token, or none that could be one.
    #[error("no token")]
    NoToken,
    /// Cloudflare says no: forged, expired or used.
    #[error("siteverify says no")]
    Refused,
    /// It was passed on a page that isn't the shop's.
    #[error("passed on another host")]
    Hostname,
    /// It was passed for something else.
    #[error("passed for another action")]
    Action,
    /// Cloudflare gave no answer that can be read.
    #[error("siteverify gave no answer: {0}")]
    NoAnswer(String),
}

impl Turnstile {
    /// The form that asks about a token, as `application/x-www-form-urlencoded`. A repeat of the same request, known by
    /// its `Idempotency-Key`, asks with the same key, so that a lost answer doesn't cost the shopper another challenge;
    /// the same token with another request's key is a replay. `random` stands in where there is no key.
    ///
    /// # Errors
    /// [`Unpassed::NoToken`]
    pub fn question(
        &self,
        token: Option<&str>,
        idempotency_key: Option<&str>,
        random: [u8; 16],
        signer: &Signer,
    ) -> Result<String, Unpassed> {
        let token = token
            .filter(|token| !token.is_empty() && token.len() <= TOKEN_CHARS_MOST)
            .ok_or(Unpassed::NoToken)?;
        let key = idempotency_key.map_or(random, |key| {
            signer.mac_of(Purpose::Challenge, [token, "\0", key].concat().as_bytes())
        });
        Ok(url::form_urlencoded::Serializer::new(String::new())
            .append_pair("secret", self.secret.reveal())
            .append_pair("response", token)
            .append_pair("idempotency_key", &uuid(key))
            .finish())
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// Why it is no pass.
    pub fn judge(&self, answer: &[u8]) -> Result<(), Unpassed> {
        let Ok(entries) = object(answer) else {
            return Err(Unpassed::NoAnswer("not an object".to_owned()));
        };
        let field = |wanted: &str| {
            let mut found = entries.iter().filter(|(name, _)| name == wanted);
            // Of two, nobody knows which counts.
            found.next().filter(|_| found.next().is_none())
        };
        let text = |wanted: &str| match field(wanted) {
            Some((_, Value::String(text))) => &**text,
            _ => "",
        };
        if !matches!(field("success"), Some((_, Value::Bool(true)))) {
            return Err(Unpassed::Refused);
        }
        if !self.hostnames.iter().any(|host| host == text("hostname")) {
            return Err(Unpassed::Hostname);
        }
        if text("action") != self.action {
            return Err(Unpassed::Action);
        }
        Ok(())
    }
}

/// Sixteen bytes in a UUID's form, as version 8: bytes of one's own.
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
mod tests {
    use super::*;

    fn required() -> Turnstile {
        Turnstile {
            secret: Secret::new("the-widget-s-secret".into()),
            hostnames: vec!["shop.example".into(), "www.shop.example".into()],
            action: "try-on".into(),
            siteverify: SITEVERIFY.into(),
        }
    }

    fn question(token: Option<&str>, key: Option<&str>) -> Result<String, Unpassed> {
        let signer = Signer::new(&Secret::new("secret".into())).expect("a key");
        required().question(token, key, [7; 16], &signer)
    }

    #[test]
    fn the_question_is_siteverify_s_form() {
        insta::assert_snapshot!(question(Some("0.a+b/c="), None).expect("asks"), @"secret=the-widget-s-secret&response=0.a%2Bb%2Fc%3D&idempotency_key=07070707-0707-8707-8707-070707070707");
    }

    #[test]
    fn a_repeat_asks_with_the_same_key_and_a_replay_with_another() {
        let first = question(Some("token"), Some("run 1"));
        assert_eq!(first, question(Some("token"), Some("run 1")));
        assert_ne!(first, question(Some("token"), Some("run 2")));
        assert_ne!(first, question(Some("token"), None));
    }

    #[test]
    fn what_can_be_no_token_is_not_asked_about() {
        for token in [None, Some(""), Some(&*"x".repeat(2_049))] {
            assert_eq!(question(token, None), Err(Unpassed::NoToken));
        }
    }

    #[test]
    fn only_a_success_on_the_shop_s_page_for_this_action_is_a_pass() {
        let judge = |answer: &str| required().judge(answer.as_bytes());
        for answer in [
            r#"{"success":true,"hostname":"shop.example","action":"try-on"}"#,
            r#"{"success":true,"error-codes":[],"challenge_ts":"2026-01-01","hostname":"www.shop.example","action":"try-on","cdata":""}"#,
        ] {
            assert_eq!(judge(answer), Ok(()), "{answer}");
        }
        for (answer, why) in [
            (
                r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#,
                Unpassed::Refused,
            ),
            (
                r#"{"success":"true","hostname":"shop.example","action":"try-on"}"#,
                Unpassed::Refused,
            ),
            (
                r#"{"success":1,"hostname":"shop.example","action":"try-on"}"#,
                Unpassed::Refused,
            ),
            (
                r#"{"success":true,"success":true,"hostname":"shop.example","action":"try-on"}"#,
                Unpassed::Refused,
            ),
            (
                r#"{"hostname":"shop.example","action":"try-on"}"#,
                Unpassed::Refused,
            ),
            (
                r#"{"success":true,"hostname":"evil.example","action":"try-on"}"#,
                Unpassed::Hostname,
            ),
            (
                r#"{"success":true,"hostname":"x.shop.example","action":"try-on"}"#,
                Unpassed::Hostname,
            ),
            (r#"{"success":true,"action":"try-on"}"#, Unpassed::Hostname),
            (
                r#"{"success":true,"hostname":"shop.example","action":"login"}"#,
                Unpassed::Action,
            ),
            (
                r#"{"success":true,"hostname":"shop.example"}"#,
                Unpassed::Action,
            ),
            (r"[]", Unpassed::NoAnswer("not an object".into())),
            ("<html>", Unpassed::NoAnswer("not an object".into())),
            ("", Unpassed::NoAnswer("not an object".into())),
        ] {
            assert_eq!(judge(answer), Err(why), "{answer}");
        }
    }
}
