//! A garment laid on a photograph. It shows that a try-on happened, not how the garment would sit.

use fashn::models::Size;
use image::imageops::{crop_imm, overlay};
use image::{Rgba, RgbaImage};

use super::cut_out::{cut_out, visible_part};
use super::scale::{cover, fitted, proportion, resize};

/// Lays a garment, or any product, below the face in a photograph.
pub fn try_on(person: &RgbaImage, garment: &RgbaImage, size: Size) -> RgbaImage {
    let mut canvas = cover(person, size);
    let face = find_face(&canvas).unwrap_or(Face {
        left: size.width * 2 / 5,
        top: proportion(size.height, 1, 10),
        width: size.width / 5,
    });
    // A close-up leaves no room below the chin: there the garment hides a part of it.
    let collar = (face.top + face.width * 3 / 2).min(proportion(size.height, 3, 4));
    let space = Size::new(
        (face.width * 7 / 2).clamp(size.width / 2, size.width),
        proportion(size.height, 2, 3),
    );
    let garment = without_background(garment, space);
    let left = i64::from(face.left + face.width / 2) - i64::from(garment.width() / 2);
    overlay(&mut canvas, &garment, left, collar.into());
    canvas
}

/// In pixels of the small picture.
const MARGIN: u32 = 3;

/// The garment alone, as large as fits into `space`.
fn without_background(garment: &RgbaImage, space: Size) -> RgbaImage {
    // Cut out twice: small to find where the garment is, then in its own size for a clean edge.
    let mut small = resize(garment, fitted(garment, space));
    if !cut_out(&mut small) {
        return small;
    }
    let Some((left, top, width, height)) = visible_part(&small) else {
        return small;
    };
    // With some of the background around it, for the second cut.
    let scaled = |length| proportion(length, garment.width(), small.width());
    let part = crop_imm(
        garment,
        scaled(left.saturating_sub(MARGIN)),
        scaled(top.saturating_sub(MARGIN)),
        scaled(width + 2 * MARGIN),
        scaled(height + 2 * MARGIN),
    )
    .to_image();
    let mut part = resize(&part, fitted(&part, space));
    cut_out(&mut part);
    part
}

/// A face, 1.3 times as high as wide, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Face {
    left: u32,
    top: u32,
    width: u32,
}

impl Face {
    fn height(self) -> u32 {
        self.width * 13 / 10
    }
}

/// Faces are searched for at that width.
const SEARCH_WIDTH: u32 = 48;

/// The box that is most likely a face: skin inside, little of it beside, in the upper middle.
fn find_face(photo: &RgbaImage) -> Option<Face> {
    let (width, height) = photo.dimensions();
    let small = Size::new(SEARCH_WIDTH, proportion(height, SEARCH_WIDTH, width).min(200));
    let skin = SkinMap::new(resize(photo, small));
    let mut best = (0.34, None);
    for width in (6..=small.width * 2 / 3).step_by(2) {
        for top in (0..small.height).step_by(2) {
            for left in (0..small.width - width).step_by(2) {
                let face = Face { left, top, width };
                let likelihood = skin.likelihood(face);
                if likelihood > best.0 {
                    best = (likelihood, Some(face));
                }
            }
        }
    }
    let scaled = |length| proportion(length, width, SEARCH_WIDTH);
    best.1.map(|Face { left, top, width }| Face {
        left: scaled(left),
        top: scaled(top),
        width: scaled(width),
    })
}

/// A picture with alpha 1 for skin and 0 for anything else.
struct SkinMap(RgbaImage);

impl SkinMap {
    fn new(mut picture: RgbaImage) -> Self {
        for pixel in picture.pixels_mut() {
            pixel.0[3] = is_skin(*pixel).into();
        }
        Self(picture)
    }

    /// The share of skin in a box, 0 to 1; what lies outside the picture is none.
    fn share(&self, left: u32, top: u32, width: u32, height: u32) -> f64 {
        let rows = top..top + height;
        let pixels = rows.flat_map(|y| (left..left + width).map(move |x| (x, y)));
        let skin = pixels.filter(|&(x, y)| {
            let pixel = self.0.get_pixel_checked(x, y);
            pixel.is_some_and(|pixel| pixel.0[3] == 1)
        });
        let count = u32::try_from(skin.count()).unwrap_or(u32::MAX);
        f64::from(count) / f64::from((width * height).max(1))
    }

