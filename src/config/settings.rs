//! Wrangler's vars and secrets → [`Settings`], or a list of what is wrong with them. All settings
//! with their defaults and bounds are in [`crate::config::table`].

use std::rc::Rc;

use fashn::models::Credits;

use crate::auth::access::Access;
use crate::auth::authenticate::CallerSecrets;
use crate::auth::garment_signature::{GarmentKeys, PREVIOUS};
use crate::auth::ids::{AccountId, Jurisdiction};
use crate::auth::roles::Role;
use crate::auth::secret::Secret;
use crate::auth::turnstile::Turnstile;
use crate::config::base_url::BaseUrl;
use crate::config::error::SettingError;
use crate::config::limits::AccountLimits;
use crate::config::log_level::LogLevel;
use crate::config::merchant_webhook::{MerchantWebhook, StaffAddresses, webhook_secret};
use crate::config::policy::Policy;
use crate::config::reader::{Reader, entries, sendable};
use crate::config::roles;
use crate::config::shops::{KeyName, Shop, ShopSecrets, Shops};
use crate::config::table::{self, Setting};
use crate::http::hosts::HostPattern;
use crate::http::origin::{Origin, OriginPattern};

#[derive(Debug)]
pub struct Settings {
    pub fashn: Fashn,
    pub signing_secret: Secret,
    /// What it signed is still valid.
    pub signing_secret_previous: Option<Secret>,
    pub callers: CallerSecrets,
    pub shops: Shops,
    pub pictures: ShopperPictures,
    /// The version of the terms that shoppers must have agreed to, if any.
    pub consent: Option<String>,
    /// The element asks for a tick.
    pub asks_consent: bool,
    pub turnstile: Option<Turnstile>,
    pub merchant_webhook: Option<MerchantWebhook>,
    pub output_addresses: OutputAddresses,
    pub public_origin: Option<Origin>,
    /// Where new objects and their data live.
    pub jurisdiction: Jurisdiction,
    pub log_level: LogLevel,
    pub max_body_bytes: usize,
    pub result_ttl_seconds: u64,
    pub deadline_seconds: u64,
    /// Reserved for a run of staff's that FASHN's pages don't have; with 0 it is refused.
    pub pass_through: Credits,
    /// The limits of the default shop's account; of another: [`Settings::limits_of`].
    pub account: AccountLimits,
}

/// FASHN's address and keys, which never leave the server.
#[derive(Debug, Clone)]
pub struct Fashn {
    pub base_url: BaseUrl,
    pub keys: Vec<(KeyName, Secret)>,
    pub timeout_seconds: u64,
}

impl Fashn {
    /// The key of this name. If it isn't set any more, no other takes its place.
    pub fn key(&self, name: &KeyName) -> Option<&Secret> {
        self.keys.iter().find(|(known, _)| known == name).map(|(_, secret)| secret)
    }
}

/// Where the pictures of a shopper's run may come from, beside the gateway's own origin. Staff are
/// not bound by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopperPictures {
    /// Product pictures may be in the request themselves: then a shopper can put on anything.
    pub product_data: bool,
    pub product_hosts: Vec<HostPattern>,
    /// Without any a photograph must be in the request.
    pub photo_hosts: Vec<HostPattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputAddresses {
    /// This gateway's `/v1/outputs`: they end with the result, and with its `DELETE`.
    Own,
    /// FASHN's own: open to all that have them, for as long as FASHN keeps the picture.
    Fashn,
}

impl Settings {
    /// The account of a FASHN key, in the jurisdiction that holds now.
    pub fn account_of(&self, key: &KeyName) -> AccountId {
        AccountId::of_key(key.as_str(), self.jurisdiction)
    }

