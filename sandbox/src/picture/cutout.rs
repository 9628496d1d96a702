//! Telling a thing from what lies behind it: a flat-lay on near-white, a person before a wall.

use image::RgbaImage;

use super::{channel, rows, rows_mut};

/// How far a channel may be from the background's before it counts as the thing, beyond the background's own
/// noise: below the first it is background, above the second it is not, between them it is an edge.
const SURELY_BACKGROUND: f32 = 4.0;
const SURELY_THING: f32 = 14.0;

/// What the border of a picture tells of its background.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Background {
    /// Its colour.
    pub colour: [u8; 3],
    /// How far its pixels are from that, on average.
    pub noise: f32,
    /// Whether most of the border has that colour.
    pub is_even: bool,
}

/// Looks at the border.
#[must_use]
pub fn background(picture: &RgbaImage) -> Background {
    let border = border_pixels(picture);
    let mut colour = [0_u8; 3];
    for (index, value) in colour.iter_mut().enumerate() {
        let mut values: Vec<u8> = border
            .iter()
            .filter_map(|pixel| pixel.get(index).copied())
            .collect();
        let middle = values.len() / 2;
        *value = if values.is_empty() {
            255
        } else {
            *values.select_nth_unstable(middle).1
        };
    }
    let mut distances: Vec<u8> = border
        .iter()
        .map(|pixel| distance(*pixel, colour))
        .collect();
    distances.sort_unstable();
    let near = distances.iter().filter(|distance| **distance < 32).count();
    // The nearer 70 percent: a sleeve that touches the border is no noise.
    let told = distances.len() * 7 / 10;
    let sum: f32 = distances
        .iter()
        .take(told)
        .map(|distance| f32::from(*distance))
        .sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a border has thousands of pixels"
    )]
    let noise = sum / told.max(1) as f32;
    Background {
        colour,
        noise,
        is_even: near * 10 >= distances.len() * 6,
    }
}

fn border_pixels(picture: &RgbaImage) -> Vec<[u8; 4]> {
    let depth = (picture.width().min(picture.height()) / 60).max(1) as usize;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut border = Vec::new();
    for (y, row) in rows(picture).enumerate() {
        if y < depth || y + depth >= height {
            border.extend_from_slice(row);
        } else {
            border.extend(row.iter().take(depth));
            border.extend(row.iter().skip(width.saturating_sub(depth)));
        }
    }
    border
}

/// The largest difference of a channel.
fn distance(pixel: [u8; 4], colour: [u8; 3]) -> u8 {
    pixel
        .iter()
        .zip(colour)
        .map(|(one, other)| one.abs_diff(other))
        .max()
        .unwrap_or(0)
}

/// Makes the background transparent: every pixel like it that hangs together with the border. What the thing
/// encloses stays, so a white collar on white is not a hole. Edges are softened and cleaned of its colour.
/// Answers whether there was an even background to take away.
pub fn cut_out(picture: &mut RgbaImage) -> bool {
    if has_transparency(picture) {
        return true;
    }
    let background = background(picture);
    if !background.is_even {
        return false;
    }
    let low = SURELY_BACKGROUND + background.noise * 2.0;
    let high = SURELY_THING + background.noise * 4.0;
    let behind = flooded(picture, background.colour, high);
    for (row, behind) in rows_mut(picture).zip(behind.rows()) {
        for (pixel, behind) in row.iter_mut().zip(behind) {
            if *behind {
                let opacity = ((f32::from(distance(*pixel, background.colour)) - low)
                    / (high - low))
                    .clamp(0.0, 1.0);
                soften(pixel, background.colour, opacity);
            }
        }
    }
    shave(picture);
    true
}

/// Takes a pixel off the outline: what the lens and the compression mixed of both sides.
fn shave(picture: &mut RgbaImage) {
    let width = picture.width() as usize;
    let alphas: Vec<u8> = picture
        .as_raw()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|pixel| pixel[3])
        .collect();
    let at = |index: Option<usize>| {
        index
            .and_then(|index| alphas.get(index))
            .copied()
            .unwrap_or(255)
    };
    for (index, pixel) in picture.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let around = [
            index.checked_sub(1),
            Some(index + 1),
            index.checked_sub(width),
            Some(index + width),
        ];
        pixel[3] = around.into_iter().map(at).fold(pixel[3], u8::min);
    }
}

/// The same for a background that is not even but known to be of one colour within `limit`: a drawn wall.
pub fn cut_out_within(picture: &mut RgbaImage, limit: f32) {
    let colour = background(picture).colour;
    let behind = flooded(picture, colour, limit);
    for (row, behind) in rows_mut(picture).zip(behind.rows()) {
        for (pixel, _) in row.iter_mut().zip(behind).filter(|(_, behind)| **behind) {
            pixel[3] = 0;
        }
    }
}

/// How far a channel may go from one pixel to the next in a background that drifts.
const DRIFT: u8 = 5;