    fn likelihood(&self, face: Face) -> f64 {
        let Face { left, top, width } = face;
        let inside = self.share(left, top, width, face.height());
        if inside < 0.55 {
            return 0.0;
        }
        let margin = (width / 3).max(2);
        let before = self.share(left.saturating_sub(margin), top, margin, face.height());
        let after = self.share(left + width, top, margin, face.height());
        let beside = before.max(after);
        if beside > 0.7 {
            return 0.0;
        }
        let middle = f64::from(left) + f64::from(width) / 2.0;
        let off_centre = (middle / f64::from(self.0.width()) - 0.5).abs();
        let down = f64::from(top + face.height() / 2) / f64::from(self.0.height());
        let share_of_width = f64::from(width) / f64::from(self.0.width());
        inside - 0.55 * beside - 0.5 * off_centre - 0.9 * (down - 0.42).max(0.0)
            + 0.5 * share_of_width.min(0.6)
    }
}

fn is_skin(Rgba([red, green, blue, _]): Rgba<u8>) -> bool {
    // Skin of every tone lies in a small region of chroma (Chai and Ngan, 1999).
    let (red, green, blue) = (f32::from(red), f32::from(green), f32::from(blue));
    let light = 0.299 * red + 0.587 * green + 0.114 * blue;
    let bluish = 128.0 - 0.168_736 * red - 0.331_264 * green + 0.5 * blue;
    let reddish = 128.0 + 0.5 * red - 0.418_688 * green - 0.081_312 * blue;
    light > 40.0 && (77.0..=124.0).contains(&bluish) && (135.0..=173.0).contains(&reddish)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(216, 324);
    const RED: Rgba<u8> = Rgba([200, 20, 30, 255]);
    const WALL: Rgba<u8> = Rgba([150, 155, 160, 255]);

    /// A face of that colour at (x, y), before a grey wall.
    fn photo(tone: [u8; 3], x: f64, y: f64) -> RgbaImage {
        let [red, green, blue] = tone;
        RgbaImage::from_fn(400, 600, |px, py| {
            let radius = ((f64::from(px) - x) / 40.0).hypot((f64::from(py) - y) / 52.0);
            if radius < 1.0 { Rgba([red, green, blue, 255]) } else { WALL }
        })
    }

    fn red_shirt() -> RgbaImage {
        RgbaImage::from_fn(200, 200, |x, y| {
            let inside = (40..160).contains(&x) && (40..175).contains(&y);
            if inside { RED } else { Rgba([255; 4]) }
        })
    }

    #[test]
    fn the_garment_is_below_the_face_and_its_background_is_gone() {
        for tone in [[236, 188, 160], [198, 134, 96], [141, 85, 54], [96, 58, 40]] {
            let picture = try_on(&photo(tone, 160.0, 150.0), &red_shirt(), SIZE);
            assert_eq!(picture.dimensions(), (216, 324));
            let red: Vec<(u32, u32)> = picture
                .enumerate_pixels()
                .filter(|(_, _, pixel)| **pixel == RED)
                .map(|(x, y, _)| (x, y))
                .collect();
            let count = u32::try_from(red.len()).unwrap();
            let middle = red.iter().map(|(x, _)| x).sum::<u32>() / count;
            assert!(middle.abs_diff(160 * 216 / 400) < 12, "{tone:?}: {middle}");
            let top = red.iter().map(|(_, y)| *y).min().unwrap();
            assert!((100..140).contains(&top), "{tone:?}: {top}");
            let has_white = picture.pixels().any(|pixel| pixel.0 == [255; 4]);
            assert!(!has_white, "a white box around the garment");
        }
    }

    #[test]
    fn photographs_of_any_ratio_without_a_face_fill_the_size() {
        for (width, height) in [(750, 125), (75, 500), (20, 20), (216, 324), (1, 1)] {
            let person = RgbaImage::from_pixel(width, height, WALL);
            let picture = try_on(&person, &red_shirt(), SIZE);
            assert_eq!(picture.dimensions(), (216, 324));
            assert!(picture.pixels().any(|pixel| *pixel == RED));
            assert_eq!(*picture.get_pixel(108, 5), WALL);
        }
    }

    #[test]
    fn a_garment_without_an_even_background_is_laid_on_whole() {
        let worn = RgbaImage::from_fn(200, 300, |x, y| {
            Rgba([x.to_le_bytes()[0], y.to_le_bytes()[0], 90, 255])
        });
        let garment = without_background(&worn, Size::new(100, 100));
        assert_eq!(garment.dimensions(), (66, 100));
        assert!(garment.pixels().all(|pixel| pixel.0[3] == 255));
    }

    #[test]
    fn a_wall_and_a_close_up_of_skin_are_no_faces() {
        let skin = RgbaImage::from_pixel(1, 1, Rgba([198, 134, 96, 255]));
        assert_eq!(find_face(&RgbaImage::from_pixel(400, 600, WALL)), None);
        assert_eq!(find_face(&skin), None);
    }
}
