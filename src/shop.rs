//! Several shops on one deployment, each with its pages, its FASHN key, its policy and its budget: `SHOPS` in the
//! settings.
//!
//! ```toml
//! [vars.SHOPS.north]
//! origins = ["https://north.example", "https://*.north.example"]   # its pages; a star is one label or more
//! shopify = ["north.myshopify.com"]                                # its Shopify domains, through the app proxy
//! fashn_key = "FASHN_API_KEY_NORTH"                                # the name of the secret that holds its key
//! day_credits = 500                                                # its own budget; it needs a key of its own
//! [vars.SHOPS.north.policy]                                        # its own policy, whole: see crate::policy
//! prompts = true
//! ```
//!
//! What is left out is the default shop's: `FASHN_API_KEY`, `POLICY`, `DAY_CREDITS`. Whoever is not in the table is the
//! default shop's too, and so are staff and the gateway's own pages. A budget, FASHN's limits and the queue belong to a
//! key, so shops with one key share them.

use std::fmt;

use fashn::fields::{Fault, Faults, Fields};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::limits;
use crate::origin::{Origin, OriginPattern};
use crate::policy::Policy;
use crate::shopify::ShopDomain;

/// The name of the secret that holds a FASHN key. It names the key's Dispatcher too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    /// The default shop's.
    pub const DEFAULT: &'static str = "FASHN_API_KEY";

    /// Reads one: `FASHN_API_KEY`, or that with `_` and capitals, digits and `_` after it. No other secret can be sent to
    /// FASHN by a slip.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::DEFAULT)?;
        let plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let sound = rest.is_empty() || (rest.starts_with('_') && rest.len() > 1);
        (plain && sound).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeyName {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A shop.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Whose pages are its own.
    pub origins: Vec<OriginPattern>,
    /// Its Shopify domains.
    pub shopify: Vec<ShopDomain>,
    /// With which key its runs are made.
    pub key: KeyName,
    /// What its shoppers may ask for.
    pub policy: Policy,
    /// What a day (UTC) may cost, where it isn't `DAY_CREDITS`. Nobody shares its key then.
    pub day_credits: Option<u32>,
}

/// The shops of this deployment.
#[derive(Debug, Clone)]
pub struct Shops {
    /// Everybody's that is in no table.
    pub default: Shop,
    /// Those of the table, by name.
    listed: Vec<(String, Shop)>,
}

impl Shops {
    /// The default shop alone.
    #[must_use]
    pub fn alone(default: Shop) -> Self {
        Self {
            default,
            listed: Vec::new(),
        }
    }

    /// Reads the setting, a table as JSON; without one there is the default shop alone.
    ///
    /// # Errors
    /// All that is wrong with it, and where.
    pub fn parse(json: Option<&str>, default: Shop) -> Result<Self, Faults> {
        let Some(json) = json else {
            return Ok(Self::alone(default));
        };
        let listed = Fields::each(json.as_bytes(), "a field of a shop", |fields| {
            Shop::read(fields, &default)
        })?;
        let shops = Self { default, listed };
        let faults = shops.conflicts();
        if faults.is_empty() {
            Ok(shops)
        } else {
            Err(Faults(faults))
        }
    }

    /// Whose this caller is. `own` is the gateway's own origin: whatever a star covers, its pages are the default shop's.
    #[must_use]
    pub fn of(&self, caller: &Caller, own: &Origin) -> &Shop {
        let is_its = |shop: &Shop| match caller {
            Caller::Storefront(origin) => origin != own && shop.has_page(origin),
            Caller::Shopify(proxied) => shop.shopify.contains(&proxied.shop),
            Caller::Staff => false,
        };
        self.listed
            .iter()
            .map(|(_, shop)| shop)
            .find(|shop| is_its(shop))
            .unwrap_or(&self.default)
    }

    /// Some shop has this page.
    #[must_use]
    pub fn have_page(&self, origin: &Origin) -> bool {
        self.all().any(|(_, shop)| shop.has_page(origin))
    }

