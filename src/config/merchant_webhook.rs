//! The merchant's own backend: the address for messages about runs that ended, the hosts of those
//! that staff may name for a run, and the key that signs them.

use url::Url;

use crate::auth::secret::Secret;
use crate::auth::standard_webhooks;
use crate::config::error::SettingError;
use crate::config::limits;
use crate::config::table;
use crate::http::hosts::HostPattern;
use crate::http::origin::{Origin, has_user, is_confidential};

/// Where merchant webhooks go, and the secret that signs them.
#[derive(Debug, Clone)]
pub struct MerchantWebhook {
    /// https, or http on this machine. None where staff's own addresses alone get messages.
    pub url: Option<String>,
    pub staff: StaffAddresses,
    /// `whsec_…`, as it was set.
    secret: Secret,
    /// While the secret is changed, messages are signed with both.
    previous: Option<Secret>,
}

/// Which addresses staff may name, as `?webhook_url=`, for the message about one run.
#[derive(Debug, Clone, Default)]
pub struct StaffAddresses {
    /// None may be named where there are none.
    pub hosts: Vec<HostPattern>,
    /// FASHN's own address is this machine's, so an address of staff may be, too.
    pub is_local: bool,
}

impl StaffAddresses {
    /// An address as it is stored, or what is wrong with it. A message is posted there: by https to
    /// the usual port of a public name that the merchant allows.
    pub fn parse(&self, text: &str) -> Result<String, &'static str> {
        if self.hosts.is_empty() {
            return Err(
                "is taken from staff only where STAFF_WEBHOOK_HOSTS names its host; leave it out, \
                 and look the status up",
            );
        }
        let is_allowed = |url: &Url| {
            let is_named = |host: &str| self.hosts.iter().any(|pattern| pattern.covers(host));
            let is_public = url.scheme() == "https" && url.port().is_none();
            let is_local = || self.is_local && Origin::of(url).is_this_machine();
            !has_user(url)
                && (is_public && url.domain().is_some_and(is_named)
                    || is_local() && matches!(url.scheme(), "https" | "http"))
        };
        let is_short = text.len() <= limits::STAFF_WEBHOOK_URL_BYTES_MAX;
        let url = Url::parse(text).ok().filter(|url| is_short && is_allowed(url));
        url.map(String::from).ok_or(
            "must be an https:// address without user and port, on a host that \
             STAFF_WEBHOOK_HOSTS names",
        )
    }
}

impl MerchantWebhook {
    /// Reads `MERCHANT_WEBHOOK_URL`, `MERCHANT_WEBHOOK_SECRET` and `…_PREVIOUS`.
    pub fn parse(
        url: Option<String>,
        secret: String,
        previous: Option<String>,
    ) -> Result<Self, SettingError> {
        let fault = |setting, message: &str| SettingError { setting, message: message.to_owned() };
        let is_fit = |url: &String| Url::parse(url).is_ok_and(|url| is_confidential(&url));
        if !url.as_ref().is_none_or(is_fit) {
            let message =
                "must be an https:// address without user (http:// is for this machine only)";
            return Err(fault(table::MERCHANT_WEBHOOK_URL.name, message));
        }
        let read = |setting, text: String| {
            webhook_secret(Secret::new(text)).map_err(|message| fault(setting, message))
        };
        let secret = read(table::MERCHANT_WEBHOOK_SECRET.name, secret)?;
        let previous_name = table::MERCHANT_WEBHOOK_SECRET_PREVIOUS.name;
        let previous = previous.map(|text| read(previous_name, text)).transpose()?;
        Ok(Self { url, staff: StaffAddresses::default(), secret, previous })
    }

    /// Those that sign, the current one first.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        [Some(&self.secret), self.previous.as_ref()].into_iter().flatten()
    }
}

/// A secret in the notation of Standard Webhooks.
pub fn webhook_secret(secret: Secret) -> Result<Secret, &'static str> {
    let bytes = standard_webhooks::key(&secret).map_or(0, |key| key.len());
    let message = "must be whsec_ and then 24 to 64 random bytes in base64";
    limits::MERCHANT_WEBHOOK_KEY_BYTES.contains(&bytes).then_some(secret).ok_or(message)
}

#[cfg(test)]
mod tests;
