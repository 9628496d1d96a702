//! Several shops on one deployment, each with its pages, its FASHN key, its policy and its budget:
//! the setting `SHOPS`.
//!
//! ```toml
//! [vars.SHOPS.north]
//! # its pages; a star is one label or more
//! origins = ["https://north.example", "https://*.north.example"]
//! # its Shopify domains, through the app proxy
//! shopify = ["north.myshopify.com"]
//! # the names of the secrets that hold its key, and that sign its garments
//! fashn_key = "FASHN_API_KEY_NORTH"
//! garment_secret = "GARMENT_SECRET_NORTH"
//! # its own budget; it needs a key of its own
//! day_credits = 500
//! # its own policy, whole: see crate::config::policy
//! [vars.SHOPS.north.policy]
//! prompts = true
//! ```
//!
//! A field that is left out is the default shop's: `FASHN_API_KEY`, `GARMENT_SECRET`, `POLICY`,
//! `DAY_CREDITS`. A caller that is in no entry belongs to the default shop, and so do staff and the
//! gateway's own pages. A budget, FASHN's limits and the queue belong to a key, so shops with one
//! key share them.

use std::fmt;
use std::rc::Rc;

use fashn::fields::{FieldErrors, Fields};
use serde::{Deserialize, Serialize};

use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::garment_signature::{self, GarmentKeys};
use crate::auth::shopify::ShopDomain;
use crate::config::limits;
use crate::config::policy::Policy;
use crate::http::origin::{Origin, OriginPattern};

/// The name of the secret that holds a FASHN key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    /// The default shop's.
    pub const DEFAULT: &'static str = "FASHN_API_KEY";

    /// Reads one: `FASHN_API_KEY`, or that with `_` and capitals, digits and `_` after it. So no
    /// other secret can be sent to FASHN by mistake.
    pub fn parse(text: &str) -> Option<Self> {
        is_named_after(Self::DEFAULT, text).then(|| Self(text.to_owned()))
    }

    /// The name as text.
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

/// Whether a secret's name is the default one, or that with `_` and capitals, digits and `_` after
/// it.
fn is_named_after(default: &str, name: &str) -> bool {
    name.strip_prefix(default).is_some_and(|rest| {
        let plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        plain && (rest.is_empty() || (rest.starts_with('_') && rest.len() > 1))
    })
}

/// A shop.
#[derive(Debug)]
pub struct Shop {
    /// Its pages.
    pub origins: Vec<OriginPattern>,
    /// Its Shopify domains.
    pub shopify: Vec<ShopDomain>,
    /// The key of its runs.
    pub key: KeyName,
    /// What its shoppers may ask for.
    pub policy: Rc<Policy>,
    /// The secrets that its shoppers' garments must be signed with, if they must.
    pub garments: Option<Rc<GarmentKeys>>,
    /// Credits that a day (UTC) may cost, if it isn't `DAY_CREDITS`. No other shop has its key
    /// then.
    pub day_credits: Option<u32>,
}

/// The shops of this deployment.
#[derive(Debug)]
pub struct Shops {
    /// The shop of all callers that are in no entry.
    pub default: Shop,
    /// Those of the table, by name.
    listed: Vec<(String, Shop)>,
}

impl Shops {
    /// Reads the setting, a table as JSON; without one there is the default shop alone.
    /// `garment_keys` looks secrets up by name, or says what is wrong with them.
    ///
    /// # Errors
    /// All that is wrong with it, and where.
    pub fn parse(
        json: Option<&str>,
        default: Shop,
        garment_keys: &dyn Fn(&str) -> Result<GarmentKeys, String>,
    ) -> Result<Self, FieldErrors> {
        let mut shops = Self { default, listed: Vec::new() };
        let Some(json) = json else {
            return Ok(shops);
        };
        let mut table = Fields::parse(json.as_bytes(), "a field of a shop")?;
        while let Some((name, mut fields)) = table.open_next() {
            let shop = Shop::read(&mut fields, &shops.default, garment_keys);
            table.close(fields);
            shops.listed.push((name, shop));
        }
        shops.conflicts(&mut table);
        table.finish_with(Some(shops))
    }

    /// The shop of a caller. `own` is the gateway's own origin: its pages are the default shop's,
    /// even where a star covers them.
    pub fn of(&self, caller: &Caller, own: &Origin) -> &Shop {
        let is_its = |shop: &Shop| match caller {
            Caller::Storefront(origin) => origin != own && shop.has_page(origin),
            Caller::Shopify(proxied) => shop.shopify.contains(&proxied.shop),
            Caller::Staff => false,
        };
        self.listed.iter().map(|(_, shop)| shop).find(|shop| is_its(shop)).unwrap_or(&self.default)
    }

    /// The name of one of these shops; the default shop has none.
    pub fn name_of(&self, shop: &Shop) -> &str {
        self.listed
            .iter()
            .find(|(_, listed)| std::ptr::eq(listed, shop))
            .map_or("", |(name, _)| name)
    }

    /// Judges the `Origin` header of a request: the gateway's own pages and each shop's are
    /// allowed.
    pub fn page_origin(&self, header: Option<&str>, own: &Origin) -> PageOrigin {
        let Some(text) = header else {
            return PageOrigin::Absent;
        };
        match Origin::parse(text) {
            Ok(origin) if origin == *own || self.have_page(&origin) => PageOrigin::Allowed(origin),
            Ok(_) | Err(_) => PageOrigin::NotAllowed,
        }
    }

