//! The merchant's own backend: the address for messages about runs that ended, and the key that
//! signs them.

use base64_simd::STANDARD as BASE64;
use url::Url;

use crate::auth::secret::Secret;
use crate::config::error::SettingError;
use crate::config::limits;
use crate::config::table;
use crate::http::origin::is_confidential;

/// Where merchant webhooks go, and the secret that signs them.
#[derive(Debug, Clone)]
pub struct MerchantWebhook {
    /// https, or http on this machine.
    pub url: String,
    /// `whsec_…`, as it was set.
    secret: Secret,
}

impl MerchantWebhook {
    /// Reads `MERCHANT_WEBHOOK_URL` and `MERCHANT_WEBHOOK_SECRET`.
    pub fn parse(url: String, secret: String) -> Result<Self, SettingError> {
        let fault = |setting, message: &str| SettingError { setting, message: message.to_owned() };
        if !Url::parse(&url).is_ok_and(|url| is_confidential(&url)) {
            let message =
                "must be an https:// address without user (http:// is for this machine only)";
            return Err(fault(table::MERCHANT_WEBHOOK_URL.name, message));
        }
        let webhook = Self { url, secret: Secret::new(secret) };
        let is_long_enough = |key: Vec<u8>| limits::MERCHANT_WEBHOOK_KEY_BYTES.contains(&key.len());
        if !webhook.key().is_some_and(is_long_enough) {
            let message = "must be whsec_ and then 24 to 64 random bytes in base64";
            return Err(fault(table::MERCHANT_WEBHOOK_SECRET.name, message));
        }
        Ok(webhook)
    }

    /// The bytes of the key, in the notation of the Standard Webhooks specification. They were read
    /// once before, so they are always there.
    pub fn key(&self) -> Option<Vec<u8>> {
        BASE64.decode_to_vec(self.secret.reveal().strip_prefix("whsec_")?).ok()
    }
}

#[cfg(test)]
mod tests;
