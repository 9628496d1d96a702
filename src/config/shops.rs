//! Several shops on one deployment, each with its pages, its FASHN key, its policy and its budget:
//! the setting `SHOPS` (`docs/any-shop.md` has an example).
//!
//! A field that is left out is the default shop's: `FASHN_API_KEY`, `GARMENT_SECRET`, `POLICY`,
//! `DAY_CREDITS`. A caller that is in no entry belongs to the default shop, and so do staff and the
//! gateway's own pages. A budget, FASHN's limits and the queue belong to a key, so shops with one
//! key share them.

use std::rc::Rc;

use fashn::fields::{FieldErrors, Fields};
use serde::{Deserialize, Serialize};

use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::garment_signature::{self, GarmentKeys};
use crate::auth::secret::Secret;
use crate::auth::shopify::ShopDomain;
use crate::config::policy::Policy;
use crate::config::table::{self, Setting};
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

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeyName {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

pub(super) fn is_named_after(default: &str, name: &str) -> bool {
    name.strip_prefix(default).is_some_and(|rest| {
        let plain = |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        rest.is_empty() || (rest.starts_with('_') && rest.len() > 1 && rest.bytes().all(plain))
    })
}

#[derive(Debug)]
pub struct Shop {
    pub origins: Vec<OriginPattern>,
    pub shopify: Vec<ShopDomain>,
    pub key: KeyName,
    pub policy: Rc<Policy>,
    /// The secrets that its shoppers' garments must be signed with, if they must.
    pub garments: Option<Rc<GarmentKeys>>,
    /// Sign messages about its orders: the current one, and the previous one.
    pub orders_secrets: Vec<Secret>,
    /// The client secrets of its own app at Shopify, likewise. Without any they are the default
    /// shop's.
    pub shopify_secrets: Vec<Secret>,
    /// Credits that a day (UTC) may cost, if it isn't `DAY_CREDITS`. No other shop has its key
    /// then.
    pub day_credits: Option<u32>,
}

/// Secrets by the names that `SHOPS` has, or what is wrong with them.
pub trait ShopSecrets {
    fn garment_keys(&self, name: &str) -> Result<GarmentKeys, String>;
    /// The secret of this name and the previous one. They must be as this setting is.
    fn shop_secrets(
        &self,
        name: &str,
        like: &Setting<table::Secret>,
    ) -> Result<Vec<Secret>, String>;
}

#[derive(Debug)]
pub struct Shops {
    /// The shop of all callers that are in no entry.
    pub default: Shop,
    listed: Vec<(String, Shop)>,
}

impl Shops {
    /// The default shop alone.
    pub fn new(default: Shop) -> Self {
        Self { default, listed: Vec::new() }
    }

    /// Adds those of the setting, a table as JSON. `secrets` looks secrets up by name, or says what
    /// is wrong with them.
    pub fn add(&mut self, json: &str, secrets: &dyn ShopSecrets) -> Result<(), FieldErrors> {
        let mut table = Fields::parse(json.as_bytes(), "a field of a shop")?;
        while let Some((name, mut fields)) = table.open_next() {
            let shop = Shop::read(&mut fields, &self.default, secrets);
            table.close(fields);
            self.listed.push((name, shop));
        }
        self.conflicts(&mut table);
        table.finish_with(Some(()))
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

    /// The shop with this domain at Shopify; the default shop of all that are in no entry.
    pub fn of_domain(&self, domain: &str) -> &Shop {
        let is_its = |shop: &&Shop| shop.shopify.iter().any(|its| its.as_str() == domain);
        self.all().find(is_its).unwrap_or(&self.default)
    }

    /// The name of one of these shops; the default shop has none.
    pub fn name_of(&self, shop: &Shop) -> &str {
        let named = self.listed.iter().find(|(_, listed)| std::ptr::eq(listed, shop));
        named.map_or("", |(name, _)| name)
    }

    /// Judges the `Origin` header of a request: the gateway's own pages and each shop's are
    /// allowed.
    pub fn page_origin(&self, header: Option<&str>, own: &Origin) -> PageOrigin {
        let Some(text) = header else {
            return PageOrigin::Absent;
        };
        let mut shops = self.all();
        match Origin::parse(text) {
            Ok(page) if page == *own || shops.any(|shop| shop.has_page(&page)) => {
                PageOrigin::Allowed(page)
            }
            Ok(_) | Err(_) => PageOrigin::NotAllowed,
        }
    }

    /// The default shop, and then those of the setting.
    pub fn all(&self) -> impl Iterator<Item = &Shop> {
        std::iter::once(&self.default).chain(self.listed.iter().map(|(_, shop)| shop))
    }

    /// The client secrets of shops with an app of their own at Shopify, by their domains.
    pub fn shopify_secrets(&self) -> Vec<(ShopDomain, Secret)> {
        let mut secrets = Vec::new();
        for (_, shop) in &self.listed {
            for domain in &shop.shopify {
                let own = shop.shopify_secrets.iter();
                secrets.extend(own.map(|secret| (domain.clone(), secret.clone())));
            }
        }
        secrets
    }

    /// A shop of the setting by its name.
    pub fn named(&self, name: &str) -> Option<&Shop> {
        self.listed.iter().find(|(listed, _)| listed == name).map(|(_, shop)| shop)
    }

    /// Whether there is a shop of this name. The default shop's is empty.
    pub fn has(&self, name: &str) -> bool {
        name.is_empty() || self.named(name).is_some()
    }

    /// All names, the default shop's first.
    pub fn names(&self) -> Vec<String> {
        let listed = self.listed.iter().map(|(name, _)| name.clone());
        std::iter::once(String::new()).chain(listed).collect()
    }

    /// Whether no other shop has the key of this one.
    pub fn has_own_key(&self, name: &str) -> bool {
        let default = std::iter::once(("", &self.default));
        let all = default.chain(self.listed.iter().map(|(name, shop)| (&**name, shop)));
        let key = if name.is_empty() { Some(&self.default) } else { self.named(name) };
        key.is_some_and(|own| {
            !all.clone().any(|(other, shop)| other != name && shop.key == own.key)
        })
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

    /// Adds an error for each page or domain that two shops have, and each budget of a shared key.
    fn conflicts(&self, table: &mut Fields<'_, '_>) {
        let mut before = vec![("the default shop", &self.default)];
        for (name, shop) in &self.listed {
            let mut both_have = |field: &str, value: &str, other: &str| {
                let path = [name, field].concat();
                table.add_error(&path, format!("has {value}, as has {other}"));
            };
            for (other_name, other) in &before {
                for page in &shop.origins {
                    if other.origins.iter().any(|its| its.meets(page)) {
                        both_have(".origins", &page.to_string(), other_name);
                    }
                }
                for domain in &shop.shopify {
                    if other.shopify.contains(domain) {
                        both_have(".shopify", domain.as_str(), other_name);
                    }
                }
            }
            let has_its_secret = |(_, other): &&(&str, &Shop)| {
                let is_its = |secret: &Secret| {
                    other.orders_secrets.iter().any(|its| its.matches(secret.reveal()))
                };
                shop.orders_secrets.iter().any(is_its)
            };
            if let Some((other, _)) = before.iter().find(has_its_secret) {
                let message = ["is the same as that of ", other, ": each shop needs its own"];
                table.add_error(&[name, ".orders_secret"].concat(), message.concat());
            }
            let users = self.listed.iter().filter(|(_, other)| other.key == shop.key).count();
            if shop.day_credits.is_some() && (self.default.key == shop.key || users > 1) {
                let message = "needs a fashn_key that no other shop has: a budget is a key's";
                table.add_error(&[name, ".day_credits"].concat(), message);
            }
            before.push((name, shop));
        }
    }
}

impl Shop {
    fn read(fields: &mut Fields<'_, '_>, default: &Self, secrets: &dyn ShopSecrets) -> Self {
        let origins = entries(fields, "origins", |text| {
            OriginPattern::parse(text).map_err(|error| format!("that {error}"))
        });
        let shopify = entries(fields, "shopify", |text| {
            let no_domain = "that is no domain such as north.myshopify.com";
            ShopDomain::parse(text).ok_or_else(|| no_domain.to_owned())
        });
        if !fields.was_given("origins") && !fields.was_given("shopify") {
            fields.add_error("origins", "is required, or shopify is: whose shop is it?");
        }
        let key = fields.text("fashn_key").map(|text| {
            KeyName::parse(&text).unwrap_or_else(|| {
                let message = "must be the name of a secret that begins with FASHN_API_KEY_, in \
                               capitals: not the key";
                fields.add_error("fashn_key", message);
                KeyName::default()
            })
        });
        let garments = fields.text("garment_secret").map(|name| {
            // A previous secret is looked up by its name: named outright, it would never expire.
            let is_sound = is_named_after(garment_signature::SECRET, &name)
                && !name.ends_with(garment_signature::PREVIOUS);
            let keys = if is_sound {
                secrets.garment_keys(&name)
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
            Rc::new(policy)
        });
        let max = u32::try_from(table::DAY_CREDITS.kind.max).unwrap_or(u32::MAX);
        Self {
            origins,
            shopify,
            key: key.unwrap_or_else(|| default.key.clone()),
            policy: policy.unwrap_or_else(|| Rc::clone(&default.policy)),
            garments: garments.unwrap_or_else(|| default.garments.clone()),
            orders_secrets: own_secrets(
                fields,
                "orders_secret",
                &table::ORDERS_WEBHOOK_SECRET,
                secrets,
            ),
            shopify_secrets: own_secrets(fields, "shopify_secret", &table::SHOPIFY_SECRET, secrets),
            day_credits: fields.integer("day_credits", 0..=max),
        }
    }

    /// The secrets that the garments of this caller's runs must be signed with, if they must. Staff
    /// choose garments freely.
    pub fn garment_keys_for(&self, caller: &Caller) -> Option<&GarmentKeys> {
        if caller.is_staff() { None } else { self.garments.as_deref() }
    }

    pub fn has_page(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|pattern| pattern.covers(origin))
    }
}

/// The secrets of the name that a shop has: like the default shop's, and named after it.
fn own_secrets(
    fields: &mut Fields<'_, '_>,
    field: &'static str,
    like: &'static Setting<table::Secret>,
    secrets: &dyn ShopSecrets,
) -> Vec<Secret> {
    let Some(name) = fields.text(field) else {
        return Vec::new();
    };
    // A previous secret is looked up by its name: named outright, it would never expire.
    let is_sound = name.len() > like.name.len()
        && is_named_after(like.name, &name)
        && !name.ends_with(garment_signature::PREVIOUS);
    let found = if is_sound {
        secrets.shop_secrets(&name, like)
    } else {
        let named = ["must be the name of a secret that begins with ", like.name];
        Err([&named.concat(), "_, in capitals: not the secret"].concat())
    };
    found.map_err(|message| fields.add_error(field, message)).unwrap_or_default()
}

/// The entries of a list, those that can be read.
fn entries<T>(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let texts = fields.texts(name).unwrap_or_default();
    let read = texts.iter().map(|text| {
        let message = |error| format!("has an entry {error}: {text}");
        parse(text).map_err(|error| fields.add_error(name, message(error))).ok()
    });
    read.flatten().collect()
}

#[cfg(test)]
mod tests;
