//! Scaling and cropping, by `fast_image_resize` (SIMD in wasm too).

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbaImage;

use super::{Size, pixels};

/// A part of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// From the left.
    pub left: f64,
    /// From the top.
    pub top: f64,
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}

impl Part {
    /// The whole picture.
    #[must_use]
    pub fn whole(picture: &RgbaImage) -> Self {
        Self {
            left: 0.0,
            top: 0.0,
            width: f64::from(picture.width()),
            height: f64::from(picture.height()),
        }
    }

    /// The largest part of that ratio; `across` and `down` say where it lies, 0 to 1.
    #[must_use]
    pub fn of_ratio(picture: &RgbaImage, ratio: f64, across: f64, down: f64) -> Self {
        let whole = Self::whole(picture);
        let width = whole.width.min(whole.height * ratio);
        let height = whole.height.min(whole.width / ratio);
        Self {
            left: (whole.width - width) * across,
            top: (whole.height - height) * down,
            width,
            height,
        }
    }
}

/// Scales a part of a picture to a size.
#[must_use]
pub fn part_to(picture: &RgbaImage, part: Part, size: Size) -> RgbaImage {
    let Size { width, height } = size;
    let mut scaled = Image::new(width.max(1), height.max(1), PixelType::U8x4);
    let from = ImageRef::new(
        picture.width(),
        picture.height(),
        picture.as_raw(),
        PixelType::U8x4,
    );
    let shrinks = part.width > f64::from(width) || part.height > f64::from(height);
    let filter = if shrinks {
        FilterType::Hamming
    } else {
        FilterType::CatmullRom
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(
            part.left,
            part.top,
            part.width.max(1.0),
            part.height.max(1.0),
        );
    // A part that sticks out by a rounding error is the whole picture.
    let done = from.is_ok_and(|from| {
        Resizer::new().resize(&from, &mut scaled, &options).is_ok()
            || Resizer::new()
                .resize(&from, &mut scaled, &ResizeOptions::new())
                .is_ok()
    });
    let raw = if done {
        scaled.into_vec()
    } else {
        vec![0; width as usize * height as usize * 4]
    };
    RgbaImage::from_raw(width.max(1), height.max(1), raw).unwrap_or_default()
}

/// Scales a picture to a size, whatever its shape.
#[must_use]
pub fn to(picture: &RgbaImage, size: Size) -> RgbaImage {
    part_to(picture, Part::whole(picture), size)
}

/// Fills a size with the picture: what sticks out is cut off, less at the top than at the bottom, since
/// heads are there.
#[must_use]
pub fn cover(picture: &RgbaImage, size: Size) -> RgbaImage {
    part_to(
        picture,
        Part::of_ratio(picture, size.ratio(), 0.5, 0.3),
        size,
    )
}

/// Fits the whole picture into a size; around it lies a blurred copy of itself.
#[must_use]
pub fn contain(picture: &RgbaImage, size: Size) -> RgbaImage {
    let mut canvas = blurred(&cover(picture, size), 36);
    let scale = (f64::from(size.width) / f64::from(picture.width()))
        .min(f64::from(size.height) / f64::from(picture.height()));
    let inner = Size {
        width: pixels(f64::from(picture.width()) * scale).min(size.width),
        height: pixels(f64::from(picture.height()) * scale).min(size.height),
    };
    let left = i64::from((size.width - inner.width) / 2);
    let top = i64::from((size.height - inner.height) / 2);
    image::imageops::overlay(&mut canvas, &to(picture, inner), left, top);
    canvas
}

/// A blur by scaling down `times` and up again: quick, soft enough for shadows and backdrops.
#[must_use]
pub fn blurred(picture: &RgbaImage, times: u32) -> RgbaImage {
    let small = Size {
        width: (picture.width() / times).max(2),
        height: (picture.height() / times).max(2),
    };
    to(&to(picture, small), Size::of(picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves() -> RgbaImage {
        RgbaImage::from_fn(400, 100, |x, _| {
            image::Rgba(if x < 200 {
                [255, 0, 0, 255]
            } else {
                [0, 0, 255, 255]
            })
        })
    }

    #[test]
    fn covering_fills_the_size_with_the_middle() {
        let covered = cover(
            &halves(),
            Size {
                width: 50,
                height: 50,
            },
        );
        assert_eq!(covered.dimensions(), (50, 50));
        assert_eq!(covered.get_pixel(5, 25).0, [255, 0, 0, 255]);
        assert_eq!(covered.get_pixel(45, 25).0, [0, 0, 255, 255]);
    }

    #[test]
    fn containing_keeps_the_whole_picture() {
        let contained = contain(
            &halves(),
            Size {
                width: 200,
                height: 200,
            },
        );
        assert_eq!(contained.dimensions(), (200, 200));
        assert_eq!(contained.get_pixel(2, 100).0, [255, 0, 0, 255]);
        assert_eq!(contained.get_pixel(197, 100).0, [0, 0, 255, 255]);
        assert_eq!(contained.get_pixel(100, 5).0[3], 255);
    }

    #[test]
    fn transparency_survives_scaling() {
        let mut picture = RgbaImage::from_pixel(100, 100, image::Rgba([9, 200, 9, 255]));
        image::imageops::replace(&mut picture, &RgbaImage::new(50, 100), 0, 0);
        let small = to(
            &picture,
            Size {
                width: 20,
                height: 20,
            },
        );
        assert_eq!(small.get_pixel(2, 10).0[3], 0);
        assert_eq!(small.get_pixel(17, 10).0, [9, 200, 9, 255]);
    }
}
