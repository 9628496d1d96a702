//! Settings of who may ask and for what, beyond origins and tokens.

use super::Reader;
use crate::hosts::HostPattern;
use crate::image::ShopperPictures;
use crate::limits;
use crate::secret::Secret;

/// Where Shopify keeps every shop's pictures.
const SHOPIFY_PICTURES: &str = "cdn.shopify.com";

/// In a list of hosts, as in a Content-Security-Policy: the picture in the request itself.
const DATA: &str = "data:";

impl Reader<'_> {
    /// `STAFF_TOKEN` and `STAFF_TOKEN_PREVIOUS`. Without the first there is no staff, whatever the second says.
    pub(super) fn staff_tokens(&mut self) -> Vec<Secret> {
        let least = limits::STAFF_TOKEN_CHARS_LEAST;
        let current = self.optional_secret("STAFF_TOKEN", least);
        let previous = self.optional_secret("STAFF_TOKEN_PREVIOUS", least);
        current.map_or_else(Vec::new, |current| {
            std::iter::once(current).chain(previous).collect()
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
