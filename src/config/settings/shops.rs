//! Whose pages may ask, and with which FASHN keys.

use std::rc::Rc;

use super::{Reader, entrance, sendable};
use crate::auth::garment_signature::{self, GarmentKeys};
use crate::auth::secret::Secret;
use crate::config::limits;
use crate::config::shops::{KeyName, Shop, Shops};
use crate::http::origin::OriginPattern;

const SHOPS: &str = "SHOPS";

impl Reader<'_> {
    /// `ALLOWED_ORIGINS`, `POLICY`, `GARMENT_SECRET` and `SHOPS`
    pub(super) fn shops(&mut self) -> Option<Shops> {
        let default = Shop {
            origins: self.origin_patterns("ALLOWED_ORIGINS"),
            shopify: Vec::new(),
            key: KeyName::default(),
            policy: Rc::new(self.policy("POLICY")),
            garments: self.garment_keys().map(Rc::new),
            day_credits: None,
        };
        let json = self.get(SHOPS);
        Shops::parse(json.as_deref(), default, &|name| self.garment_keys_of(name))
            .map_err(|faults| self.problem(SHOPS, format!("can't be read: {faults}")))
            .ok()
    }

    /// The keys beside `FASHN_API_KEY` that shops name. One value under two names would have FASHN's limits twice.
    pub(super) fn shop_keys(&mut self, shops: &Shops, first: Secret) -> Vec<(KeyName, Secret)> {
        let mut keys = vec![(KeyName::default(), first)];
        for name in shops.keys().into_iter().skip(1) {
            let read = match self.get(name.as_str()) {
                None => Err(missing(name.as_str())),
                Some(value) => sendable(value, 1),
            };
            let problem = match read {
                Err(message) => message,
                Ok(secret) => {
                    let same = keys
                        .iter()
                        .find(|(_, other)| other.matches(secret.reveal()));
                    if let Some((other, _)) = same {
                        ["is the same as ", other.as_str(), ": name that one"].concat()
                    } else {
                        keys.push((name.clone(), secret));
                        continue;
                    }
                }
            };
            self.problem(SHOPS, names(name.as_str(), &problem));
        }
        keys
    }

    /// `GARMENT_SECRET` and `GARMENT_SECRET_PREVIOUS`. Whoever sets the second alone means garments to be signed: it is no
    /// way to turn that off.
    fn garment_keys(&mut self) -> Option<GarmentKeys> {
        let least = limits::GARMENT_SECRET_CHARS_MIN;
        let previous = self.optional_secret("GARMENT_SECRET_PREVIOUS", least);
        if previous.is_some() && self.get(garment_signature::SECRET).is_none() {
            let message = "is missing: GARMENT_SECRET_PREVIOUS holds beside it alone";
            self.problem(garment_signature::SECRET, message);
        }
        let current = self.optional_secret(garment_signature::SECRET, least)?;
        Some(GarmentKeys::new(current, previous))
    }

    /// The secret of this name, and the one before it; or a message that begins with the name.
    fn garment_keys_of(&self, name: &str) -> Result<GarmentKeys, String> {
        let read = |name: &str| {
            let value = self.get(name)?;
            let secret = sendable(value, limits::GARMENT_SECRET_CHARS_MIN);
            Some(secret.map_err(|message| names(name, &message)))
        };
        let current = read(name).unwrap_or_else(|| Err(names(name, &missing(name))))?;
        let previous = read(&[name, garment_signature::PREVIOUS].concat()).transpose()?;
        Ok(GarmentKeys::new(current, previous))
    }

    fn origin_patterns(&mut self, setting: &'static str) -> Vec<OriginPattern> {
        let Some(list) = self.get(setting) else {
            return Vec::new();
        };
        let mut origins = Vec::new();
        for text in entrance::entries(&list) {
            match OriginPattern::parse(text) {
                Ok(origin) => origins.push(origin),
                Err(error) => self.problem(setting, format!("has an entry that {error}: {text}")),
            }
        }
        origins
    }
}

