//! Wrangler's vars and secrets → [`Settings`], or a list of what is wrong with them.
//!
//! | name | kind | default | what |
//! |---|---|---|---|
//! | `FASHN_API_KEY` | secret | none, required | FASHN's key; it never leaves the server |
//! | `SIGNING_SECRET` | secret | none, required | signs ids and webhook tokens; 32 characters or more |
//! | `SIGNING_SECRET_PREVIOUS` | secret | none | the one before: what it signed is still known |
//! | `STAFF_TOKEN` | secret | none: no staff | what staff send as `Authorization: Bearer …`; 16 characters or more |
//! | `STAFF_TOKEN_PREVIOUS` | secret | none | the one before: still good |
//! | `SHOPIFY_SECRET` | secret | none: no app proxy | the Shopify app's client secret: verifies proxied requests and webhooks |
//! | `ALLOWED_ORIGINS` | var | none: the gateway's own | origins of the shop, with commas or spaces between; `https://*.shop.example` is all below it |
//! | `SHOPS` | var, a table | none: one shop | other shops' pages, FASHN keys, policies and budgets: [`crate::config::shops`] |
//! | `POLICY` | var, a table | a safe one | what shoppers may ask for: [`crate::config::policy`] |
//! | `GARMENT_SECRET` | secret | none: any on those hosts | signs product pictures, each of which must be signed then: [`crate::auth::garment_signature`]; 32 characters or more |
//! | `GARMENT_SECRET_PREVIOUS` | secret | none | the one before: what it signed is still good |
//! | `PRODUCT_HOSTS` | var | `cdn.shopify.com` | hosts of product pictures, beside the gateway's own; `data:` takes shoppers' bytes too |
//! | `SHOPPER_PICTURE_HOSTS` | var | none: data only | hosts of shoppers' photographs, likewise |
//! | `CONSENT_VERSION` | var | none | what shoppers must have agreed to: each of their runs says so |
//! | `TURNSTILE_SECRET` | secret | none: no challenge | the widget's secret key: each shopper's run needs a passed challenge |
//! | `TURNSTILE_HOSTNAMES` | var | none, required then | hosts of the pages with the widget |
//! | `TURNSTILE_ACTION` | var | `try-on` | the widget's action there |
//! | `TURNSTILE_URL` | var | Cloudflare's | where tokens are verified; another one on this machine alone, for tests |
//! | `RELAY_URL` | var | none: no relay | the merchant's own backend, which is told how each prediction ended; needs `PUBLIC_ORIGIN` |
//! | `RELAY_SECRET` | secret | none, required then | signs what it is told: `whsec_…` |
//! | `OUTPUT_ADDRESSES` | var | `own` | whose addresses of outputs are shown: the gateway's `own`, or `fashn`'s |
//! | `FASHN_BASE_URL` | var | `https://api.fashn.ai` | another FASHN: the sandbox, say |
//! | `PUBLIC_ORIGIN` | var | the request's own | where FASHN's webhooks reach this Worker, if it can't be read off a request |
//! | `MAX_BODY_BYTES` | var | 16777216 | the largest run request |
//! | `RESULT_TTL_SECONDS` | var | 3600 | how long a result can be looked up; at most 72 hours |
//! | `FASHN_TIMEOUT_SECONDS` | var | 30 | how long a call to FASHN may take |
//! | `DEADLINE_SECONDS` | var | 600 | when an unheard-of run is given up |
//! | `CONCURRENT_RUNS` | var | 6 | runs at FASHN at once |
//! | `RUN_RATE` | var | `50/60` | runs sent in so many seconds |
//! | `STATUS_RATE` | var | `50/10` | status calls made in so many seconds |
//! | `QUEUE_LENGTH` | var | 1000 | runs that wait, in all |
//! | `QUEUE_LENGTH_PER_VISITOR` | var | 30 | runs that wait, of one visitor |
//! | `QUEUE_SECONDS` | var | 1800 | how long a run may wait |
//! | `DAY_CREDITS` | var | 2000 | credits that a day (UTC) may cost |
//! | `VISITOR_DAY_CREDITS` | var | 60 | credits that one visitor may spend in a day |
//! | `BALANCE_FLOOR_CREDITS` | var | 0 | FASHN's balance isn't spent below this |

mod account;

use std::fmt;

use serde::Serialize;
use url::Url;

use crate::auth::secret::Secret;
use crate::auth::turnstile::Turnstile;
use crate::config::limits::{self, AccountLimits, Bounds};
use crate::config::policy::Policy;
use crate::config::shops::{KeyName, Shops};
use crate::http::origin::{Origin, is_loopback};
use crate::notify::merchant_webhook::Relay;
use crate::request::images::ShopperPictures;
use crate::run::output::OutputAddresses;

mod entrance;
mod shops;