    /// The keys that the shops use, each once, the default shop's first.
    #[must_use]
    pub fn keys(&self) -> Vec<&KeyName> {
        let mut keys = Vec::new();
        for (_, Shop { key, .. }) in self.all() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// What a day may cost with this key, where it isn't `DAY_CREDITS`.
    #[must_use]
    pub fn day_credits(&self, key: &KeyName) -> Option<u32> {
        self.all()
            .find(|(_, shop)| shop.key == *key)
            .and_then(|(_, shop)| shop.day_credits)
    }

    fn all(&self) -> impl Iterator<Item = (&str, &Shop)> {
        let listed = self.listed.iter().map(|(name, shop)| (&**name, shop));
        std::iter::once(("the default shop", &self.default)).chain(listed)
    }

    /// A page or a domain that two shops have, and a budget whose key isn't one shop's alone.
    fn conflicts(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (at, (name, shop)) in self.listed.iter().enumerate() {
            let mut fault = |field: &str, message: String| {
                faults.push(Fault::new([name, ".", field].concat(), message));
            };
            for (other_name, other) in self.all().take(at + 1) {
                let has = |what: &dyn fmt::Display| format!("has {what}, as {other_name} has");
                let meets = |page: &&OriginPattern| other.origins.iter().any(|its| its.meets(page));
                if let Some(page) = shop.origins.iter().find(meets) {
                    fault("origins", has(page));
                }
                let is_its = |domain: &&ShopDomain| other.shopify.contains(domain);
                if let Some(domain) = shop.shopify.iter().find(is_its) {
                    fault("shopify", has(&domain.as_str()));
                }
            }
            let users = self.all().filter(|(_, other)| other.key == shop.key);
            if shop.day_credits.is_some() && users.count() > 1 {
                let message = "needs a fashn_key that no other shop has: a budget is a key's";
                fault("day_credits", message.to_owned());
            }
        }
        faults
    }
}

impl Shop {
    fn read(fields: &mut Fields<'_, '_>, default: &Self) -> Self {
        let origins = fields.texts("origins").unwrap_or_default();
        let origins: Vec<_> = origins
            .iter()
            .filter_map(|text| {
                OriginPattern::parse(text)
                    .map_err(|error| {
                        fields.fault("origins", format!("has an entry that {error}: {text}"));
                    })
                    .ok()
            })
            .collect();
        let shopify = fields.texts("shopify").unwrap_or_default();
        let shopify: Vec<_> = shopify
            .iter()
            .filter_map(|text| {
                let domain = ShopDomain::parse(text);
                if domain.is_none() {
                    let message = "has an entry that is no domain such as north.myshopify.com: ";
                    fields.fault("shopify", [message, text].concat());
                }
                domain
            })
            .collect();
        let given = fields.was_given("origins") || fields.was_given("shopify");
        if !given {
            fields.fault("origins", "is required, or shopify is: whose shop is it?");
        }
        let key = fields.text("fashn_key").map(|text| {
            let name = KeyName::parse(&text);
            if name.is_none() {
                let message = "must be the name of a secret that begins with FASHN_API_KEY_, in capitals: not the key";
                fields.fault("fashn_key", message);
            }
            name.unwrap_or_default()
        });
        let policy = fields.open("policy").map(|mut table| {
            let policy = Policy::read(&mut table);
            fields.close(table);
            policy
        });
        let most = u32::try_from(limits::DAY_CREDITS.most).unwrap_or(u32::MAX);
        Self {
            origins,
            shopify,
            key: key.unwrap_or_else(|| default.key.clone()),
            policy: policy.unwrap_or_else(|| default.policy.clone()),
            day_credits: fields.integer("day_credits", 0..=most),
        }
    }

    fn has_page(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|pattern| pattern.covers(origin))
    }
}

#[cfg(test)]
mod tests;
