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
    /// While the secret is changed, messages are signed with both.
    previous: Option<Secret>,
}

impl MerchantWebhook {
    /// Reads `MERCHANT_WEBHOOK_URL`, `MERCHANT_WEBHOOK_SECRET` and `…_PREVIOUS`.
    pub fn parse(
        url: String,
        secret: String,
        previous: Option<String>,
    ) -> Result<Self, SettingError> {
        let fault = |setting, message: &str| SettingError { setting, message: message.to_owned() };
        if !Url::parse(&url).is_ok_and(|url| is_confidential(&url)) {
            let message =
                "must be an https:// address without user (http:// is for this machine only)";
            return Err(fault(table::MERCHANT_WEBHOOK_URL.name, message));
        }
        let read = |setting, text: String| {
            let secret = Secret::new(text);
            let bytes = key(&secret).map_or(0, |key| key.len());
            let is_key = limits::MERCHANT_WEBHOOK_KEY_BYTES.contains(&bytes);
            let message = "must be whsec_ and then 24 to 64 random bytes in base64";
            is_key.then_some(secret).ok_or_else(|| fault(setting, message))
        };
        let secret = read(table::MERCHANT_WEBHOOK_SECRET.name, secret)?;
        let previous_name = table::MERCHANT_WEBHOOK_SECRET_PREVIOUS.name;
        let previous = previous.map(|text| read(previous_name, text)).transpose()?;
        Ok(Self { url, secret, previous })
    }

    /// The bytes of each key, the current one's first.
    pub fn keys(&self) -> impl Iterator<Item = Vec<u8>> {
        [Some(&self.secret), self.previous.as_ref()].into_iter().flatten().filter_map(key)
    }
}

/// A key's bytes, in the notation of the Standard Webhooks specification.
fn key(secret: &Secret) -> Option<Vec<u8>> {
    BASE64.decode_to_vec(secret.reveal().strip_prefix("whsec_")?).ok()
}

#[cfg(test)]
mod tests;
