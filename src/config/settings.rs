//! Wrangler's vars and secrets → [`Settings`], or a list of what is wrong with them. All settings
//! with their defaults and bounds are in [`table`].

use crate::auth::authenticate::CallerSecrets;
use crate::auth::ids::Jurisdiction;
use crate::auth::secret::Secret;
use crate::auth::turnstile::Turnstile;
use crate::config::base_url::BaseUrl;
use crate::config::error::SettingError;
use crate::config::limits::AccountLimits;
use crate::config::merchant_webhook::{MerchantWebhook, MerchantWebhookError};
use crate::config::output_addresses::OutputAddresses;
use crate::config::pictures::ShopperPictures;
use crate::config::settings::reader::Reader;
use crate::config::shops::{KeyName, Shops};
use crate::http::origin::Origin;

mod account;
mod callers;
mod reader;
mod shops;
pub mod table;

/// What the operator and the merchant have set.
#[derive(Debug)]
pub struct Settings {
    /// FASHN's address and keys.
    pub fashn: Fashn,
    /// Signs ids and webhook tokens.
    pub signing_secret: Secret,
    /// The previous signing secret: what it signed is still valid.
    pub signing_secret_previous: Option<Secret>,
    /// Secrets by which callers prove themselves.
    pub callers: CallerSecrets,
    /// The shops, and the pages that may use the gateway.
    pub shops: Shops,
    /// Where the pictures of shoppers' runs may come from.
    pub pictures: ShopperPictures,
    /// The version of the terms that shoppers must have agreed to, if any.
    pub consent: Option<String>,
    /// The challenge that shoppers must have passed, if any.
    pub turnstile: Option<Turnstile>,
    /// The merchant's own backend, if it receives messages about ended runs.
    pub merchant_webhook: Option<MerchantWebhook>,
    /// Which addresses of outputs callers see.
    pub output_addresses: OutputAddresses,
    /// The origin at which this Worker is reached, if set.
    pub public_origin: Option<Origin>,
    /// Where new objects and their data live.
    pub jurisdiction: Jurisdiction,
    /// The largest run request, in bytes.
    pub max_body_bytes: usize,
    /// The time for which a result can be looked up.
    pub result_ttl_seconds: u64,
    /// The time after a send at which a run's slot is freed.
    pub deadline_seconds: u64,
    /// The limits of the default shop's account; of another: [`Settings::limits_of`].
    pub account: AccountLimits,
}

/// FASHN's address and keys.
#[derive(Debug, Clone)]
pub struct Fashn {
    /// The address.
    pub base_url: BaseUrl,
    /// The keys that never leave the server, by their names.
    pub keys: Vec<(KeyName, Secret)>,
    /// The time that one call may take.
    pub timeout_seconds: u64,
}

impl Fashn {
    /// The key of this name. If it isn't set any more, no other takes its place.
    pub fn key(&self, name: &KeyName) -> Option<&Secret> {
        self.keys.iter().find(|(known, _)| known == name).map(|(_, secret)| secret)
    }
}

