//! Where a picture may come from, and what it must be: judged by its address or by its header bytes alone.
//! The gateway fetches no address that a caller names, and decodes no pixels.

use std::borrow::Cow;

use fashn::image::{DataUrl, Image, ImageRule, Role};
use imagesize::ImageType;
use url::{Host, Url};

use crate::limits;
use crate::origin::Origin;

/// The gateway's rule for pictures: public https addresses, the gateway's own, or the picture itself.
pub struct GatewayPictures<'o> {
    /// The gateway's own origin, whose pictures are allowed whatever its scheme: it may be this very machine's.
    pub own: &'o Origin,
}

impl ImageRule for GatewayPictures<'_> {
    fn accept<'a>(&self, _: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        match image {
            Image::Url(text) => match self.address(&text) {
                Ok(url) => Ok(Image::Url(Cow::Owned(url.into()))),
                Err(message) => Err(message.to_owned()),
            },
            Image::Data(data) => picture(&data).map(|()| Image::Data(data)),
        }
    }
}

impl GatewayPictures<'_> {
    /// An address that is safe to hand on. It is handed on as the parser read it, so that nobody further on
    /// reads another host out of it.
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

/// A name that the public DNS may know. Special-use names are IANA's (RFC 6761, 6762, 8375, 9476).
fn is_public(name: &str) -> bool {
    const PRIVATE_ENDS: [&str; 12] = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "home.arpa",
        "onion",
        "alt",
        "invalid",
    ];
    let name = name.strip_suffix('.').unwrap_or(name);
    let ends_with = |end: &str| {
        name == end
            || name
                .strip_suffix(end)
                .is_some_and(|front| front.ends_with('.'))
    };
    name.contains('.') && !PRIVATE_ENDS.into_iter().any(ends_with)
}

fn picture(data: &DataUrl<'_>) -> Result<(), String> {
    let declared = declared_type(data.media_type()).ok_or_else(|| {
        format!(
            "is {}, which is not taken: send JPEG, PNG or WebP",
            media_type_for_people(data.media_type())
        )
    })?;
    if data.byte_len() > limits::PICTURE_BYTES_MOST {
        return Err(format!(
            "is larger than {} MiB: scale it down",
            limits::PICTURE_BYTES_MOST >> 20
        ));
    }
    // Most headers tell the size within 16 kB; a JPEG with a large preview or colour profile needs more.
    let head = data.head(16 << 10);
    let found = imagesize::image_type(&head).ok();
    if found != Some(declared) {
        return Err(format!("is not the {} it says it is", name(declared)));
    }
    let size = imagesize::blob_size(&head)
        .or_else(|_| imagesize::blob_size(&data.head(1 << 20)))
        .map_err(|_| {
            format!(
                "is a {} whose size can't be read: save it again",
                name(declared)
            )
        })?;
    let (short, long) = (size.width.min(size.height), size.width.max(size.height));
    if short < limits::PICTURE_SIDE_LEAST {
        return Err(format!(
            "is {}×{} pixels, too small to show anything",
            size.width, size.height
        ));
    }
    if long > short * limits::PICTURE_RATIO_MOST {
        return Err(format!(
            "is {}×{} pixels, too narrow: crop it",
            size.width, size.height
        ));
    }
    if size.width.saturating_mul(size.height) > limits::PICTURE_PIXELS_MOST {
        return Err(format!(
            "is {}×{} pixels: scale it to 2000 on the longest edge",
            size.width, size.height
        ));
    }
    Ok(())
}

/// What FASHN's pages name, `image/jpg` included, and WebP.
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

