//! Where a picture may come from, and what it must be: judged by its address or by its header bytes
//! alone. The gateway fetches no address that a caller names, and decodes no pixels.

use std::borrow::Cow;

use fashn::image::{DataUrl, Image, ImageRule, Role};
use imagesize::ImageType;
use url::{Host, Url};

use crate::auth::caller::Caller;
use crate::config::limits;
use crate::config::pictures::ShopperPictures;
use crate::http::hosts::is_public;
use crate::http::origin::Origin;

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
    /// The rule for a caller.
    pub fn of(caller: &Caller, own: &'o Origin, shopper: &'o ShopperPictures) -> Self {
        let bounds = match caller {
            Caller::Storefront(_) | Caller::Shopify(_) => Some(shopper),
            Caller::Staff => None,
        };
        Self { own, bounds }
    }

    /// A shopper's photograph has other hosts than the shop's own pictures. The gateway's own
    /// origin has only files of the merchant's, and results for those with their ids.
    fn host_allowed(&self, role: Role, url: &Url) -> Result<(), String> {
        let Some(bounds) = self.bounds else {
            return Ok(());
        };
        if Origin::of(url) == *self.own {
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
        Err(if hosts.is_empty() {
            "must be the picture itself, as a data URL: no address is taken from shoppers here"
                .to_owned()
        } else {
            let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
            format!("must come from a host that the shop allows: {}", names.join(", "))
        })
    }

    /// A shopper puts on the shop's products. A gateway on this machine takes them as data: FASHN
    /// could not fetch them there.
    fn data_allowed(&self, role: Role) -> Result<(), &'static str> {
        let refused = role == Role::Product
            && self.bounds.is_some_and(|bounds| !bounds.product_data)
            && !self.own.is_this_machine();
        if refused {
            Err("must be the address of a picture on a host that the shop allows")
        } else {
            Ok(())
        }
    }

    /// An address that is safe to hand on. It is handed on as the parser read it, so that no later
    /// parser reads another host from it.
    fn address(&self, text: &str) -> Result<Url, &'static str> {
        if text.chars().any(|char| char.is_control() || char == '\\') {
            return Err("has a character that no address has");
        }
        let url = Url::parse(text).map_err(|_| "is neither an https address nor a data URL")?;
        if Origin::of(&url) == *self.own && url.username().is_empty() && url.password().is_none() {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err("must begin with https:// (or be a data URL)");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not carry a user or password");
        }
        if url.port().is_some() {
            return Err("must not name a port");
        }
        match url.host() {
            Some(Host::Domain(name)) if is_public(name) => Ok(url),
            Some(Host::Domain(_)) => Err("must have a public host name"),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => {
                Err("must have a host name, not a numeric address")
            }
            None => Err("has no host"),
        }
    }
}

fn picture(data: &DataUrl<'_>) -> Result<(), String> {
    let declared = declared_type(data.media_type()).ok_or_else(|| {
        format!(
            "is {}, which is not taken: send JPEG, PNG or WebP",
            media_type_for_people(data.media_type())
        )
    })?;
    if data.byte_len() > limits::PICTURE_BYTES_MAX {
        return Err(format!(
            "is larger than {} MiB: scale it down",
            limits::PICTURE_BYTES_MAX >> 20
        ));
    }
    // Most headers tell the size within 16 kB; a JPEG with a large preview or colour profile needs
    // more.
    let head = data.head(16 << 10);
    let found = imagesize::image_type(&head).ok();
    if found != Some(declared) {
        return Err(format!("is not the {} it says it is", name(declared)));
    }
    let size = imagesize::blob_size(&head)
        .or_else(|_| imagesize::blob_size(&data.head(1 << 20)))
        .map_err(|_| {
        format!("is a {} whose size can't be read: save it again", name(declared))
    })?;
    let (short, long) = (size.width.min(size.height), size.width.max(size.height));
    if short < limits::PICTURE_SIDE_MIN {
        return Err(format!(
            "is {}×{} pixels, too small to show anything",
            size.width, size.height
        ));
    }
    if long > short * limits::PICTURE_RATIO_MAX {
        return Err(format!("is {}×{} pixels, too narrow: crop it", size.width, size.height));
    }
    if size.width.saturating_mul(size.height) > limits::PICTURE_PIXELS_MAX {
        return Err(format!(
            "is {}×{} pixels: scale it to 2000 on the longest edge",
            size.width, size.height
        ));
    }
    Ok(())
}

/// The types that FASHN's pages name, `image/jpg` included, and WebP.
fn declared_type(media_type: &str) -> Option<ImageType> {
    match media_type.to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/jpg" => Some(ImageType::Jpeg),
        "image/png" => Some(ImageType::Png),
        "image/webp" => Some(ImageType::Webp),
        _ => None,
    }
}

fn name(kind: ImageType) -> &'static str {
    match kind {
        ImageType::Jpeg => "JPEG",
        ImageType::Png => "PNG",
        _ => "WebP",
    }
}

/// A declared type is untrusted text: only a plain one is repeated.
fn media_type_for_people(media_type: &str) -> &str {
    let plain =
        media_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte));
    if plain { media_type } else { "of an unknown type" }
}

#[cfg(test)]
mod tests;