    /// Reads all settings by name; an empty one counts as unset. Everything that is wrong is
    /// returned at once.
    pub fn read(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<SettingError>> {
        let mut reader = Reader::new(look_up);
        let api_key = reader
            .required(&table::FASHN_API_KEY, "set it with: wrangler secret put FASHN_API_KEY");
        let signing_secret = reader.required(&table::SIGNING_SECRET, "make one with: npm run keys");
        let signing_secret_previous = reader.secret(&table::SIGNING_SECRET_PREVIOUS);
        let mut callers = reader.caller_secrets();
        let shops = reader.shops();
        callers.shopify_of = shops.shopify_secrets();
        callers.roles = reader.roles(Some(&shops));
        let keys = reader.shop_keys(&shops, api_key);
        let timeout_seconds = reader.number(&table::FASHN_TIMEOUT_SECONDS);
        let base_url = reader.parsed(&table::FASHN_BASE_URL, BaseUrl::parse).unwrap_or_default();
        let (own, fashn) = (("own", OutputAddresses::Own), ("fashn", OutputAddresses::Fashn));
        let (anywhere, eu) = (("none", Jurisdiction::Global), ("eu", Jurisdiction::Eu));
        let settings = Self {
            signing_secret,
            signing_secret_previous,
            callers,
            shops,
            pictures: reader.pictures(),
            consent: reader.text(&table::CONSENT_VERSION),
            asks_consent: reader.either(&table::CONSENT_MODE, ("told", false), ("ask", true)),
            turnstile: reader.turnstile(),
            merchant_webhook: reader.merchant_webhook(&base_url),
            output_addresses: reader.either(&table::OUTPUT_ADDRESSES, own, fashn),
            fashn: Fashn { base_url, keys, timeout_seconds },
            public_origin: reader.parsed(&table::PUBLIC_ORIGIN, Origin::parse),
            jurisdiction: reader.either(&table::JURISDICTION, anywhere, eu),
            log_level: reader.parsed(&table::LOG_LEVEL, LogLevel::parse).unwrap_or_default(),
            max_body_bytes: usize::try_from(reader.number(&table::MAX_BODY_BYTES))
                .unwrap_or(usize::MAX),
            result_ttl_seconds: reader.number(&table::RESULT_TTL_SECONDS),
            deadline_seconds: reader.number(&table::DEADLINE_SECONDS),
            pass_through: Credits(reader.count(&table::PASS_THROUGH_CREDITS)),
            account: AccountLimits::read(&mut reader, timeout_seconds),
        };
        if reader.errors.is_empty() { Ok(settings) } else { Err(reader.errors) }
    }

    /// The callers' secrets alone: staff are told what is wrong with the other settings.
    pub fn read_callers(look_up: &dyn Fn(&str) -> Option<String>) -> CallerSecrets {
        let mut reader = Reader::new(look_up);
        let mut callers = reader.caller_secrets();
        callers.roles = reader.roles(None);
        callers
    }

    pub fn limits_of(&self, key: &KeyName) -> AccountLimits {
        let mut limits = self.account.clone();
        limits.day_credits = self.shops.day_credits(key).unwrap_or(limits.day_credits);
        limits
    }
}

impl Reader<'_> {
    /// `ALLOWED_ORIGINS`, `POLICY`, `GARMENT_SECRET` and `SHOPS`
    fn shops(&mut self) -> Shops {
        let text = self.text(&table::ALLOWED_ORIGINS).unwrap_or_default();
        let origins = self.list(&table::ALLOWED_ORIGINS, entries(&text), OriginPattern::parse);
        let policy = self.parsed(&table::POLICY, |json| Policy::parse(json).map_err(unreadable));
        let mut shops = Shops::new(Shop {
            origins,
            shopify: Vec::new(),
            key: KeyName::default(),
            policy: Rc::new(policy.unwrap_or_default()),
            garments: self.garment_keys().map(Rc::new),
            orders_secrets: self.orders_secrets(),
            shopify_secrets: Vec::new(),
            day_credits: None,
        });
        if let Some(json) = self.text(&table::SHOPS)
            && let Err(faults) = shops.add(&json, self)
        {
            self.error(&table::SHOPS, unreadable(faults));
        }
        shops
    }

    /// The keys that shops name, after the first one. One value under two names would have FASHN's
    /// limits twice.
    fn shop_keys(&mut self, shops: &Shops, first: Secret) -> Vec<(KeyName, Secret)> {
        let mut keys = vec![(KeyName::default(), first)];
        for name in shops.keys().into_iter().skip(1) {
            let read = self.named_secret(name.as_str(), &table::FASHN_API_KEY);
            let distinct = read.and_then(|secret| {
                let same = keys.iter().find(|(_, other)| other.matches(secret.reveal()));
                let Some((other, _)) = same else {
                    return Ok(secret);
                };
                Err(names(
                    name.as_str(),
                    &format!("is the same as {}: name that one", other.as_str()),
                ))
            });
            match distinct {
                Ok(secret) => keys.push((name.clone(), secret)),
                Err(message) => self.error(&table::SHOPS, message),
            }
        }
        keys
    }

