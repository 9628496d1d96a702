//! A picture's media type.

use imagesize::ImageType;

/// The media type of a JPEG, PNG or WebP by its first bytes.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match imagesize::image_type(bytes).ok()? {
        ImageType::Jpeg => Some("image/jpeg"),
        ImageType::Png => Some("image/png"),
        ImageType::Webp => Some("image/webp"),
        _ => None,
    }
}

/// A declared type is untrusted text: only a plain one is repeated.
pub fn is_plain(media_type: &str) -> bool {
    media_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte))
}
