//! Where a picture may come from, and what it must be: judged by its address or by its header bytes
//! alone. The gateway fetches no address that a caller names, and decodes no pixels.

use std::borrow::Cow;

use fashn::image::{DataUrl, Image, ImageRule, Role};
use imagesize::{ImageSize, ImageType};
use url::{Host, Url};

use crate::auth::caller::Caller;
use crate::config::limits;
use crate::config::settings::ShopperPictures;
use crate::http::hosts::is_public;
use crate::http::origin::{Origin, has_user};
use crate::http::picture_type::is_plain;

/// The gateway's rule for pictures: public https addresses, the gateway's own, or the picture
/// itself; for shoppers, within [`ShopperPictures`].
pub struct GatewayPictures<'o> {
    /// The gateway's own origin, with pictures that are allowed whatever its scheme: it may
    /// be this machine's.
    own: &'o Origin,
    /// `None` binds to nothing.
    bounds: Option<&'o ShopperPictures>,
}

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
                picture(&data).map(|()| Image::Data(data))
            }
        }
    }
}

impl<'o> GatewayPictures<'o> {
    pub fn of(caller: &Caller, own: &'o Origin, shopper: &'o ShopperPictures) -> Self {
        Self { own, bounds: (!caller.is_staff()).then_some(shopper) }
    }

    /// A shopper's photograph has other hosts than the shop's own pictures. The gateway's own
    /// origin has only files of the merchant's, and results for those with their ids.
    fn host_allowed(&self, role: Role, url: &Url) -> Result<(), String> {
        let Some(bounds) = self.bounds.filter(|_| Origin::of(url) != *self.own) else {
            return Ok(());
        };
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
            && self.bounds.is_some_and(|bounds| !bounds.product_data)
            && !self.own.is_this_machine();
        if refused {
            return Err("must be the address of a picture on a host that the shop allows");
        }
        Ok(())
    }

    /// An address that is safe to hand on. It is handed on as the parser read it, so that no later
    /// parser reads another host from it.
    fn address(&self, text: &str) -> Result<Url, &'static str> {
        if text.chars().any(|char| char.is_control() || char == '\\') {
            return Err("has a character that no address has");
        }
        let url = Url::parse(text).map_err(|_| "is neither an https address nor a data URL")?;
        if Origin::of(&url) == *self.own && !has_user(&url) {
            return Ok(url);
        }
        match url.host() {
            _ if url.scheme() != "https" => Err("must begin with https:// (or be a data URL)"),
            _ if has_user(&url) => Err("must not carry a user or password"),
            _ if url.port().is_some() => Err("must not name a port"),
            Some(Host::Domain(name)) if is_public(name) => Ok(url),
            Some(Host::Domain(_)) => Err("must have a public host name"),
            Some(_) => Err("must have a host name, not a numeric address"),
            None => Err("has no host"),
        }
    }
}

fn picture(data: &DataUrl<'_>) -> Result<(), String> {
    let media_type = data.media_type();
    // The types that FASHN's pages name, `image/jpg` included, and WebP.
    let (declared, name) = match media_type.to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/jpg" => (ImageType::Jpeg, "JPEG"),
        "image/png" => (ImageType::Png, "PNG"),
        "image/webp" => (ImageType::Webp, "WebP"),
        _ => {
            let kind = if is_plain(media_type) { media_type } else { "of an unknown type" };
            return Err(format!("is {kind}, which is not taken: send JPEG, PNG or WebP"));
        }
    };
    if data.byte_len() > limits::PICTURE_BYTES_MAX {
        let mib = limits::PICTURE_BYTES_MAX >> 20;
        return Err(format!("is larger than {mib} MiB: scale it down"));
    }
    // Most headers tell the size within 16 kB; a JPEG with a large preview or colour profile needs
    // more.
    let head = data.head(16 << 10);
    if imagesize::image_type(&head).ok() != Some(declared) {
        return Err(format!("is not the {name} it says it is"));
    }
    let ImageSize { width, height } = imagesize::blob_size(&head)
        .or_else(|_| imagesize::blob_size(&data.head(1 << 20)))
        .map_err(|_| format!("is a {name} whose size can't be read: save it again"))?;
    let fault = if width.min(height) < limits::PICTURE_SIDE_MIN {
        ", too small to show anything"
    } else if width.max(height) > width.min(height) * limits::PICTURE_RATIO_MAX {
        ", too narrow: crop it"
    } else if width.saturating_mul(height) > limits::PICTURE_PIXELS_MAX {
        ": scale it to 2000 on the longest edge"
    } else {
        return Ok(());
    };
    Err(format!("is {width}×{height} pixels{fault}"))
}

#[cfg(test)]
mod tests;
