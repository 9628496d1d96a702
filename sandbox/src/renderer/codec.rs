//! Files to pixels and back.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageFormat,
    ImageReader, Limits, RgbaImage,
};

use crate::job::Format;

/// The most pixels a picture may have: 4K work takes 6000 px on the longest edge ("Image
/// Preprocessing").
const PIXELS_MAX: u64 = 6000 * 6000;

const JPEG_QUALITY: u8 = 90;

/// Why bytes can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Another format, or no picture at all.
    #[error("Unsupported image format. Use JPEG, PNG or WebP")]
    Format,
    /// Cut off or damaged.
    #[error("The image data is corrupt or incomplete")]
    Corrupt,
    /// Too many pixels.
    #[error("The image is too large: {width}x{height} pixels")]
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
}

/// Decodes a JPEG, PNG or WebP, turned as its EXIF data says.
pub fn decode(bytes: &[u8]) -> Result<RgbaImage, DecodeError> {
    let format = image::guess_format(bytes).map_err(|_| DecodeError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(DecodeError::Format);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(Limits::no_limits());
    let mut decoder = reader.into_decoder().map_err(|_| DecodeError::Corrupt)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(DecodeError::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(DecodeError::Corrupt);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| DecodeError::Corrupt)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// Encodes a picture. Only a cut-out keeps its transparency.
///
/// # Errors
/// The encoder's sentence.
pub fn encode(picture: RgbaImage, format: Format) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let png = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
    let encoded = match format {
        Format::PngCutout => png.write_image(&picture, width, height, ExtendedColorType::Rgba8),
        Format::Png => {
            let opaque = DynamicImage::ImageRgba8(picture).into_rgb8();
            png.write_image(&opaque, width, height, ExtendedColorType::Rgb8)
        }
        Format::Jpeg => {
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&picture)
        }
        Format::Mp4 { .. } => return Err("A picture is no clip".to_owned()),
    };
    encoded.map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let picture = RgbaImage::from_pixel(30, 20, image::Rgba([200, 100, 50, 255]));
        for format in [Format::Png, Format::PngCutout, Format::Jpeg] {
            let again = decode(&encode(picture.clone(), format).unwrap()).unwrap();
            assert_eq!(again.dimensions(), (30, 20));
            let pixel = again.get_pixel(15, 10).0;
            let is_near = std::iter::zip(pixel, [200, 100, 50, 255])
                .all(|(one, other)| one.abs_diff(other) < 4);
            assert!(is_near, "{pixel:?}");
        }
    }

    #[test]
    fn only_a_cut_out_is_transparent() {
        let clear = RgbaImage::new(4, 4);
        let alpha = |format| {
            let bytes = encode(clear.clone(), format).unwrap();
            decode(&bytes).unwrap().get_pixel(0, 0).0[3]
        };
        assert_eq!([Format::Png, Format::PngCutout, Format::Jpeg].map(alpha), [255, 0, 255]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(decode(b"<html>not found</html>"), Err(DecodeError::Format));
        assert_eq!(decode(b""), Err(DecodeError::Format));
        assert_eq!(decode(b"GIF89a\x01\0\x01\0"), Err(DecodeError::Format));
        let whole = encode(RgbaImage::new(64, 64), Format::Png).unwrap();
        assert_eq!(decode(&whole[..whole.len() / 2]), Err(DecodeError::Corrupt));
        assert_eq!(decode(b"\xff\xd8\xff\xe0"), Err(DecodeError::Corrupt));
    }

    #[test]
    fn a_decompression_bomb_is_refused_by_its_header() {
        let mut bomb = encode(RgbaImage::new(1, 1), Format::Png).unwrap();
        bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        assert!(matches!(decode(&bomb), Err(DecodeError::TooLarge { .. } | DecodeError::Corrupt)));
    }
}
