//! How callers prove themselves, and what shoppers' pictures and challenges must be.

use crate::auth::authenticate::CallerSecrets;
use crate::auth::turnstile::Turnstile;
use crate::config::pictures::ShopperPictures;
use crate::config::settings::reader::{Reader, entries};
use crate::config::settings::table;
use crate::http::hosts::HostPattern;

/// The host of every Shopify shop's pictures.
const SHOPIFY_PICTURES: &str = "cdn.shopify.com";

/// In a list of hosts, as in a Content-Security-Policy: the picture in the request itself.
const DATA: &str = "data:";

/// The widget's action if none is set.
const ACTION: &str = "try-on";

impl Reader<'_> {
    /// The staff tokens and Shopify's secret. Without `STAFF_TOKEN` there is no staff, whatever
    /// `STAFF_TOKEN_PREVIOUS` is.
    pub(super) fn caller_secrets(&mut self) -> CallerSecrets {
        let current = self.secret(&table::STAFF_TOKEN);
        let previous = self.secret(&table::STAFF_TOKEN_PREVIOUS);
        CallerSecrets {
            staff_tokens: current.map_or_else(Vec::new, |current| {
                std::iter::once(current).chain(previous).collect()
            }),
            shopify: self.secret(&table::SHOPIFY_SECRET),
        }
    }

    /// `TURNSTILE_…`. Setting one of them means to require a challenge: without the secret the
    /// gateway doesn't work.
    pub(super) fn turnstile(&mut self) -> Option<Turnstile> {
        let secret = self.secret(&table::TURNSTILE_SECRET);
        let hostnames = self.text(&table::TURNSTILE_HOSTNAMES);
        let action = self.text(&table::TURNSTILE_ACTION);
        let Some(secret) = secret else {
            // A secret that is wrong has been reported.
            let is_unset = self.named(table::TURNSTILE_SECRET.name).is_none();
            if is_unset && (hostnames.is_some() || action.is_some()) {
                let message = "is missing: without it no challenge can be verified";
                self.error(table::TURNSTILE_SECRET.name, message);
            }
            return None;
        };
        if hostnames.is_none() {
            let message = "is missing: name the hosts of the pages that have the widget";
            self.error(table::TURNSTILE_HOSTNAMES.name, message);
        }
        Some(Turnstile {
            secret,
            hostnames: entries(&hostnames.unwrap_or_default())
                .map(str::to_ascii_lowercase)
                .collect(),
            action: action.unwrap_or_else(|| ACTION.to_owned()),
        })
    }

    /// `PRODUCT_HOSTS` and `SHOPPER_PICTURE_HOSTS`
    pub(super) fn pictures(&mut self) -> ShopperPictures {
        let products = self.text(&table::PRODUCT_HOSTS);
        let products = products.as_deref().unwrap_or(SHOPIFY_PICTURES);
        let hosts = entries(products).filter(|text| *text != DATA);
        let photos = self.text(&table::SHOPPER_PICTURE_HOSTS).unwrap_or_default();
        ShopperPictures {
            product_data: entries(products).any(|text| text == DATA),
            product_hosts: self.list(&table::PRODUCT_HOSTS, hosts, HostPattern::parse),
            photo_hosts: self.list(
                &table::SHOPPER_PICTURE_HOSTS,
                entries(&photos),
                HostPattern::parse,
            ),
        }
    }
}
