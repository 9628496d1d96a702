//! The merchant's own backend: the address for messages about runs that ended, and the key that
//! signs them.

use base64_simd::STANDARD as BASE64;
use url::Url;

use crate::auth::secret::Secret;
use crate::config::limits;
use crate::http::origin::is_loopback;

/// How the Standard Webhooks specification begins a secret.
const SECRET_PREFIX: &str = "whsec_";

/// Where merchant webhooks go, and the key that signs them.
#[derive(Debug, Clone)]
pub struct MerchantWebhook {
    /// https, or http on this machine.
    pub url: String,
    /// `whsec_…`, as it was set.
    secret: Secret,
}

/// Which of the two settings is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MerchantWebhookError {
    /// The address isn't safe to send to.
    Url,
    /// The secret isn't one of the specification's.
    Secret,
}

impl MerchantWebhook {
    /// Reads the address and the secret.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn parse(url: String, secret: String) -> Result<Self, MerchantWebhookError> {
        let is_safe = |url: &Url| {
            let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
            is_secure && url.username().is_empty() && url.password().is_none()
        };
        if !Url::parse(&url).is_ok_and(|url| is_safe(&url)) {
            return Err(MerchantWebhookError::Url);
        }
        let webhook = Self { url, secret: Secret::new(secret) };
        let is_long_enough = |key: Vec<u8>| limits::MERCHANT_WEBHOOK_KEY_BYTES.contains(&key.len());
        if webhook.key().is_some_and(is_long_enough) {
            Ok(webhook)
        } else {
            Err(MerchantWebhookError::Secret)
        }
    }

    /// The bytes of the key. They were read once before, so they are always there.
    pub fn key(&self) -> Option<Vec<u8>> {
        let text = self.secret.reveal().strip_prefix(SECRET_PREFIX)?;
        BASE64.decode_to_vec(text).ok()
    }
}

#[cfg(test)]
mod tests;