    /// Setting `GARMENT_SECRET_PREVIOUS` alone means garments to be signed: it doesn't turn that
    /// off.
    fn garment_keys(&mut self) -> Option<GarmentKeys> {
        let previous = self.secret(&table::GARMENT_SECRET_PREVIOUS);
        if previous.is_some() && !self.is_set(&table::GARMENT_SECRET) {
            let message = "is missing: GARMENT_SECRET_PREVIOUS holds beside it alone";
            self.error(&table::GARMENT_SECRET, message);
        }
        let current = self.secret(&table::GARMENT_SECRET)?;
        Some(GarmentKeys { current, previous })
    }

    /// A secret and the previous one, which counts beside it alone.
    fn current_and_previous(
        &mut self,
        current: &Setting<table::Secret>,
        previous: &Setting<table::Secret>,
    ) -> Vec<Secret> {
        let (current, previous) = (self.secret(current), self.secret(previous));
        let mut secrets = Vec::from_iter(current);
        if !secrets.is_empty() {
            secrets.extend(previous);
        }
        secrets
    }

    fn orders_secrets(&mut self) -> Vec<Secret> {
        let settings = [&table::ORDERS_WEBHOOK_SECRET, &table::ORDERS_WEBHOOK_SECRET_PREVIOUS];
        let [current, previous] = settings;
        let secrets = self.current_and_previous(current, previous);
        let read = secrets.into_iter().zip(settings).map(|(secret, setting)| {
            webhook_secret(secret).map_err(|message| self.error(setting, message)).ok()
        });
        read.flatten().collect()
    }

    /// A secret that `SHOPS` names, which must be as another one is.
    fn named_secret(&self, name: &str, like: &Setting<table::Secret>) -> Result<Secret, String> {
        let missing = || format!("is missing: set it with: wrangler secret put {name}");
        let value = self.named(name).ok_or_else(missing);
        let read = value.and_then(|value| sendable(value, &like.kind));
        read.map_err(|message| names(name, &message))
    }

    /// Without `STAFF_TOKEN` there is no staff, whatever `STAFF_TOKEN_PREVIOUS` is.
    fn caller_secrets(&mut self) -> CallerSecrets {
        CallerSecrets {
            staff_tokens: self
                .current_and_previous(&table::STAFF_TOKEN, &table::STAFF_TOKEN_PREVIOUS),
            shopify: self
                .current_and_previous(&table::SHOPIFY_SECRET, &table::SHOPIFY_SECRET_PREVIOUS),
            shopify_of: Vec::new(),
            roles: Vec::new(),
            access: self.access(),
        }
    }

    /// Without the audience the assertions of any application of the team would count.
    fn access(&mut self) -> Option<Access> {
        let team = self.parsed(&table::ACCESS_TEAM, BaseUrl::parse);
        let audience = self.text(&table::ACCESS_AUDIENCE);
        match (team, audience) {
            (Some(team), Some(audience)) => Some(Access { team: team.to_string(), audience }),
            (Some(_), None) => {
                self.error(&table::ACCESS_AUDIENCE, "is missing: ACCESS_TEAM needs it");
                None
            }
            (None, _) => None,
        }
    }

    /// `STAFF_ROLES`. Without shops, none of them is looked up.
    fn roles(&mut self, shops: Option<&Shops>) -> Vec<Role> {
        let Some(json) = self.text(&table::STAFF_ROLES) else {
            return Vec::new();
        };
        let named = |name: &str| self.named_secret(name, &table::STAFF_TOKEN);
        roles::read(&json, shops, &named).unwrap_or_else(|faults| {
            self.error(&table::STAFF_ROLES, unreadable(faults));
            Vec::new()
        })
    }

    fn pictures(&mut self) -> ShopperPictures {
        // In a list of hosts, as in a Content-Security-Policy: the picture in the request itself.
        const DATA: &str = "data:";
        let products = self.text(&table::PRODUCT_HOSTS);
        let products = products.as_deref().unwrap_or("cdn.shopify.com");
        let hosts = entries(products).filter(|text| *text != DATA);
        let photos = self.text(&table::SHOPPER_PICTURE_HOSTS).unwrap_or_default();
        let photos = entries(&photos);
        ShopperPictures {
            product_data: entries(products).any(|text| text == DATA),
            product_hosts: self.list(&table::PRODUCT_HOSTS, hosts, HostPattern::parse),
            photo_hosts: self.list(&table::SHOPPER_PICTURE_HOSTS, photos, HostPattern::parse),
        }
    }