/// Makes a background transparent that drifts from one tone to another, a wall in daylight: from pixel to
/// pixel it changes little. Answers whether that left something to see and took something away.
pub fn cut_out_drifting(picture: &mut RgbaImage) -> bool {
    let width = picture.width() as usize;
    let before = picture.clone();
    let pixels = before.as_raw().as_chunks::<4>().0;
    let near = |at: usize, from: usize| match (pixels.get(at), pixels.get(from)) {
        (Some(&pixel), Some(&[red, green, blue, _])) => {
            distance(pixel, [red, green, blue]) <= DRIFT
        }
        _ => false,
    };
    let height = picture.height() as usize;
    // The lower half of the border may be the person.
    let behind = flood(picture, height / 2, &near);
    // A wall goes all around and a little inwards; a garden is taken in patches, and then nothing is better.
    let inset = (width.min(picture.height() as usize) / 25).max(1);
    let edges = |row: usize| row == inset || row + inset + 1 == picture.height() as usize;
    let (mut around, mut taken) = (0, 0);
    for (y, row) in behind.rows().enumerate() {
        let upper = y * 2 < picture.height() as usize;
        for (x, behind) in row.iter().enumerate() {
            // Below, a person may stand on the border.
            if upper && (edges(y) || x == inset || x + inset + 1 == width) {
                around += 1;
                taken += usize::from(*behind);
            }
        }
    }
    let all = behind.marked.iter().filter(|behind| **behind).count();
    if taken * 10 < around * 9 || all * 20 > pixels.len() * 19 {
        return false;
    }
    for (row, behind) in rows_mut(picture).zip(behind.marked.chunks_exact(width)) {
        for (pixel, _) in row.iter_mut().zip(behind).filter(|(_, behind)| **behind) {
            pixel[3] = 0;
        }
    }
    true
}

/// Lets a picture fade out towards its borders: what is left when no background can be told.
pub fn fade_out(picture: &mut RgbaImage) {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    for (row, y) in rows_mut(picture).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let across = ((f64::from(x) + 0.5) / width * 2.0 - 1.0).abs();
            let down = ((f64::from(y) + 0.5) / height * 2.0 - 1.0).abs();
            let reach = (across.powi(3) + down.powi(3)).cbrt();
            #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
            let opacity = ((1.0 - reach) / 0.15).clamp(0.0, 1.0) as f32;
            pixel[3] = channel(f32::from(pixel[3]) * opacity);
        }
    }
}

/// Whether the picture came cut out already.
#[must_use]
pub fn has_transparency(picture: &RgbaImage) -> bool {
    let clear = picture
        .as_raw()
        .as_chunks::<4>()
        .0
        .iter()
        .filter(|[_, _, _, alpha]| *alpha < 128)
        .count();
    clear * 50 > picture.as_raw().len() / 4
}

fn soften(pixel: &mut [u8; 4], background: [u8; 3], opacity: f32) {
    let [red, green, blue, alpha] = pixel;
    if opacity > 0.05 {
        for (value, behind) in [red, green, blue].into_iter().zip(background) {
            *value = channel((f32::from(*value) - f32::from(behind) * (1.0 - opacity)) / opacity);
        }
    }
    *alpha = channel(f32::from(*alpha) * opacity);
}

/// Which pixels hang together with the border and are no further than `limit` from `colour`.
struct Flood {
    width: usize,
    marked: Vec<bool>,
}

impl Flood {
    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.marked.chunks_exact(self.width)
    }
}

fn flooded(picture: &RgbaImage, colour: [u8; 3], limit: f32) -> Flood {
    let limit = channel(limit);
    let pixels = picture.as_raw().as_chunks::<4>().0;
    let near = |at: usize, _: usize| {
        pixels
            .get(at)
            .is_some_and(|pixel| distance(*pixel, colour) <= limit)
    };
    flood(picture, picture.height() as usize, &near)
}

/// Marks what hangs together with the border above `seeds` rows, where `near` lets it go on from one pixel to
/// the next.
fn flood(picture: &RgbaImage, seeds: usize, near: &dyn Fn(usize, usize) -> bool) -> Flood {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut marked = vec![false; width * height];
    let mut open: Vec<usize> = Vec::new();
    let visit = |at: usize, from: usize, marked: &mut Vec<bool>, open: &mut Vec<usize>| {
        if let Some(mark) = marked.get_mut(at).filter(|mark| !**mark)
            && near(at, from)
        {
            *mark = true;
            open.push(at);
        }
    };
    let upper = 0..width;
    let sides = (0..height).flat_map(|y| [y * width, y * width + width - 1]);
    let lower = (0..width).map(|x| (height - 1) * width + x);
    for at in upper
        .chain(sides)
        .chain(lower)
        .filter(|at| at / width < seeds)
    {
        visit(at, at, &mut marked, &mut open);
    }
    while let Some(at) = open.pop() {
        let x = at % width;
        if x > 0 {
            visit(at - 1, at, &mut marked, &mut open);
        }
        if x + 1 < width {
            visit(at + 1, at, &mut marked, &mut open);
        }
        if at >= width {
            visit(at - width, at, &mut marked, &mut open);
        }
        visit(at + width, at, &mut marked, &mut open);
    }
    Flood { width, marked }
}

