//! Pixels to bytes, quickly.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder as _, RgbaImage};

use crate::order::Format;

const JPEG_QUALITY: u8 = 90;

/// Writes a picture. A PNG keeps its transparency if it has any.
///
/// # Errors
/// The encoder's sentence.
pub fn write(picture: &RgbaImage, format: Format) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let opaque = picture
        .as_raw()
        .as_chunks::<4>()
        .0
        .iter()
        .all(|[_, _, _, alpha]| *alpha == 255);
    let written = match format {
        Format::Png => {
            let encoder =
                PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
            if opaque {
                let rgb = without_alpha(picture);
                encoder.write_image(&rgb, width, height, image::ExtendedColorType::Rgb8)
            } else {
                encoder.write_image(
                    picture.as_raw(),
                    width,
                    height,
                    image::ExtendedColorType::Rgba8,
                )
            }
        }
        Format::Mp4 => return Err("a picture is no clip".to_owned()),
        Format::Jpeg => {
            let rgb = without_alpha(picture);
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            encoder.write_image(&rgb, width, height, image::ExtendedColorType::Rgb8)
        }
    };
    written.map(|()| bytes).map_err(|error| error.to_string())
}

fn without_alpha(picture: &RgbaImage) -> Vec<u8> {
    picture
        .as_raw()
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|&[red, green, blue, _]| [red, green, blue])
        .collect()
}