    fn have_page(&self, origin: &Origin) -> bool {
        let has_it = |(_, shop): &(_, Shop)| shop.has_page(origin);
        self.default.has_page(origin) || self.listed.iter().any(has_it)
    }

    /// The keys that the shops use, each once, the default shop's first.
    pub fn keys(&self) -> Vec<&KeyName> {
        let mut keys = vec![&self.default.key];
        for (_, shop) in &self.listed {
            if !keys.contains(&&shop.key) {
                keys.push(&shop.key);
            }
        }
        keys
    }

    /// Credits that a day may cost with this key, if it isn't `DAY_CREDITS`.
    pub fn day_credits(&self, key: &KeyName) -> Option<u32> {
        let shop = self.listed.iter().find(|(_, shop)| shop.key == *key);
        shop.and_then(|(_, shop)| shop.day_credits)
    }

    /// Notes each page or domain that two shops have, and each budget of a shared key.
    fn conflicts(&self, table: &mut Fields<'_, '_>) {
        let mut before = vec![("the default shop", &self.default)];
        for (name, shop) in &self.listed {
            let mut fault = |field: &str, parts: [&str; 4]| {
                table.add_error(&[name, field].concat(), parts.concat());
            };
            for (other_name, other) in &before {
                for page in &shop.origins {
                    if other.origins.iter().any(|its| its.meets(page)) {
                        let page = page.to_string();
                        fault(".origins", ["has ", &page, ", as has ", other_name]);
                    }
                }
                for domain in &shop.shopify {
                    if other.shopify.contains(domain) {
                        let domain = domain.as_str();
                        fault(".shopify", ["has ", domain, ", as has ", other_name]);
                    }
                }
            }
            let shares = |other: &Shop| other.key == shop.key;
            let users = self.listed.iter().filter(|(_, other)| shares(other));
            if shop.day_credits.is_some() && (shares(&self.default) || users.count() > 1) {
                let message = "needs a fashn_key that no other shop has: a budget is a key's";
                fault(".day_credits", [message, "", "", ""]);
            }
            before.push((name, shop));
        }
    }
}

impl Shop {
    fn read(
        fields: &mut Fields<'_, '_>,
        default: &Self,
        garment_keys: &dyn Fn(&str) -> Result<GarmentKeys, String>,
    ) -> Self {
        let mut origins = Vec::new();
        for text in fields.texts("origins").unwrap_or_default() {
            match OriginPattern::parse(&text) {
                Ok(origin) => origins.push(origin),
                Err(error) => {
                    fields.add_error("origins", format!("has an entry that {error}: {text}"));
                }
            }
        }
        let mut shopify = Vec::new();
        for text in fields.texts("shopify").unwrap_or_default() {
            if let Some(domain) = ShopDomain::parse(&text) {
                shopify.push(domain);
            } else {
                let message = "has an entry that is no domain such as north.myshopify.com: ";
                fields.add_error("shopify", [message, &text].concat());
            }
        }
        let given = fields.was_given("origins") || fields.was_given("shopify");
        if !given {
            fields.add_error("origins", "is required, or shopify is: whose shop is it?");
        }
        let key = fields.text("fashn_key").map(|text| {
            let name = KeyName::parse(&text);
            if name.is_none() {
                let message = "must be the name of a secret that begins with FASHN_API_KEY_, in \
                               capitals: not the key";
                fields.add_error("fashn_key", message);
            }
            name.unwrap_or_default()
        });
        let garments = fields.text("garment_secret").map(|name| {
            // A previous secret is looked up by its name: named outright, it would never expire.
            let is_sound = is_named_after(garment_signature::SECRET, &name)
                && !name.ends_with(garment_signature::PREVIOUS);
            let keys = if is_sound {
                garment_keys(&name)
            } else {
                Err("must be the name of a secret that begins with GARMENT_SECRET_, in capitals: \
                     not the secret"
                    .to_owned())
            };
            keys.map_err(|message| fields.add_error("garment_secret", message)).ok().map(Rc::new)
        });
        let policy = fields.open("policy").map(|mut table| {
            let policy = Policy::read(&mut table);
            fields.close(table);
            policy
        });
        let max = u32::try_from(limits::DAY_CREDITS.max).unwrap_or(u32::MAX);
        Self {
            origins,
            shopify,
            key: key.unwrap_or_else(|| default.key.clone()),
            policy: policy.map_or_else(|| Rc::clone(&default.policy), Rc::new),
            garments: garments.unwrap_or_else(|| default.garments.clone()),
            day_credits: fields.integer("day_credits", 0..=max),
        }
    }

    /// The secrets that the garments of this caller's runs must be signed with, if they must. Staff
    /// choose garments freely.
    pub fn garment_keys_for(&self, caller: &Caller) -> Option<&GarmentKeys> {
        match caller {
            Caller::Staff => None,
            Caller::Storefront(_) | Caller::Shopify(_) => self.garments.as_deref(),
        }
    }

    fn has_page(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|pattern| pattern.covers(origin))
    }
}

#[cfg(test)]
mod tests;
