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

/// Finds the body of someone who is photographed from the front, or says where it usually is.
#[must_use]
pub fn find(photo: &RgbaImage) -> Body {
    let size = Size::of(photo);
    let small = Size {
        width: LOOK_WIDTH,
        height: (LOOK_WIDTH * size.height / size.width.max(1)).clamp(8, 400),
    };
    let skin = skin(&scale::to(photo, small));
    let Some(face) = face(&skin, small) else {
        return Body::usual(size);
    };
    let step = f64::from(size.width) / f64::from(small.width);
    let width = f64::from(face.right - face.left + 1) * step;
    // A low neckline makes the patch long; a face is at most so much longer than wide.
    let chin = (f64::from(face.top) * step + width * 1.35).min(f64::from(face.bottom + 1) * step);
    let (across, collar) = (width * 3.5, chin + width * 0.12);
    let centre = f64::from(face.left + face.right + 1) * step / 2.0;
    let fits = collar < f64::from(size.height) * 0.6 && across > f64::from(size.width) * 0.22;
    if fits {
        Body {
            centre,
            collar,
            across: across.min(f64::from(size.width) * 1.1),
        }
    } else {
        Body::usual(size)
    }
}

/// A patch of skin.
#[derive(Debug, Clone, Copy)]
struct Patch {
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
    pixels: u32,
}

/// Skin of every tone lies in a small region of chroma (Chai and Ngan, 1999).
fn skin(picture: &RgbaImage) -> Vec<bool> {
    let is_skin = |&[red, green, blue, _]: &[u8; 4]| {
        let (red, green, blue) = (f32::from(red), f32::from(green), f32::from(blue));
        let bluish = 128.0 - 0.168_736 * red - 0.331_264 * green + 0.5 * blue;
        let reddish = 128.0 + 0.5 * red - 0.418_688 * green - 0.081_312 * blue;
        (77.0..=127.0).contains(&bluish) && (135.0..=173.0).contains(&reddish)
    };
    rows(picture).flatten().map(is_skin).collect()
}

/// The patch that is most likely a face: of a face's shape, in the upper middle, not tiny.
fn face(skin: &[bool], size: Size) -> Option<Patch> {
    let all = f64::from(size.width * size.height);
    let likely = |patch: &Patch| {
        let (width, height) = (
            f64::from(patch.right - patch.left + 1),
            f64::from(patch.bottom - patch.top + 1),
        );
        let share = f64::from(patch.pixels) / all;
        let middle = f64::from(patch.left + patch.right) / 2.0 / f64::from(size.width);
        let shaped = (0.8..2.6).contains(&(height / width))
            && f64::from(patch.pixels) / (width * height) > 0.45;
        shaped
            && (0.002..0.14).contains(&share)
            && (0.2..0.8).contains(&middle)
            && f64::from(patch.top) < f64::from(size.height) * 0.4
    };
    // Of several, the highest: hands are lower.
    patches(skin, size)
        .into_iter()
        .filter(likely)
        .min_by_key(|patch| patch.top)
}

fn patches(skin: &[bool], size: Size) -> Vec<Patch> {
    let mut left_over = skin.to_vec();
    let mut found = Vec::new();
    for y in 0..size.height {
        for x in 0..size.width {
            if let Some(patch) = patch(&mut left_over, size, x, y) {
                found.push(patch);
            }
        }
    }
    found
}

/// Takes the patch at a pixel out of the map.
fn patch(skin: &mut [bool], size: Size, x: u32, y: u32) -> Option<Patch> {
    let mut take = |x: u32, y: u32| {
        let at = (x < size.width && y < size.height).then(|| (y * size.width + x) as usize)?;
        skin.get_mut(at)
            .filter(|there| **there)
            .map(|there| *there = false)
    };
    take(x, y)?;
    let mut patch = Patch {
        left: x,
        right: x,
        top: y,
        bottom: y,
        pixels: 0,
    };
    let mut open = vec![(x, y)];
    while let Some((x, y)) = open.pop() {
        patch.pixels += 1;
        patch.left = patch.left.min(x);
        patch.right = patch.right.max(x);
        patch.top = patch.top.min(y);
        patch.bottom = patch.bottom.max(y);
        for (x, y) in [
            (x.wrapping_sub(1), y),
            (x + 1, y),
            (x, y.wrapping_sub(1)),
            (x, y + 1),
        ] {
            if take(x, y).is_some() {
                open.push((x, y));
            }
        }
    }
    Some(patch)
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
        for tone in [[236, 188, 160], [198, 134, 96], [141, 85, 54], [88, 52, 36]] {
            let body = find(&photo(tone, 160.0, 120.0, 36.0));
            assert!((body.centre - 160.0).abs() < 8.0, "{tone:?}: {body:?}");
            assert!((155.0..200.0).contains(&body.collar), "{tone:?}: {body:?}");
            assert!((200.0..300.0).contains(&body.across), "{tone:?}: {body:?}");
        }
    }

    #[test]
    fn without_a_face_it_is_where_it_usually_is() {
        let wall = RgbaImage::from_pixel(400, 600, Rgba([150, 155, 160, 255]));
        assert_eq!(
            find(&wall),
            Body::usual(Size {
                width: 400,
                height: 600
            })
        );
        let all_skin = RgbaImage::from_pixel(400, 600, Rgba([198, 134, 96, 255]));
        assert_eq!(
            find(&all_skin),
            Body::usual(Size {
                width: 400,
                height: 600
            })
        );
        let tiny = RgbaImage::from_pixel(1, 1, Rgba([198, 134, 96, 255]));
        assert_eq!(
            find(&tiny),
            Body::usual(Size {
                width: 1,
                height: 1
            })
        );
    }

    #[test]
    fn hands_are_no_face() {
        let body = find(&photo([198, 134, 96], 200.0, 420.0, 40.0));
        assert_eq!(
            body,
            Body::usual(Size {
                width: 400,
                height: 600
            })
        );
    }
}
