//! Bytes to pixels.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbaImage};

/// The most pixels a picture may have: 4K work takes 6000 px on the longest edge ("Image Preprocessing").
const MAX_PIXELS: u64 = 6000 * 6000;

/// Why bytes are no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Another format, or no picture at all.
    #[error("Unsupported image format. Use JPEG, PNG or WebP")]
    Format,
    /// Broken off or damaged.
    #[error("The image data is corrupt or incomplete")]
    Corrupt,
    /// Too many pixels.
    #[error("The image is too large: {width}x{height} pixels")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

/// Reads a JPEG, PNG or WebP, turned as its EXIF data says.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<RgbaImage, Unreadable> {
    let format = image::guess_format(bytes).map_err(|_| Unreadable::Format)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
    ) {
        return Err(Unreadable::Format);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(Limits::no_limits());
    let mut decoder = reader.into_decoder().map_err(|_| Unreadable::Corrupt)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Unreadable::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(Unreadable::Corrupt);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Unreadable::Corrupt)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Format;
    use crate::picture::write::write;

    #[test]
    fn what_is_written_can_be_read() {
        let picture = RgbaImage::from_pixel(30, 20, image::Rgba([200, 100, 50, 255]));
        for format in [Format::Png, Format::Jpeg] {
            let again = read(&write(&picture, format).unwrap()).unwrap();
            assert_eq!(again.dimensions(), (30, 20));
            let near = again.get_pixel(15, 10).0;
            assert!(
                near.iter()
                    .zip([200, 100, 50, 255])
                    .all(|(one, other)| one.abs_diff(other) < 4),
                "{near:?}"
            );
        }
    }

    #[test]
    fn what_is_no_picture_is_told_apart() {
        assert_eq!(read(b"<html>not found</html>"), Err(Unreadable::Format));
        assert_eq!(read(b""), Err(Unreadable::Format));
        assert_eq!(read(b"GIF89a\x01\0\x01\0"), Err(Unreadable::Format));
        let whole = write(&RgbaImage::new(64, 64), Format::Png).unwrap();
        assert_eq!(read(&whole[..whole.len() / 2]), Err(Unreadable::Corrupt));
        assert_eq!(read(b"\xff\xd8\xff\xe0"), Err(Unreadable::Corrupt));
    }

    #[test]
    fn a_decompression_bomb_is_refused_by_its_header() {
        let mut bomb = write(&RgbaImage::new(1, 1), Format::Png).unwrap();
        bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        assert!(matches!(
            read(&bomb),
            Err(Unreadable::TooLarge { .. } | Unreadable::Corrupt)
        ));
    }
}