impl Settings {
    /// Reads all settings by name; an empty one counts as unset.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<SettingError>> {
        let mut reader = Reader::new(look_up);
        let api_key = reader
            .required(&table::FASHN_API_KEY, "set it with: wrangler secret put FASHN_API_KEY");
        let signing_secret = reader.required(&table::SIGNING_SECRET, "make one with: npm run keys");
        let signing_secret_previous = reader.secret(&table::SIGNING_SECRET_PREVIOUS);
        let callers = reader.caller_secrets();
        let shops = reader.shops();
        let keys = match (&shops, api_key) {
            (Some(shops), Some(first)) => reader.shop_keys(shops, first),
            _ => Vec::new(),
        };
        let pictures = reader.pictures();
        let consent = reader.text(&table::CONSENT_VERSION);
        let turnstile = reader.turnstile();
        let output_addresses = reader.output_addresses();
        let public_origin = reader.parsed(&table::PUBLIC_ORIGIN, Origin::parse);
        let merchant_webhook = reader.merchant_webhook(public_origin.is_some());
        let base_url = reader.base_url();
        let jurisdiction = reader.jurisdiction();
        let max_body_bytes = reader.number(&table::MAX_BODY_BYTES);
        let result_ttl_seconds = reader.number(&table::RESULT_TTL_SECONDS);
        let timeout_seconds = reader.number(&table::FASHN_TIMEOUT_SECONDS);
        let deadline_seconds = reader.number(&table::DEADLINE_SECONDS);
        let account = reader.account(timeout_seconds);
        match (shops, signing_secret, base_url) {
            (Some(shops), Some(signing_secret), Some(base_url)) if reader.errors.is_empty() => {
                Ok(Self {
                    fashn: Fashn { base_url, keys, timeout_seconds },
                    signing_secret,
                    signing_secret_previous,
                    callers,
                    shops,
                    pictures,
                    consent,
                    turnstile,
                    merchant_webhook,
                    output_addresses,
                    public_origin,
                    jurisdiction,
                    max_body_bytes: usize::try_from(max_body_bytes).unwrap_or(usize::MAX),
                    result_ttl_seconds,
                    deadline_seconds,
                    account,
                })
            }
            _ => Err(reader.errors),
        }
    }

    /// The limits of the account of this key.
    pub fn limits_of(&self, key: &KeyName) -> AccountLimits {
        let mut limits = self.account.clone();
        if let Some(day_credits) = self.shops.day_credits(key) {
            limits.day_credits = day_credits;
        }
        limits
    }
}

impl Reader<'_> {
    /// `MERCHANT_WEBHOOK_URL` and `MERCHANT_WEBHOOK_SECRET`. Setting one means both.
    fn merchant_webhook(&mut self, knows_own_origin: bool) -> Option<MerchantWebhook> {
        let (url_name, secret_name) =
            (table::MERCHANT_WEBHOOK_URL.name, table::MERCHANT_WEBHOOK_SECRET.name);
        let (url, secret) = match (self.named(url_name), self.named(secret_name)) {
            (None, None) => return None,
            (Some(url), Some(secret)) => (url, secret),
            (None, Some(_)) => {
                self.error(url_name, "is missing: MERCHANT_WEBHOOK_SECRET signs for it");
                return None;
            }
            (Some(_), None) => {
                let message = "is missing: messages to MERCHANT_WEBHOOK_URL are signed with it";
                self.error(secret_name, message);
                return None;
            }
        };
        if !knows_own_origin {
            let message = "is missing: messages to MERCHANT_WEBHOOK_URL contain its addresses";
            self.error(table::PUBLIC_ORIGIN.name, message);
        }
        let parsed = MerchantWebhook::parse(url, secret);
        parsed
            .map_err(|error| match error {
                MerchantWebhookError::Url => self.error(
                    url_name,
                    "must be an https:// address without user (http:// is for this machine only)",
                ),
                MerchantWebhookError::Secret => self
                    .error(secret_name, "must be whsec_ and then 24 to 64 random bytes in base64"),
            })
            .ok()
    }

    fn output_addresses(&mut self) -> OutputAddresses {
        let parsed = self.parsed(&table::OUTPUT_ADDRESSES, |text| match text {
            "own" => Ok(OutputAddresses::Own),
            "fashn" => Ok(OutputAddresses::Fashn),
            _ => Err("must be own or fashn"),
        });
        parsed.unwrap_or_default()
    }

    fn jurisdiction(&mut self) -> Jurisdiction {
        let parsed = self.parsed(&table::JURISDICTION, |text| match text {
            "none" => Ok(Jurisdiction::Global),
            "eu" => Ok(Jurisdiction::Eu),
            _ => Err("must be none or eu"),
        });
        parsed.unwrap_or_default()
    }

    fn base_url(&mut self) -> Option<BaseUrl> {
        match self.text(&table::FASHN_BASE_URL) {
            Some(_) => self.parsed(&table::FASHN_BASE_URL, BaseUrl::parse),
            None => BaseUrl::parse(BaseUrl::DEFAULT).ok(),
        }
    }
}

#[cfg(test)]
mod tests;
