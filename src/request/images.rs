//! Where a picture may come from, and what it must be: judged by its address or by its header bytes
//! alone. The gateway fetches no address that a caller names, and decodes no pixels.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use fashn::image::{DataUrl, Image, ImageRule, Role};
use imagesize::ImageSize;
use url::{Host, Url};

use crate::auth::caller::Caller;
use crate::config::limits;
use crate::config::settings::ShopperPictures;
use crate::config::shops::Shop;
use crate::http::hosts::is_public;
use crate::http::origin::{Origin, has_user};
use crate::http::picture_type::{PictureType, is_plain};
use crate::request::jpeg;

/// The gateway's rule for pictures: public addresses, the gateway's own, or the picture itself; for
/// shoppers by https alone, and within [`ShopperPictures`].
pub struct GatewayPictures<'o> {
    /// The gateway's own origin, with pictures that are allowed whatever its scheme: it may
    /// be this machine's.
    pub own: &'o Origin,
    pub caller: &'o Caller,
    pub shop: &'o Shop,
    /// What binds shoppers.
    pub bounds: &'o ShopperPictures,
}

/// Where each Shopify shop serves its own pictures, on all of its hosts: `image_url` in Liquid
/// gives `//SHOP/cdn/shop/files/…`.
const SHOPIFY_PICTURES: &str = "/cdn/shop/";

impl ImageRule for GatewayPictures<'_> {
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        match image {
            Image::Url(text) => {
                let url = self.address(&text)?;
                self.host_allowed(role, &url)?;
                Ok(Image::Url(Cow::Owned(url.into())))
            }
            Image::Data(data) => {
                self.data_allowed(role)?;
                let prefix = judge(&data)?.data_prefix();
                Ok(Image::Data(data.with_prefix(prefix)))
            }
        }
    }
}

impl GatewayPictures<'_> {
    fn shopper_bounds(&self) -> Option<&ShopperPictures> {
        (!self.caller.is_staff()).then_some(self.bounds)
    }

    /// A picture that the caller's own shop serves on Shopify, on the shop's hosts: the domain that
    /// Shopify signed, and those of the shop's pages.
    fn is_of_shop_on_shopify(&self, url: &Url, origin: &Origin) -> bool {
        let is_signed = |domain: &str| match self.caller {
            Caller::Shopify(proxied) => proxied.shop.as_str() == domain,
            Caller::Storefront(_) | Caller::Staff => false,
        };
        let is_listed = || self.shop.shopify.iter().any(|shop| Some(shop.as_str()) == url.domain());
        url.path().starts_with(SHOPIFY_PICTURES)
            && (url.domain().is_some_and(is_signed) || is_listed() || self.shop.has_page(origin))
    }

    /// A shopper's photograph has other hosts than the shop's own pictures. The gateway's own
    /// origin has only files of the merchant's, and results for those with their ids.
    fn host_allowed(&self, role: Role, url: &Url) -> Result<(), String> {
        let Some(bounds) = self.shopper_bounds() else { return Ok(()) };
        let origin = Origin::of(url);
        if origin == *self.own || role != Role::Person && self.is_of_shop_on_shopify(url, &origin) {
            return Ok(());
        }
        let hosts = match role {
            Role::Person => &bounds.photo_hosts,
            Role::Product | Role::Reference => &bounds.product_hosts,
        };
        let host = url.domain().unwrap_or_default();
        if hosts.iter().any(|pattern| pattern.covers(host)) {
            return Ok(());
        }
        if hosts.is_empty() {
            let message =
                "must be the picture itself, as a data URL: no address is taken from shoppers here";
            return Err(message.to_owned());
        }
        let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        Err(format!("must come from a host that the shop allows: {}", names.join(", ")))
    }

    /// A shopper puts on the shop's products. A gateway on this machine takes them as data: FASHN
    /// could not fetch them there.
    fn data_allowed(&self, role: Role) -> Result<(), &'static str> {
        let refused = role == Role::Product
            && self.shopper_bounds().is_some_and(|bounds| !bounds.product_data)
            && !self.own.is_this_machine();
        if refused {
            return Err("must be the address of a picture on a host that the shop allows");
        }
        Ok(())
    }

    /// An address that is safe to hand on. It is handed on as the parser read it, so that no later
    /// parser reads another host from it. Staff may send what FASHN takes: `http://` and ports too.
    fn address(&self, text: &str) -> Result<Url, &'static str> {
        if text.chars().any(|char| char.is_control() || char == '\\') {
            return Err("has a character that no address has");
        }
        let url = Url::parse(text).map_err(|_| "is neither an https address nor a data URL")?;
        if Origin::of(&url) == *self.own && !has_user(&url) {
            return Ok(url);
        }
        let is_staff = self.caller.is_staff();
        match url.host() {
            _ if url.scheme() != "https" && !is_staff => {
                Err("must begin with https:// (or be a data URL)")
            }
            _ if !matches!(url.scheme(), "https" | "http") => {
                Err("must begin with https:// or http:// (or be a data URL)")
            }
            _ if has_user(&url) => Err("must not carry a user or password"),
            _ if url.port().is_some() && !is_staff => Err("must not name a port"),
            Some(Host::Domain(name)) if is_public(name) => Ok(url),
            Some(Host::Domain(_)) => Err("must have a public host name"),
            Some(Host::Ipv4(address)) if is_staff && is_public_v4(address) => Ok(url),
            Some(_) => Err("must have a host name, not a numeric address"),
            None => Err("has no host"),
        }
    }
}

/// An address that FASHN can reach: not this machine, and in no private network.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || first == 0
        || first == 100 && (64..128).contains(&second))
}

/// What a picture in the request is, by its bytes: the word that it came with may be wrong.
fn judge(data: &DataUrl<'_>) -> Result<PictureType, String> {
    // The headers of PNG and WebP are within it.
    let head = data.slice(0, 64);
    let Some(picture) = PictureType::sniff(&head) else {
        let media_type = data.media_type();
        if let Some(named) = PictureType::named(media_type) {
            return Err(format!("is not the {} it says it is", named.name()));
        }
        let kind = if is_plain(media_type) { media_type } else { "of an unknown type" };
        return Err(format!("is {kind}, which is not taken: send JPEG, PNG or WebP"));
    };
    if data.byte_len() > limits::PICTURE_BYTES_MAX {
        let mib = limits::PICTURE_BYTES_MAX >> 20;
        return Err(format!("is larger than {mib} MiB: scale it down"));
    }
    let size = match picture {
        PictureType::Jpeg => jpeg::size(data),
        // A PNG begins with its header; another chunk there is no decoder's.
        PictureType::Png if head.get(12..16) != Some(b"IHDR") => None,
        PictureType::Png | PictureType::Webp => {
            imagesize::blob_size(&head).ok().map(|ImageSize { width, height }| (width, height))
        }
    };
    let Some((width, height)) = size.filter(|(width, height)| *width > 0 && *height > 0) else {
        let name = picture.name();
        return Err(format!("is a {name} whose size can't be read: save it again"));
    };
    let fault = if width.min(height) < limits::PICTURE_SIDE_MIN {
        ", too small to show anything"
    } else if width.max(height) > width.min(height).saturating_mul(limits::PICTURE_RATIO_MAX) {
        ", too narrow: crop it"
    } else if width.saturating_mul(height) > limits::PICTURE_PIXELS_MAX {
        ": scale it to 2000 on the longest edge"
    } else {
        return Ok(picture);
    };
    Err(format!("is {width}×{height} pixels{fault}"))
}

#[cfg(test)]
pub mod tests;
