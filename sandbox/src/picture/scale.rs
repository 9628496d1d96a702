//! Scaling and cropping, by `fast_image_resize` (SIMD in wasm too).

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbaImage;

use super::{Size, channel, pixels, rows_mut};

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
    let shrinks = part.width > f64::from(size.width) || part.height > f64::from(size.height);
    resized(
        picture,
        part,
        size,
        if shrinks {
            FilterType::Hamming
        } else {
            FilterType::CatmullRom
        },
    )
}

fn resized(picture: &RgbaImage, part: Part, size: Size, filter: FilterType) -> RgbaImage {
    let (width, height) = (size.width.max(1), size.height.max(1));
    let mut scaled = Image::new(width, height, PixelType::U8x4);
    let from = ImageRef::new(
        picture.width(),
        picture.height(),
        picture.as_raw(),
        PixelType::U8x4,
    );
    let whole = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let cropped = whole.crop(
        part.left,
        part.top,
        part.width.max(1.0),
        part.height.max(1.0),
    );
    // A part that sticks out by a rounding error is the whole picture.
    let done = from.is_ok_and(|from| {
        [cropped, whole]
            .iter()
            .any(|options| Resizer::new().resize(&from, &mut scaled, options).is_ok())
    });
    let raw = if done {
        scaled.into_vec()
    } else {
        vec![0; width as usize * height as usize * 4]
    };
    RgbaImage::from_raw(width, height, raw).unwrap_or_default()
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

/// A part of the picture that may reach beyond it, scaled to a size. What lies beyond is a blurred copy of what
/// there is; the seam is soft.
#[must_use]
pub fn window_to(picture: &RgbaImage, window: Part, size: Size) -> RgbaImage {
    let (right, bottom) = (f64::from(picture.width()), f64::from(picture.height()));
    let left = window.left.clamp(0.0, right - 1.0);
    let top = window.top.clamp(0.0, bottom - 1.0);
    let there = Part {
        left,
        top,
        width: (window.left + window.width).min(right) - left,
        height: (window.top + window.height).min(bottom) - top,
    };
    let times = f64::from(size.width) / window.width;
    let inner = Size {
        width: pixels(there.width * times),
        height: pixels(there.height * times),
    };
    let mut inside = part_to(picture, there, inner);
    if inner.width >= size.width && inner.height >= size.height {
        return to(&inside, size);
    }
    let mut canvas = blurred(&to(&inside, size), 40);
    let x = pixels((left - window.left) * times + 1.0) - 1;
    let y = pixels((top - window.top) * times + 1.0) - 1;
    let open = [
        x > 0,
        y > 0,
        x + inner.width < size.width,
        y + inner.height < size.height,
    ];
    fade(&mut inside, open, f64::from(size.height) * 0.05);
    image::imageops::overlay(&mut canvas, &inside, i64::from(x), i64::from(y));
    canvas
}

/// Lets the left, upper, right and lower side of a picture fade out.
fn fade(picture: &mut RgbaImage, sides: [bool; 4], reach: f64) {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    for (row, y) in rows_mut(picture).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let distances = [x, y, width - x, height - y];
            let nearest = distances.into_iter().zip(sides).filter(|(_, open)| *open);
            let nearest = nearest
                .map(|(distance, _)| distance)
                .fold(f64::MAX, f64::min);
            #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
            let opacity = (nearest / reach).clamp(0.0, 1.0) as f32;
            pixel[3] = channel(f32::from(pixel[3]) * opacity);
        }
    }
}

/// A blur by scaling down `times` and, in two steps, up again: quick and smooth.
#[must_use]
pub fn blurred(picture: &RgbaImage, times: u32) -> RgbaImage {
    let size = Size::of(picture);
    let smaller = |times: u32| Size {
        width: (size.width / times).max(2),
        height: (size.height / times).max(2),
    };
    let small = to(picture, smaller(times));
    let root = times.isqrt().max(1);
    let between = resized(
        &small,
        Part::whole(&small),
        smaller(root),
        FilterType::Gaussian,
    );
    resized(&between, Part::whole(&between), size, FilterType::Gaussian)
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
