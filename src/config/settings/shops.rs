//! The shops: their pages, FASHN keys, policies and garment secrets.

use std::rc::Rc;

use crate::auth::garment_signature::{GarmentKeys, PREVIOUS};
use crate::auth::secret::Secret;
use crate::config::policy::Policy;
use crate::config::reader::{Reader, entries, sendable};
use crate::config::shops::{KeyName, Shop, Shops};
use crate::config::table::{self, Setting};
use crate::http::origin::OriginPattern;

impl Reader<'_> {
    /// `ALLOWED_ORIGINS`, `POLICY`, `GARMENT_SECRET` and `SHOPS`
    pub(super) fn shops(&mut self) -> Shops {
        let text = self.text(&table::ALLOWED_ORIGINS).unwrap_or_default();
        let origins = self.list(&table::ALLOWED_ORIGINS, entries(&text), OriginPattern::parse);
        let policy = self.parsed(&table::POLICY, |json| Policy::parse(json).map_err(unreadable));
        let mut shops = Shops::new(Shop {
            origins,
            shopify: Vec::new(),
            key: KeyName::default(),
            policy: Rc::new(policy.unwrap_or_default()),
            garments: self.garment_keys().map(Rc::new),
            day_credits: None,
        });
        if let Some(json) = self.text(&table::SHOPS)
            && let Err(faults) = shops.add(&json, &|name| self.garment_keys_of(name))
        {
            self.error(&table::SHOPS, unreadable(faults));
        }
        shops
    }

    /// The keys that shops name, after the first one. One value under two names would have FASHN's
    /// limits twice.
    pub(super) fn shop_keys(&mut self, shops: &Shops, first: Secret) -> Vec<(KeyName, Secret)> {
        let mut keys = vec![(KeyName::default(), first)];
        for name in shops.keys().into_iter().skip(1) {
            let read = self.named_secret(name.as_str(), &table::FASHN_API_KEY);
            let distinct = read.and_then(|secret| {
                let same = keys.iter().find(|(_, other)| other.matches(secret.reveal()));
                let Some((other, _)) = same else {
                    return Ok(secret);
                };
                Err(names(name.as_str(), &format!("is the same as {}: name that one", other.as_str())))
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

    /// The secret of this name and the previous one.
    fn garment_keys_of(&self, name: &str) -> Result<GarmentKeys, String> {
        let current = self.named_secret(name, &table::GARMENT_SECRET)?;
        let previous = [name, PREVIOUS].concat();
        let previous = self
            .named(&previous)
            .map(|_| self.named_secret(&previous, &table::GARMENT_SECRET))
            .transpose()?;
        Ok(GarmentKeys { current, previous })
    }

    /// A secret that `SHOPS` names, which must be as another one is.
    fn named_secret(&self, name: &str, like: &Setting<table::Secret>) -> Result<Secret, String> {
        let missing = || format!("is missing: set it with: wrangler secret put {name}");
        let value = self.named(name).ok_or_else(missing);
        let read = value.and_then(|value| sendable(value, &like.kind));
        read.map_err(|message| names(name, &message))
    }
}

fn unreadable(faults: impl std::fmt::Display) -> String {
    format!("can't be read: {faults}")
}

/// What is wrong with a secret that `SHOPS` names.
fn names(name: &str, problem: &str) -> String {
    format!("names {name}, which {problem}")
}
