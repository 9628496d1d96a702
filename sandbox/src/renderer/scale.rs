//! Scaling and cropping.

use fashn::models::Size;
use image::imageops::{crop_imm, thumbnail};
use image::{Pixel as _, Rgba, RgbaImage};

const WHITE: Rgba<u8> = Rgba([255; 4]);

/// `length` times `numerator / denominator`, at least 1.
pub fn proportion(length: u32, numerator: u32, denominator: u32) -> u32 {
    let scaled = u64::from(length) * u64::from(numerator) / u64::from(denominator.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// The largest size of the picture's ratio that fits into `space`.
pub fn fitted(picture: &RgbaImage, space: Size) -> Size {
    let (width, height) = picture.dimensions();
    let by_width = Size::new(space.width, proportion(space.width, height, width));
    if by_width.height <= space.height {
        by_width
    } else {
        Size::new(proportion(space.height, width, height), space.height)
    }
}

/// Scales a picture, whatever its ratio.
pub fn resize(picture: &RgbaImage, size: Size) -> RgbaImage {
    thumbnail(picture, size.width, size.height)
}

/// Repeats pixels until the picture has that size.
pub fn enlarge(picture: RgbaImage, size: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    if (width, height) == (size.width, size.height) {
        return picture;
    }
    let at = |position: u32, from: u32, to: u32| {
        u32::try_from(u64::from(position) * u64::from(from) / u64::from(to)).unwrap_or(0)
    };
    RgbaImage::from_fn(size.width, size.height, |x, y| {
        let (x, y) = (at(x, width, size.width), at(y, height, size.height));
        picture.get_pixel_checked(x, y).copied().unwrap_or(WHITE)
    })
}

/// Fills a size with the picture on white. What is too much is cut off, less above than below,
/// since heads are above.
pub fn cover(picture: &RgbaImage, size: Size) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let shown = Size::new(
        width.min(proportion(height, size.width, size.height)),
        height.min(proportion(width, size.height, size.width)),
    );
    let (left, top) = ((width - shown.width) / 2, (height - shown.height) / 4);
    let part = crop_imm(picture, left, top, shown.width, shown.height);
    let mut covered = thumbnail(&*part, size.width, size.height);
    for pixel in covered.pixels_mut().filter(|pixel| pixel.0[3] != 255) {
        let mut below = WHITE;
        below.blend(pixel);
        *pixel = below;
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves() -> RgbaImage {
        RgbaImage::from_fn(400, 100, |x, _| {
            Rgba(if x < 200 { [255, 0, 0, 255] } else { [0, 0, 255, 255] })
        })
    }

    #[test]
    fn covering_fills_the_size_with_the_middle() {
        let covered = cover(&halves(), Size::new(50, 50));
        assert_eq!(covered.dimensions(), (50, 50));
        assert_eq!(covered.get_pixel(5, 25).0, [255, 0, 0, 255]);
        assert_eq!(covered.get_pixel(45, 25).0, [0, 0, 255, 255]);
    }

    #[test]
    fn covering_leaves_no_holes() {
        let covered = cover(&RgbaImage::new(30, 20), Size::new(60, 90));
        assert!(covered.pixels().all(|pixel| *pixel == WHITE));
    }

    #[test]
    fn enlarging_fills_odd_sizes_too() {
        let enlarged = enlarge(halves(), Size::new(801, 201));
        assert_eq!(enlarged.dimensions(), (801, 201));
        assert_eq!(enlarged.get_pixel(0, 0).0, [255, 0, 0, 255]);
        assert_eq!(enlarged.get_pixel(800, 200).0, [0, 0, 255, 255]);
    }

    #[test]
    fn a_fitted_size_keeps_the_ratio() {
        assert_eq!(fitted(&halves(), Size::new(200, 200)), Size::new(200, 50));
        assert_eq!(fitted(&halves(), Size::new(800, 100)), Size::new(400, 100));
        assert_eq!(fitted(&RgbaImage::new(9000, 1), Size::new(50, 50)).height, 1);
    }
}
