//! Settings of who may ask and for what, beyond origins and tokens.

use url::Url;

use super::Reader;
use crate::auth::secret::Secret;
use crate::auth::turnstile::{SITEVERIFY, Turnstile};
use crate::config::limits;
use crate::http::origin::is_loopback;
use crate::request::hosts::HostPattern;
use crate::request::images::ShopperPictures;

/// Where Shopify keeps every shop's pictures.
const SHOPIFY_PICTURES: &str = "cdn.shopify.com";

/// In a list of hosts, as in a Content-Security-Policy: the picture in the request itself.
const DATA: &str = "data:";

impl Reader<'_> {
    /// `STAFF_TOKEN` and `STAFF_TOKEN_PREVIOUS`. Without the first there is no staff, whatever the second says.
    pub(super) fn staff_tokens(&mut self) -> Vec<Secret> {
        let least = limits::STAFF_TOKEN_CHARS_MIN;
        let current = self.optional_secret("STAFF_TOKEN", least);
        let previous = self.optional_secret("STAFF_TOKEN_PREVIOUS", least);
        current.map_or_else(Vec::new, |current| {
            std::iter::once(current).chain(previous).collect()
        })
    }

    /// `TURNSTILE_…`. Whoever sets one of them means to require it: without the secret the gateway doesn't work.
    pub(super) fn turnstile(&mut self) -> Option<Turnstile> {
        let least = limits::TURNSTILE_SECRET_CHARS_MIN;
        let secret = self.optional_secret("TURNSTILE_SECRET", least);
        let hostnames = self.get("TURNSTILE_HOSTNAMES");
        let action = self.get("TURNSTILE_ACTION");
        let url = self.get("TURNSTILE_URL");
        let Some(secret) = secret else {
            if hostnames.is_some() || action.is_some() || url.is_some() {
                let message = "is missing: without it no challenge can be verified";
                self.problem("TURNSTILE_SECRET", message);
            }
            return None;
        };
        if hostnames.is_none() {
            let message = "is missing: name the hosts of the pages that have the widget";
            self.problem("TURNSTILE_HOSTNAMES", message);
        }
        let elsewhere = |text: &String| !Url::parse(text).is_ok_and(|url| is_loopback(&url));
        if url.as_ref().is_some_and(elsewhere) {
            let message = "may only be on this very machine: leave it out";
            self.problem("TURNSTILE_URL", message);
        }
        Some(Turnstile {
            secret,
            hostnames: entries(&hostnames.unwrap_or_default())
                .map(str::to_ascii_lowercase)
                .collect(),
            action: action.unwrap_or_else(|| "try-on".to_owned()),
            siteverify: url.unwrap_or_else(|| SITEVERIFY.to_owned()),
        })
    }

    /// `PRODUCT_HOSTS` and `SHOPPER_PICTURE_HOSTS`
    pub(super) fn pictures(&mut self) -> ShopperPictures {
        let products = self.get("PRODUCT_HOSTS");
        let products = products.as_deref().unwrap_or(SHOPIFY_PICTURES);
        let photos = self.get("SHOPPER_PICTURE_HOSTS").unwrap_or_default();
        ShopperPictures {
            product_data: entries(products).any(|text| text == DATA),
            product_hosts: self.hosts(
                "PRODUCT_HOSTS",
                entries(products).filter(|text| *text != DATA),
            ),
            photo_hosts: self.hosts("SHOPPER_PICTURE_HOSTS", entries(&photos)),
        }
    }

    fn hosts<'t>(
        &mut self,
        setting: &'static str,
        list: impl Iterator<Item = &'t str>,
    ) -> Vec<HostPattern> {
        let mut hosts = Vec::new();
        for text in list {
            match HostPattern::parse(text) {
                Ok(host) => hosts.push(host),
                Err(error) => self.problem(setting, format!("has an entry that {error}: {text}")),
            }
        }
        hosts
    }
}

/// The entries of a list with commas, spaces or lines between.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\n']).filter(|text| !text.is_empty())
}
