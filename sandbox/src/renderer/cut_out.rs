//! Takes an even background away: a flat-lay on near-white, for instance.

use image::{Rgba, RgbaImage};

/// How far a channel may be from the background's colour.
const TOLERANCE: u8 = 22;

/// Makes the background transparent: every pixel of its colour that is connected with the border.
/// What the subject encloses stays, so a white collar on white is no hole. Returns whether there is
/// an even background, or the picture came cut out already.
pub fn cut_out(picture: &mut RgbaImage) -> bool {
    let border = border(picture);
    let Some(background) =
        border.first().and_then(|(x, y)| picture.get_pixel_checked(*x, *y).copied())
    else {
        return false;
    };
    let like_background = border
        .iter()
        .filter_map(|(x, y)| picture.get_pixel_checked(*x, *y))
        .filter(|pixel| is_near(**pixel, background))
        .count();
    if like_background * 10 < border.len() * 6 {
        return false;
    }
    let mut open = border;
    while let Some((x, y)) = open.pop() {
        let Some(pixel) = picture.get_pixel_mut_checked(x, y) else {
            continue;
        };
        if pixel.0[3] != 0 && is_near(*pixel, background) {
            pixel.0[3] = 0;
            open.extend([(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)]);
        }
    }
    true
}

/// Every pixel of the border, the upper left corner first.
fn border(picture: &RgbaImage) -> Vec<(u32, u32)> {
    let (width, height) = picture.dimensions();
    let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
    let across = (0..width).flat_map(|x| [(x, 0), (x, bottom)]);
    let down = (0..height).flat_map(|y| [(0, y), (right, y)]);
    across.chain(down).collect()
}

fn is_near(Rgba(one): Rgba<u8>, Rgba(other): Rgba<u8>) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= TOLERANCE)
}

/// The part that holds everything visible: left, top, width, height.
pub fn visible_part(picture: &RgbaImage) -> Option<(u32, u32, u32, u32)> {
    let visible = || picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 32);
    let left = visible().map(|(x, _, _)| x).min()?;
    let right = visible().map(|(x, _, _)| x).max()?;
    let top = visible().map(|(_, y, _)| y).min()?;
    let bottom = visible().map(|(_, y, _)| y).max()?;
    Some((left, top, right - left + 1, bottom - top + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_goes_and_what_the_subject_encloses_stays() {
        // A blue ring on near-white.
        let mut picture = RgbaImage::from_fn(100, 100, |x, y| {
            let radius = (f64::from(x) - 50.0).hypot(f64::from(y) - 50.0);
            Rgba(if (15.0..40.0).contains(&radius) {
                [20, 40, 160, 255]
            } else {
                [250, 249, 247, 255]
            })
        });
        assert!(cut_out(&mut picture));
        assert_eq!(picture.get_pixel(2, 2).0[3], 0);
        assert_eq!(picture.get_pixel(50, 20).0, [20, 40, 160, 255]);
        assert_eq!(picture.get_pixel(50, 50).0[3], 255);
        assert_eq!(visible_part(&picture), Some((11, 11, 79, 79)));
    }

    #[test]
    fn without_an_even_background_nothing_is_cut() {
        let mut picture = RgbaImage::from_fn(64, 64, |x, y| {
            Rgba([(x * 4).to_le_bytes()[0], (y * 4).to_le_bytes()[0], 90, 255])
        });
        let before = picture.clone();
        assert!(!cut_out(&mut picture));
        assert_eq!(picture, before);
    }

    #[test]
    fn what_came_cut_out_stays_as_it_is() {
        let mut picture = RgbaImage::new(10, 10);
        picture.put_pixel(5, 5, Rgba([1, 2, 3, 255]));
        let before = picture.clone();
        assert!(cut_out(&mut picture));
        assert_eq!(picture, before);
        assert_eq!(visible_part(&picture), Some((5, 5, 1, 1)));
        assert_eq!(visible_part(&RgbaImage::new(3, 3)), None);
    }
}
