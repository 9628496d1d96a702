//! Cloudflare Access in front of the staff API: the JWT that it sends along names the person
//! (Cloudflare's page "Validate JWTs"). The signature is verified by the platform.

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};
use thiserror::Error;

/// How far Cloudflare's clock may be ahead of ours.
const AHEAD_SECONDS: u64 = 60;

#[derive(Debug, Clone)]
pub struct Access {
    /// `https://team.cloudflareaccess.com`: it signs, and tells its keys.
    pub team: String,
    /// The application's audience tag.
    pub audience: String,
}

/// Why an assertion doesn't hold. The sentence is for staff.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccessError {
    #[error("it is no JWT that Cloudflare Access signed with RS256")]
    Form,
    #[error("no key of ACCESS_TEAM signed it")]
    Key,
    #[error("the keys of ACCESS_TEAM could not be had; try again in a minute")]
    NoKeys,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another team than ACCESS_TEAM")]
    Issuer,
    #[error("it is for another application than ACCESS_AUDIENCE")]
    Audience,
    #[error("it has expired: sign in again")]
    Expired,
    #[error("it is not valid yet")]
    Early,
    #[error("it names no email address")]
    NoEmail,
}

/// A JWT that nothing is believed of yet.
#[derive(Debug)]
pub struct Assertion<'t> {
    /// The name of the key that is said to have signed it.
    pub key_id: String,
    /// What is signed.
    pub signed: &'t str,
    pub signature: Vec<u8>,
    claims: Value,
}

impl<'t> Assertion<'t> {
    /// (1) Three parts. (2) The header: RS256, and a key. (3) The claims, an object.
    pub fn parse(text: &'t str) -> Option<Self> {
        // (1)
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| BASE64URL.decode_to_vec(part).ok();
        let object =
            |part| serde_json::from_str::<Value>(str::from_utf8(&decode(part)?).ok()?).ok();
        // (2)
        let header = object(header)?;
        let has_extensions = header.get("crit").is_some();
        if header.get("alg")?.as_str()? != "RS256" || has_extensions {
            return None;
        }
        // (3)
        let claims = object(claims).filter(Value::is_object)?;
        let key_id = header.get("kid")?.as_str()?.to_owned();
        Some(Self { key_id, signed, signature: decode(signature)?, claims })
    }

    /// Judges the claims once the signature is known to be right; answers the email address.
    pub fn judge(&self, access: &Access, now_ms: u64) -> Result<&str, AccessError> {
        let claim = |name: &str| self.claims.get(name);
        if claim("iss").and_then(Value::as_str) != Some(&access.team) {
            return Err(AccessError::Issuer);
        }
        let is_ours = |audience: &Value| audience.as_str() == Some(&access.audience);
        let audience = claim("aud").ok_or(AccessError::Audience)?;
        let in_list = audience.as_array().is_some_and(|audiences| audiences.iter().any(is_ours));
        if !is_ours(audience) && !in_list {
            return Err(AccessError::Audience);
        }
        let now = now_ms / 1_000;
        let expires = claim("exp").and_then(Value::as_u64);
        if expires.is_none_or(|expires| expires <= now) {
            return Err(AccessError::Expired);
        }
        if let Some(begins) = claim("nbf")
            && begins.as_u64().is_none_or(|begins| begins > now.saturating_add(AHEAD_SECONDS))
        {
            return Err(AccessError::Early);
        }
        let email = claim("email").and_then(Value::as_str).filter(|email| !email.is_empty());
        email.ok_or(AccessError::NoEmail)
    }
}

/// The team's keys as they were told, for an hour.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Value>,
    told_ms: Option<u64>,
    asked_ms: Option<u64>,
}

const KEPT_MS: u64 = 3_600_000;
/// Between two questions, whatever their answers are.
const ASK_EVERY_MS: u64 = 60_000;

impl KeySet {
    /// The key of this name, as the platform reads it.
    pub fn find(&self, key_id: &str, now_ms: u64) -> Result<String, AccessError> {
        let is_fresh = self.told_ms.is_some_and(|told_ms| now_ms.abs_diff(told_ms) < KEPT_MS);
        if !is_fresh {
            return Err(AccessError::NoKeys);
        }
        let named = |key: &&Value| key.get("kid").and_then(Value::as_str) == Some(key_id);
        let key = self.keys.iter().find(named).ok_or(AccessError::Key)?;
        let key = json!({ "kty": "RSA", "n": key.get("n"), "e": key.get("e"), "alg": "RS256" });
        serde_json::to_string(&key).map_err(|_| AccessError::Key)
    }

    /// Whether the team may be asked now; if so it counts as asked.
    pub fn may_ask(&mut self, now_ms: u64) -> bool {
        let is_soon = self.asked_ms.is_some_and(|at_ms| now_ms.abs_diff(at_ms) < ASK_EVERY_MS);
        if !is_soon {
            self.asked_ms = Some(now_ms);
        }
        !is_soon
    }

    /// The team's answer: `{"keys": […]}`. One that can't be read leaves what is known.
    pub fn tell(&mut self, answer: &[u8], now_ms: u64) {
        let answer = str::from_utf8(answer).ok();
        let answer = answer.and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(Value::Array(keys)) = answer.and_then(|mut it| Some(it.get_mut("keys")?.take()))
        {
            (self.keys, self.told_ms) = (keys, Some(now_ms));
        }
    }
}

#[cfg(test)]
mod tests;
