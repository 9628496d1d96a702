//! A picture's media type.

use imagesize::ImageType;

/// The types that FASHN takes and storefronts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureType {
    Jpeg,
    Png,
    Webp,
}

impl PictureType {
    /// Tells a picture by its first bytes: what a sender calls it says little, and a decoder goes
    /// by them too.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        match imagesize::image_type(bytes).ok()? {
            ImageType::Png => Some(Self::Png),
            ImageType::Webp => Some(Self::Webp),
            _ => None,
        }
    }

    /// Knows the media types that FASHN's pages name, `image/jpg` included, and `WebP`'s.
    pub fn named(media_type: &str) -> Option<Self> {
        match media_type.to_ascii_lowercase().as_str() {
            "image/jpeg" | "image/jpg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/webp" => Some(Self::Webp),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
        }
    }

    /// What stands before the base64 of such a picture in a data URL.
    pub fn data_prefix(self) -> &'static str {
        match self {
            Self::Jpeg => "data:image/jpeg;base64,",
            Self::Png => "data:image/png;base64,",
            Self::Webp => "data:image/webp;base64,",
        }
    }
}

/// A declared type is untrusted text: only a plain one is repeated.
pub fn is_plain(media_type: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte);
    !media_type.is_empty() && media_type.bytes().all(plain)
}