    /// Setting one of `TURNSTILE_…` means to require a challenge: without the secret the gateway
    /// doesn't work.
    fn turnstile(&mut self) -> Option<Turnstile> {
        let secret = self.secret(&table::TURNSTILE_SECRET);
        let site_key = self.text(&table::TURNSTILE_SITE_KEY);
        let hostnames = self.text(&table::TURNSTILE_HOSTNAMES);
        let action = self.text(&table::TURNSTILE_ACTION);
        let is_meant = self.is_set(&table::TURNSTILE_SECRET);
        if !is_meant && (site_key.is_some() || hostnames.is_some() || action.is_some()) {
            let message = "is missing: without it no challenge can be verified";
            self.error(&table::TURNSTILE_SECRET, message);
        }
        let secret = secret?;
        if hostnames.is_none() {
            let message = "is missing: name the hosts of the pages that have the widget";
            self.error(&table::TURNSTILE_HOSTNAMES, message);
        }
        let hostnames = hostnames.unwrap_or_default().to_ascii_lowercase();
        Some(Turnstile {
            secret,
            site_key,
            hostnames: entries(&hostnames).map(str::to_owned).collect(),
            action: action.unwrap_or_else(|| "try-on".to_owned()),
        })
    }

    /// Setting `MERCHANT_WEBHOOK_URL`, `STAFF_WEBHOOK_HOSTS` or `…_SECRET` means an address and the
    /// secret.
    fn merchant_webhook(&mut self, base_url: &BaseUrl) -> Option<MerchantWebhook> {
        let url = self.text(&table::MERCHANT_WEBHOOK_URL);
        let hosts = self.text(&table::STAFF_WEBHOOK_HOSTS).unwrap_or_default();
        let hosts = self.list(&table::STAFF_WEBHOOK_HOSTS, entries(&hosts), HostPattern::parse);
        let secret = self.named(table::MERCHANT_WEBHOOK_SECRET.name);
        let previous = self.named(table::MERCHANT_WEBHOOK_SECRET_PREVIOUS.name);
        let has_address = url.is_some() || !hosts.is_empty();
        if !has_address && secret.is_none() {
            return None;
        }
        if !has_address {
            let message = "is missing: MERCHANT_WEBHOOK_SECRET signs for it";
            self.error(&table::MERCHANT_WEBHOOK_URL, message);
        }
        if secret.is_none() {
            let message = "is missing: messages about runs are signed with it";
            self.error(&table::MERCHANT_WEBHOOK_SECRET, message);
        }
        if !self.is_set(&table::PUBLIC_ORIGIN) {
            let message = "is missing: messages about runs contain its addresses";
            self.error(&table::PUBLIC_ORIGIN, message);
        }
        let parsed = MerchantWebhook::parse(url, secret?, previous);
        let mut webhook = parsed.map_err(|error| self.errors.push(error)).ok()?;
        // Without hosts the base URL isn't parsed once more.
        let is_local = !hosts.is_empty() && base_url.origin.is_this_machine();
        webhook.staff = StaffAddresses { hosts, is_local };
        Some(webhook)
    }
}

impl ShopSecrets for Reader<'_> {
    /// The secret of this name and the previous one.
    fn garment_keys(&self, name: &str) -> Result<GarmentKeys, String> {
        let mut secrets = self.shop_secrets(name, &table::GARMENT_SECRET)?.into_iter();
        let (current, previous) = (secrets.next(), secrets.next());
        let current = current.ok_or_else(|| names(name, "is missing"))?;
        Ok(GarmentKeys { current, previous })
    }

    fn shop_secrets(
        &self,
        name: &str,
        like: &Setting<table::Secret>,
    ) -> Result<Vec<Secret>, String> {
        let read = |name: &str| {
            let secret = self.named_secret(name, like)?;
            if like.name == table::ORDERS_WEBHOOK_SECRET.name {
                return webhook_secret(secret).map_err(|message| names(name, message));
            }
            Ok(secret)
        };
        let previous = [name, PREVIOUS].concat();
        let mut secrets = vec![read(name)?];
        if self.named(&previous).is_some() {
            secrets.push(read(&previous)?);
        }
        Ok(secrets)
    }
}

fn unreadable(faults: impl std::fmt::Display) -> String {
    format!("can't be read: {faults}")
}

/// What is wrong with a secret that `SHOPS` names.
fn names(name: &str, problem: &str) -> String {
    format!("names {name}, which {problem}")
}

#[cfg(test)]
pub(in crate::config) mod tests;