/// What the operator and the merchant have set.
#[derive(Debug)]
pub struct Settings {
    /// Where FASHN is and how to call it.
    pub fashn: Fashn,
    /// Signs ids and webhook tokens.
    pub signing_secret: Secret,
    /// The secret before that one: what it signed is still known.
    pub signing_secret_previous: Option<Secret>,
    /// What staff carry: the token, and the one before it. Without any there is no staff.
    pub staff_tokens: Vec<Secret>,
    /// The Shopify app's client secret; unset means that nothing comes through an app proxy.
    pub shopify_secret: Option<Secret>,
    /// Whose pages may ask, besides the gateway's own, and for what.
    pub shops: Shops,
    /// Where the pictures of shoppers' runs may come from.
    pub pictures: ShopperPictures,
    /// The terms that shoppers must have agreed to, if any.
    pub consent: Option<String>,
    /// The challenge that shoppers must have passed, if any.
    pub turnstile: Option<Turnstile>,
    /// The merchant's own backend, if it is told how predictions end.
    pub relay: Option<Relay>,
    /// Whose addresses of outputs are shown.
    pub output_addresses: OutputAddresses,
    /// Where this Worker is reached from outside, if set.
    pub public_origin: Option<Origin>,
    /// The largest run request, in bytes.
    pub max_body_bytes: usize,
    /// How long a result can be looked up, in seconds.
    pub result_ttl_seconds: u64,
    /// When an unheard-of run is given up, in seconds after it was sent.
    pub deadline_seconds: u64,
    /// The limits of the default shop's account; of another: [`Settings::limits_of`].
    pub account: AccountLimits,
}

/// Where FASHN is and how to call it.
#[derive(Debug, Clone)]
pub struct Fashn {
    /// Without a slash at its end.
    pub base_url: BaseUrl,
    /// The keys that never leave the server, by their names.
    pub keys: Vec<(KeyName, Secret)>,
    /// How long one call may take, in seconds.
    pub timeout_seconds: u64,
}

impl Fashn {
    /// The key of this name. One that isn't set any more is none, and no other takes its place.
    #[must_use]
    pub fn key(&self, name: &KeyName) -> Option<&Secret> {
        self.keys
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, secret)| secret)
    }
}

/// FASHN's address: https, or http on this very machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    origin: Origin,
}

impl BaseUrl {
    /// FASHN itself.
    pub const DEFAULT: &'static str = "https://api.fashn.ai";

    /// The origin, to which an output's address is compared.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// One thing wrong with the settings: which one, and what to do. Never its value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingProblem {
    /// The variable's or secret's name.
    pub setting: &'static str,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.setting, self.message)
    }
}

impl Settings {
    /// Reads all settings by name; an empty one counts as unset.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<SettingProblem>> {
        let mut reader = Reader {
            look_up,
            problems: Vec::new(),
        };
        let api_key = reader.secret(
            "FASHN_API_KEY",
            1,
            "set it with: wrangler secret put FASHN_API_KEY",
        );
        let signing_secret = reader.secret(
            "SIGNING_SECRET",
            limits::SIGNING_SECRET_CHARS_MIN,
            "make one with: npm run keys",
        );
        let signing_secret_previous =
            reader.optional_secret("SIGNING_SECRET_PREVIOUS", limits::SIGNING_SECRET_CHARS_MIN);
        let staff_tokens = reader.staff_tokens();
        let shopify_secret =
            reader.optional_secret("SHOPIFY_SECRET", limits::SHOPIFY_SECRET_CHARS_MIN);
        let shops = reader.shops();
        let keys = match (&shops, api_key) {
            (Some(shops), Some(first)) => reader.shop_keys(shops, first),
            _ => Vec::new(),
        };
        let pictures = reader.pictures();
        let consent = reader.get("CONSENT_VERSION");
        let turnstile = reader.turnstile();
        let output_addresses = reader.output_addresses("OUTPUT_ADDRESSES");
        let public_origin = reader.origin("PUBLIC_ORIGIN");
        let relay = reader.relay(public_origin.is_some());
        let base_url = reader.base_url("FASHN_BASE_URL");
        let max_body_bytes = reader.number("MAX_BODY_BYTES", limits::BODY_BYTES);
        let result_ttl_seconds = reader.number("RESULT_TTL_SECONDS", limits::RESULT_TTL_SECONDS);
        let timeout_seconds = reader.number("FASHN_TIMEOUT_SECONDS", limits::FASHN_TIMEOUT_SECONDS);
        let deadline_seconds = reader.number("DEADLINE_SECONDS", limits::DEADLINE_SECONDS);
        let account = reader.account(timeout_seconds);
        match (shops, signing_secret, base_url) {
            (Some(shops), Some(signing_secret), Some(base_url)) if reader.problems.is_empty() => {
                Ok(Self {
                    fashn: Fashn {
                        base_url,
                        keys,
                        timeout_seconds,
                    },
                    signing_secret,
                    signing_secret_previous,
                    staff_tokens,
                    shopify_secret,
                    shops,
                    pictures,
                    consent,
                    turnstile,
                    relay,
                    output_addresses,
                    public_origin,
                    max_body_bytes: usize::try_from(max_body_bytes).unwrap_or(usize::MAX),
                    result_ttl_seconds,
                    deadline_seconds,
                    account,
                })
            }
            _ => Err(reader.problems),
        }
    }
}

