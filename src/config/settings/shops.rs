//! The shops: their pages, FASHN keys, policies and garment secrets.

use std::rc::Rc;

use crate::auth::garment_signature::{GarmentKeys, PREVIOUS};
use crate::auth::secret::Secret;
use crate::config::policy::Policy;
use crate::config::settings::reader::{Reader, entries, sendable};
use crate::config::settings::table;
use crate::config::shops::{KeyName, Shop, Shops};
use crate::http::origin::OriginPattern;

impl Reader<'_> {
    /// `ALLOWED_ORIGINS`, `POLICY`, `GARMENT_SECRET` and `SHOPS`
    pub(super) fn shops(&mut self) -> Option<Shops> {
        let text = self.text(&table::ALLOWED_ORIGINS).unwrap_or_default();
        let origins = self.list(&table::ALLOWED_ORIGINS, entries(&text), OriginPattern::parse);
        let policy = self.parsed(&table::POLICY, |json| Policy::parse(json).map_err(unreadable));
        let default = Shop {
            origins,
            shopify: Vec::new(),
            key: KeyName::default(),
            policy: Rc::new(policy.unwrap_or_default()),
            garments: self.garment_keys().map(Rc::new),
            day_credits: None,
        };
        let json = self.text(&table::SHOPS);
        Shops::parse(json.as_deref(), default, &|name| self.garment_keys_of(name))
            .map_err(|faults| self.error(table::SHOPS.name, unreadable(faults)))
            .ok()
    }

    /// The keys beside `FASHN_API_KEY` that shops name. One value under two names would have
    /// FASHN's limits twice.
    pub(super) fn shop_keys(&mut self, shops: &Shops, first: Secret) -> Vec<(KeyName, Secret)> {
        let mut keys = vec![(KeyName::default(), first)];
        for name in shops.keys().into_iter().skip(1) {
            let read = match self.named(name.as_str()) {
                None => Err(missing(name.as_str())),
                Some(value) => sendable(value, table::FASHN_API_KEY.chars_min),
            };
            let error = match read {
                Err(message) => message,
                Ok(secret) => {
                    let same = keys.iter().find(|(_, other)| other.matches(secret.reveal()));
                    if let Some((other, _)) = same {
                        ["is the same as ", other.as_str(), ": name that one"].concat()
                    } else {
                        keys.push((name.clone(), secret));
                        continue;
                    }
                }
            };
            self.error(table::SHOPS.name, names(name.as_str(), &error));
        }
        keys
    }

    /// `GARMENT_SECRET` and `GARMENT_SECRET_PREVIOUS`. Setting the second alone means garments to
    /// be signed: it doesn't turn that off.
    fn garment_keys(&mut self) -> Option<GarmentKeys> {
        let previous = self.secret(&table::GARMENT_SECRET_PREVIOUS);
        if previous.is_some() && self.named(table::GARMENT_SECRET.name).is_none() {
            let message = "is missing: GARMENT_SECRET_PREVIOUS holds beside it alone";
            self.error(table::GARMENT_SECRET.name, message);
        }
        let current = self.secret(&table::GARMENT_SECRET)?;
        Some(GarmentKeys::new(current, previous))
    }

    /// The secret of this name and the previous one; or a message that begins with the name.
    fn garment_keys_of(&self, name: &str) -> Result<GarmentKeys, String> {
        let read = |name: &str| {
            let value = self.named(name)?;
            let secret = sendable(value, table::GARMENT_SECRET.chars_min);
            Some(secret.map_err(|message| names(name, &message)))
        };
        let current = read(name).unwrap_or_else(|| Err(names(name, &missing(name))))?;
        let previous = read(&[name, PREVIOUS].concat()).transpose()?;
        Ok(GarmentKeys::new(current, previous))
    }
}

fn unreadable(faults: impl std::fmt::Display) -> String {
    format!("can't be read: {faults}")
}

/// What is wrong with a secret that `SHOPS` names.
fn names(name: &str, problem: &str) -> String {
    ["names ", name, ", which ", problem].concat()
}

/// What is wrong with a secret that isn't set.
fn missing(name: &str) -> String {
    ["is missing: set it with: wrangler secret put ", name].concat()
}

#[cfg(test)]
mod tests;
