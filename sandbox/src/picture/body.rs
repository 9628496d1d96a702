//! Where the body is in a photograph: guessed from the colour of skin. A guess, and it needs no more: the
//! composite shows that a try-on happened, not how the garment would sit.

use image::RgbaImage;

use super::{Size, rows, scale};

/// Where the upper body is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Body {
    /// The middle line.
    pub centre: f64,
    /// The collar.
    pub collar: f64,
    /// From shoulder to shoulder, sleeves included.
    pub across: f64,
}

impl Body {
    /// Where it is in most fashion photographs.
    #[must_use]
    pub fn usual(size: Size) -> Self {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        Self {
            centre: width / 2.0,
            collar: height * 0.24,
            across: width * 0.6,
        }
    }

    /// Hips are so far below the collar.
    #[must_use]
    pub fn torso(&self) -> f64 {
        self.across * 1.15
    }
}

/// Faces are looked for at that width.
const LOOK_WIDTH: u32 = 96;

/// Finds the body of someone who is photographed from the front, if there is one.
#[must_use]
pub fn find(photo: &RgbaImage) -> Option<Body> {
    let size = Size::of(photo);
    let small = Size {
        width: LOOK_WIDTH,
        height: (LOOK_WIDTH * size.height / size.width.max(1)).clamp(8, 400),
    };
    let face = face(&Skin::of(&scale::to(photo, small)))?;
    let step = f64::from(size.width) / f64::from(small.width);
    let width = f64::from(face.width) * step;
    let chin = f64::from(face.top + face.height()) * step;
    Some(Body {
        centre: (f64::from(face.left) + f64::from(face.width) / 2.0) * step,
        collar: chin + width * 0.22,
        across: width * 3.3,
    })
}

/// Where a face may be, in looked-at pixels. It is 1.3 times as high as wide.
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

/// How much skin any box of a picture has, by a table of sums.
struct Skin {
    size: Size,
    sums: Vec<u32>,
}

impl Skin {
    /// Skin of every tone lies in a small region of chroma (Chai and Ngan, 1999).
    fn of(picture: &RgbaImage) -> Self {
        let is_skin = |&[red, green, blue, _]: &[u8; 4]| {
            let (red, green, blue) = (f32::from(red), f32::from(green), f32::from(blue));
            let light = 0.299 * red + 0.587 * green + 0.114 * blue;
            let bluish = 128.0 - 0.168_736 * red - 0.331_264 * green + 0.5 * blue;
            let reddish = 128.0 + 0.5 * red - 0.418_688 * green - 0.081_312 * blue;
            light > 40.0 && (77.0..=124.0).contains(&bluish) && (135.0..=173.0).contains(&reddish)
        };
        let size = Size::of(picture);
        let mut sums = vec![0; (size.width as usize + 1) * (size.height as usize + 1)];
        let across = size.width as usize + 1;
        for (row, y) in rows(picture).zip(1_usize..) {
            let mut in_row = 0;
            for (pixel, x) in row.iter().zip(1_usize..) {
                in_row += u32::from(is_skin(pixel));
                let above = sums.get((y - 1) * across + x).copied().unwrap_or(0);
                if let Some(sum) = sums.get_mut(y * across + x) {
                    *sum = above + in_row;
                }
            }
        }
        Self { size, sums }
    }

    /// The share of skin in a box, 0 to 1; what lies outside the picture has none.
    fn share(&self, left: i64, top: i64, width: i64, height: i64) -> f64 {
        let sum = |x: i64, y: i64| {
            let x = usize::try_from(x.clamp(0, i64::from(self.size.width))).unwrap_or(0);
            let y = usize::try_from(y.clamp(0, i64::from(self.size.height))).unwrap_or(0);
            let sum = self.sums.get(y * (self.size.width as usize + 1) + x);
            i64::from(sum.copied().unwrap_or(0))
        };
        let (right, bottom) = (left + width, top + height);
        let skin = sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
        #[expect(clippy::cast_precision_loss, reason = "some thousand pixels")]
        let share = skin as f64 / (width * height).max(1) as f64;
        share
    }
}

/// The box that is most likely a face: skin within, little of it beside and above, in the upper middle.
/// Below it is a neck, which tells nothing.
fn face(skin: &Skin) -> Option<Face> {
    let mut best: Option<(f64, Face)> = None;
    for width in (8..=skin.size.width * 11 / 20).step_by(2) {
        let height = width * 13 / 10;
        for top in (0..skin.size.height.saturating_sub(height)).step_by(2) {
            for left in (0..skin.size.width.saturating_sub(width)).step_by(2) {
                let face = Face { left, top, width };
                let likely = likelihood(skin, face);
                if likely > 0.34 && best.is_none_or(|(known, _)| likely > known) {
                    best = Some((likely, face));
                }
            }
        }
    }
    best.map(|(_, face)| face)
}

fn likelihood(skin: &Skin, face: Face) -> f64 {
    let (left, top) = (i64::from(face.left), i64::from(face.top));
    let (width, height) = (i64::from(face.width), i64::from(face.height()));
    // The corners of the box are no face; the box that is looked into is a little smaller.
    let inside = skin.share(
        left + width / 10,
        top + height / 12,
        width * 8 / 10,
        height * 10 / 12,
    );
    if inside < 0.6 {
        return 0.0;
    }
    let margin = (width / 3).max(2);
    let beside = skin
        .share(left - margin, top, margin, height)
        .max(skin.share(left + width, top, margin, height));
    if beside > 0.7 {
        return 0.0;
    }
    let above = skin.share(left, top - margin, width, margin);
    let middle = f64::from(2 * face.left + face.width) / 2.0 / f64::from(skin.size.width);
    let down = f64::from(face.top + face.height() / 2) / f64::from(skin.size.height);
    let large = f64::from(face.width) / f64::from(skin.size.width);
    inside
        - 0.55 * beside
        - 0.25 * above
        - 0.5 * (middle - 0.5).abs()
        - 0.9 * (down - 0.42).max(0.0)
        + 0.5 * large.min(0.4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    /// A face of that colour at (x, y), before a grey wall.
    fn photo(colour: [u8; 3], x: f64, y: f64, radius: f64) -> RgbaImage {
        RgbaImage::from_fn(400, 600, |px, py| {
            let inside =
                ((f64::from(px) - x) / radius).hypot((f64::from(py) - y) / (radius * 1.3)) < 1.0;
            let [red, green, blue] = if inside { colour } else { [150, 155, 160] };
            Rgba([red, green, blue, 255])
        })
    }

    #[test]
    fn a_body_is_found_below_a_face_of_any_tone() {
        for tone in [[236, 188, 160], [198, 134, 96], [141, 85, 54], [96, 58, 40]] {
            let body = find(&photo(tone, 160.0, 150.0, 40.0)).expect("a face");
            assert!((body.centre - 160.0).abs() < 16.0, "{tone:?}: {body:?}");
            assert!((180.0..240.0).contains(&body.collar), "{tone:?}: {body:?}");
            assert!((180.0..340.0).contains(&body.across), "{tone:?}: {body:?}");
        }
    }

    #[test]
    fn a_wall_a_close_up_of_skin_and_a_hand_are_no_faces() {
        for picture in [
            RgbaImage::from_pixel(400, 600, Rgba([150, 155, 160, 255])),
            RgbaImage::from_pixel(1, 1, Rgba([198, 134, 96, 255])),
            photo([198, 134, 96], 390.0, 590.0, 30.0),
        ] {
            assert_eq!(find(&picture), None);
        }
    }
}