/// What is wrong with a secret that `SHOPS` names.
fn names(name: &str, problem: &str) -> String {
    ["names ", name, ", which ", problem].concat()
}

/// What is wrong with one that isn't set.
fn missing(name: &str) -> String {
    ["is missing: set it with: wrangler secret put ", name].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, told};
    use crate::config::shops::KeyName;

    const NORTH: &str = r#"{"north":{"origins":["https://north.example"],"fashn_key":"FASHN_API_KEY_NORTH","day_credits":7}}"#;

    #[test]
    fn each_key_has_its_secret_and_its_budget_and_no_other_key_s() {
        let settings =
            read(&[("SHOPS", NORTH), ("FASHN_API_KEY_NORTH", "key-of-north")]).expect("reads");
        let key = |name| KeyName::parse(name).expect("a name");
        for (name, secret, day_credits) in [
            ("FASHN_API_KEY", Some("fa-key"), 2_000),
            ("FASHN_API_KEY_NORTH", Some("key-of-north"), 7),
            // A prediction may outlive its shop: its key is gone then, and no other takes its place.
            ("FASHN_API_KEY_GONE", None, 2_000),
        ] {
            let name = key(name);
            let found = settings
                .fashn
                .key(&name)
                .map(crate::auth::secret::Secret::reveal);
            assert_eq!(found, secret, "{name}");
            assert_eq!(settings.limits_of(&name).day_credits, day_credits, "{name}");
        }
    }

    #[test]
    fn a_missing_key_is_named_and_so_is_one_that_can_t_be_sent_or_is_there_already() {
        for (value, reason) in [
            (
                "",
                "is missing: set it with: wrangler secret put FASHN_API_KEY_NORTH",
            ),
            (
                "two words",
                "has a character that can't be sent: use printable ASCII without spaces",
            ),
            ("fa-key", "is the same as FASHN_API_KEY: name that one"),
        ] {
            let problems = told(&[("SHOPS", NORTH), ("FASHN_API_KEY_NORTH", value)]);
            let expected = format!("SHOPS names FASHN_API_KEY_NORTH, which {reason}");
            assert_eq!(problems, [expected]);
        }
    }

    #[test]
    fn a_garment_secret_that_is_missing_or_too_short_is_named_and_so_is_the_one_before_it() {
        let table = r#"{"north":{"origins":[],"garment_secret":"GARMENT_SECRET_NORTH"}}"#;
        let good = "0123456789abcdef0123456789abcdef";
        for (current, previous, reason) in [
            (good, "", None),
            (good, good, None),
            (
                "",
                good,
                Some(
                    "NORTH, which is missing: set it with: wrangler secret put GARMENT_SECRET_NORTH",
                ),
            ),
            (
                "short",
                "",
                Some("NORTH, which is too short: it must have 32 characters or more"),
            ),
            (
                good,
                "short",
                Some("NORTH_PREVIOUS, which is too short: it must have 32 characters or more"),
            ),
        ] {
            let set = [
                ("SHOPS", table),
                ("GARMENT_SECRET_NORTH", current),
                ("GARMENT_SECRET_NORTH_PREVIOUS", previous),
            ];
            match reason {
                None => assert!(read(&set).is_ok(), "{current} {previous}"),
                Some(reason) => {
                    let names = "SHOPS can't be read: north.garment_secret names GARMENT_SECRET";
                    assert_eq!(told(&set), [format!("{names}_{reason}")]);
                }
            }
        }
    }

    #[test]
    fn a_table_that_can_t_be_read_opens_nothing() {
        let problems = told(&[("SHOPS", "{\"north\":{}}")]);
        assert_eq!(
            problems,
            ["SHOPS can't be read: north.origins is required, or shopify is: whose shop is it?"]
        );
    }
}