impl Settings {
    /// Whether a bearer token is a staff's. Each is compared in constant time.
    #[must_use]
    pub fn is_staff(&self, token: &str) -> bool {
        self.staff_tokens.iter().any(|secret| secret.matches(token))
    }

    /// The limits of the account of this key.
    #[must_use]
    pub fn limits_of(&self, key: &KeyName) -> AccountLimits {
        let mut limits = self.account.clone();
        if let Some(day_credits) = self.shops.day_credits(key) {
            limits.day_credits = day_credits;
        }
        limits
    }
}

struct Reader<'l> {
    look_up: &'l dyn Fn(&str) -> Option<String>,
    problems: Vec<SettingProblem>,
}

impl Reader<'_> {
    fn get(&self, setting: &str) -> Option<String> {
        (self.look_up)(setting)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn problem(&mut self, setting: &'static str, message: impl Into<String>) {
        self.problems.push(SettingProblem {
            setting,
            message: message.into(),
        });
    }

    fn secret(&mut self, setting: &'static str, chars_least: usize, how: &str) -> Option<Secret> {
        if self.get(setting).is_none() {
            self.problem(setting, format!("is missing: {how}"));
            return None;
        }
        self.optional_secret(setting, chars_least)
    }

    fn optional_secret(&mut self, setting: &'static str, chars_least: usize) -> Option<Secret> {
        let value = self.get(setting)?;
        sendable(value, chars_least)
            .map_err(|message| self.problem(setting, message))
            .ok()
    }

    fn policy(&mut self, setting: &'static str) -> Policy {
        let Some(json) = self.get(setting) else {
            return Policy::default();
        };
        Policy::parse(&json).unwrap_or_else(|faults| {
            self.problem(setting, format!("can't be read: {faults}"));
            Policy::default()
        })
    }

    fn origin(&mut self, setting: &'static str) -> Option<Origin> {
        let text = self.get(setting)?;
        Origin::parse(&text)
            .map_err(|error| self.problem(setting, error.to_string()))
            .ok()
    }

    /// `RELAY_URL` and `RELAY_SECRET`. Whoever sets one means both.
    fn relay(&mut self, knows_own_origin: bool) -> Option<Relay> {
        let (url, secret) = match (self.get("RELAY_URL"), self.get("RELAY_SECRET")) {
            (None, None) => return None,
            (Some(url), Some(secret)) => (url, secret),
            (None, Some(_)) => {
                self.problem("RELAY_URL", "is missing: RELAY_SECRET signs for it");
                return None;
            }
            (Some(_), None) => {
                let message = "is missing: what RELAY_URL is told is signed with it";
                self.problem("RELAY_SECRET", message);
                return None;
            }
        };
        if !knows_own_origin {
            let message = "is missing: what RELAY_URL is told has this gateway's addresses in it";
            self.problem("PUBLIC_ORIGIN", message);
        }
        Relay::parse(url, secret)
            .map_err(|(setting, message)| self.problem(setting, message))
            .ok()
    }

    fn output_addresses(&mut self, setting: &'static str) -> OutputAddresses {
        match self.get(setting).as_deref() {
            None | Some("own") => OutputAddresses::Own,
            Some("fashn") => OutputAddresses::Fashn,
            Some(_) => {
                self.problem(setting, "must be own or fashn");
                OutputAddresses::Own
            }
        }
    }

    fn base_url(&mut self, setting: &'static str) -> Option<BaseUrl> {
        let text = self
            .get(setting)
            .unwrap_or_else(|| BaseUrl::DEFAULT.to_owned());
        if let Some(origin) = Origin::plain(&text) {
            return Some(BaseUrl { text, origin });
        }
        let Ok(url) = Url::parse(&text) else {
            self.problem(
                setting,
                format!("is not an address such as {}", BaseUrl::DEFAULT),
            );
            return None;
        };
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !secure
            || !url.has_host()
            || !url.username().is_empty()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            self.problem(setting, "must be an https:// address without user and query (http:// is for this machine only)");
            return None;
        }
        Some(BaseUrl {
            text: url.as_str().trim_end_matches('/').to_owned(),
            origin: Origin::of(&url),
        })
    }

    fn number(&mut self, setting: &'static str, bounds: Bounds) -> u64 {
        let Some(text) = self.get(setting) else {
            return bounds.default;
        };
        match text.parse::<u64>() {
            Ok(number) if (bounds.min..=bounds.max).contains(&number) => number,
            _ => {
                self.problem(
                    setting,
                    format!(
                        "must be a whole number from {} to {}",
                        bounds.min, bounds.max
                    ),
                );
                bounds.default
            }
        }
    }
}

/// A secret of so many characters that can become part of a header; else what is wrong with it.
fn sendable(value: String, chars_least: usize) -> Result<Secret, String> {
    if value.chars().count() < chars_least {
        return Err(format!(
            "is too short: it must have {chars_least} characters or more"
        ));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "has a character that can't be sent: use printable ASCII without spaces".to_owned(),
        );
    }
    Ok(Secret::new(value))
}

#[cfg(test)]
mod tests;