/// A declared type is foreign text: only a plain one is repeated.
fn media_type_for_people(media_type: &str) -> &str {
    let plain = media_type
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte));
    if plain {
        media_type
    } else {
        "of an unknown type"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &str) -> Result<String, String> {
        let own = Origin::parse("http://127.0.0.1:8787").expect("an origin");
        let image = Image::read(text.into()).map_err(str::to_owned)?;
        GatewayPictures { own: &own }
            .accept(Role::Person, image)
            .map(|image| image.as_str().to_owned())
    }

    #[test]
    fn public_https_addresses_and_the_gateway_s_own_are_taken_in_normal_form() {
        for (given, taken) in [
            (
                "https://cdn.shopify.com/s/files/shirt.jpg?v=1",
                "https://cdn.shopify.com/s/files/shirt.jpg?v=1",
            ),
            (
                "https://EXAMPLE.com:443/a b.jpg",
                "https://example.com/a%20b.jpg",
            ),
            (
                "http://127.0.0.1:8787/pictures/shirt.jpg",
                "http://127.0.0.1:8787/pictures/shirt.jpg",
            ),
            (
                "https://xn--mnchen-3ya.example/x.png",
                "https://xn--mnchen-3ya.example/x.png",
            ),
        ] {
            assert_eq!(accept(given).as_deref(), Ok(taken), "{given}");
        }
    }

    #[test]
    fn addresses_that_lead_elsewhere_are_refused() {
        for given in [
            "http://example.com/a.jpg",
            "http://127.0.0.1:8788/a.jpg",
            "http://127.0.0.1:8787@evil.example/a.jpg",
            "http://user@127.0.0.1:8787/a.jpg",
            "https://127.0.0.1/a.jpg",
            "https://2130706433/a.jpg",
            "https://0x7f.1/a.jpg",
            "https://%31%32%37.0.0.1/a.jpg",
            "https://[::1]/a.jpg",
            "https://[fd00::1]/a.jpg",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.8/a.jpg",
            "https://localhost/a.jpg",
            "https://shop.localhost/a.jpg",
            "https://printer.local/a.jpg",
            "https://metadata.google.internal/a.jpg",
            "https://router/a.jpg",
            "https://localhost./a.jpg",
            "https://user:pass@example.com/a.jpg",
            "https://example.com:8443/a.jpg",
            "https://example.com\\@evil.example/a.jpg",
            "https://exa\tmple.com/a.jpg",
            "//example.com/a.jpg",
            "ftp://example.com/a.jpg",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "blob:https://example.com/1",
            "just words",
            "",
        ] {
            assert!(
                accept(given).is_err(),
                "{given:?} was taken as {:?}",
                accept(given)
            );
        }
    }

    /// A PNG's signature and header chunk; nothing else is looked at.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn data_url(media_type: &str, bytes: &[u8]) -> String {
        format!(
            "data:{media_type};base64,{}",
            base64_simd::STANDARD.encode_to_string(bytes)
        )
    }

    #[test]
    fn a_picture_in_the_request_is_known_by_its_header() {
        assert!(accept(&data_url("image/png", &png(864, 1296))).is_ok());
    }

    #[test]
    fn what_is_not_the_picture_it_says_is_refused_with_the_reason() {
        for (given, reason) in [
            (
                data_url("image/png", b"<html>not a picture</html>"),
                "is not the PNG it says it is",
            ),
            (
                data_url("image/jpeg", &png(864, 1296)),
                "is not the JPEG it says it is",
            ),
            (
                data_url("image/svg+xml", b"<svg/>"),
                "is image/svg+xml, which is not taken: send JPEG, PNG or WebP",
            ),
            (
                data_url("image/heic", b"....ftypheic"),
                "is image/heic, which is not taken: send JPEG, PNG or WebP",
            ),
            (
                data_url("image/png", &png(8, 8)),
                "is 8×8 pixels, too small to show anything",
            ),
            (
                data_url("image/png", &png(2000, 100)),
                "is 2000×100 pixels, too narrow: crop it",
            ),
            (
                data_url("image/png", &png(30_000, 30_000)),
                "is 30000×30000 pixels: scale it to 2000 on the longest edge",
            ),
            (
                data_url("text/html", b"hello"),
                "is not a picture: a data URL must begin with data:image/TYPE;base64,",
            ),
            (
                "data:image/png,hello".into(),
                "is not a picture: a data URL must begin with data:image/TYPE;base64,",
            ),
            (
                "data:image/png;base64,".into(),
                "is not a picture: the data URL has no data",
            ),
            (
                "data:image/png;base64,a b=".into(),
                "is not a picture: the data URL's data is not base64 (standard alphabet, padded, no spaces)",
            ),
        ] {
            assert_eq!(accept(&given), Err(reason.to_owned()), "{given}");
        }
    }
}