/// The smallest part that holds everything that can be seen, as left, top, width and height.
#[must_use]
pub fn seen(picture: &RgbaImage) -> Option<(u32, u32, u32, u32)> {
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    for (row, y) in rows(picture).zip(0_u32..) {
        let visible = |[_, _, _, alpha]: &[u8; 4]| *alpha > 32;
        let Some(first) = row.iter().position(visible) else {
            continue;
        };
        let last = row.iter().rposition(visible).unwrap_or(first);
        left = left.min(u32::try_from(first).unwrap_or(0));
        right = right.max(u32::try_from(last).unwrap_or(0));
        top = top.min(y);
        bottom = y;
    }
    (top != u32::MAX).then(|| (left, top, right - left + 1, bottom - top + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    /// A length as a colour's value.
    fn single(length: u32) -> f32 {
        f32::from(u16::try_from(length).unwrap())
    }

    /// A blue ring on near-white, with a near-white hole.
    fn ring() -> RgbaImage {
        RgbaImage::from_fn(100, 100, |x, y| {
            let reach = (f64::from(x) - 50.0).hypot(f64::from(y) - 50.0);
            Rgba(if (15.0..40.0).contains(&reach) {
                [20, 40, 160, 255]
            } else {
                [250, 249, 247, 255]
            })
        })
    }

    #[test]
    fn the_background_goes_and_what_the_thing_encloses_stays() {
        let mut picture = ring();
        assert!(cut_out(&mut picture));
        assert_eq!(picture.get_pixel(2, 2).0[3], 0);
        assert_eq!(picture.get_pixel(50, 20).0, [20, 40, 160, 255]);
        assert_eq!(picture.get_pixel(50, 50).0[3], 255);
        assert_eq!(seen(&picture), Some((12, 12, 77, 77)));
    }

    #[test]
    fn a_white_shirt_on_white_keeps_its_body() {
        let mut picture = RgbaImage::from_fn(100, 100, |x, y| {
            Rgba(if (20..80).contains(&x) && (20..80).contains(&y) {
                [232, 232, 234, 255]
            } else {
                [255, 255, 255, 255]
            })
        });
        assert!(cut_out(&mut picture));
        assert_eq!(picture.get_pixel(50, 50).0[3], 255);
        assert_eq!(picture.get_pixel(5, 5).0[3], 0);
    }

    #[test]
    fn without_an_even_background_nothing_is_cut() {
        let mut picture = RgbaImage::from_fn(64, 64, |x, y| {
            Rgba([
                channel(single(x) * 4.0),
                channel(single(y) * 4.0),
                channel(single(x * y % 255)),
                255,
            ])
        });
        let before = picture.clone();
        assert!(!cut_out(&mut picture));
        assert_eq!(picture, before);
    }

    #[test]
    fn a_wall_in_daylight_goes_and_a_garden_stays() {
        let wall = |x: u32, y: u32| {
            [
                channel(150.0 + single(x) / 4.0),
                channel(160.0 + single(y) / 4.0),
                170,
                255,
            ]
        };
        let mut studio = RgbaImage::from_fn(200, 200, |x, y| {
            let person = (60..140).contains(&x) && y > 50;
            Rgba(if person {
                [40, 30, 90, 255]
            } else {
                wall(x, y)
            })
        });
        assert!(cut_out_drifting(&mut studio));
        assert_eq!(
            (
                studio.get_pixel(10, 100).0[3],
                studio.get_pixel(100, 120).0[3]
            ),
            (0, 255)
        );

        let mut garden = RgbaImage::from_fn(200, 200, |x, y| {
            Rgba(if (x / 9 + y / 7) % 3 == 0 {
                [30, 90, 20, 255]
            } else {
                wall(x, y)
            })
        });
        let before = garden.clone();
        assert!(!cut_out_drifting(&mut garden));
        assert_eq!(garden, before);
        fade_out(&mut garden);
        assert_eq!(
            (garden.get_pixel(0, 0).0[3], garden.get_pixel(100, 100).0[3]),
            (0, 255)
        );
    }

    #[test]
    fn what_came_cut_out_stays_as_it_is() {
        let mut picture = RgbaImage::new(10, 10);
        picture.put_pixel(5, 5, Rgba([1, 2, 3, 255]));
        let before = picture.clone();
        assert!(cut_out(&mut picture));
        assert_eq!(picture, before);
        assert_eq!(seen(&picture), Some((5, 5, 1, 1)));
        assert_eq!(seen(&RgbaImage::new(3, 3)), None);
    }
}
