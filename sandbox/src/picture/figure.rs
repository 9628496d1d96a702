//! A figure for the models that make a person out of words: a mannequin of soft shapes before a studio wall. It
//! pretends nothing; what a prompt asked for is written beside it.

use image::RgbaImage;

use super::body::Body;
use super::{Size, channel, rows_mut, scale};

/// A mannequin that was drawn, with what goes on it.
pub struct Figure {
    /// The picture.
    pub picture: RgbaImage,
    /// Its body.
    pub body: Body,
    /// The middle of its face.
    pub face_middle: (f64, f64),
    /// Half the face's width and height.
    pub face_reach: (f64, f64),
}

/// How much of the figure is in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shot {
    /// From head to foot.
    Full,
    /// Head and upper body.
    Upper,
}

/// Walls and figures, a pair for each variation.
const PALETTES: [([f32; 3], [f32; 3]); 4] = [
    ([226.0, 223.0, 218.0], [196.0, 158.0, 132.0]),
    ([214.0, 222.0, 226.0], [146.0, 104.0, 80.0]),
    ([229.0, 220.0, 214.0], [224.0, 188.0, 164.0]),
    ([218.0, 222.0, 214.0], [106.0, 74.0, 58.0]),
];
const SUIT: [f32; 3] = [242.0, 240.0, 236.0];

/// A limb: from one point to another, thicker or thinner towards its end. In heads (1.0 is a head's height).
struct Limb {
    from: (f64, f64),
    to: (f64, f64),
    thick: (f64, f64),
    suit: bool,
}

const fn limb(from: (f64, f64), to: (f64, f64), thick: (f64, f64), suit: bool) -> Limb {
    Limb {
        from,
        to,
        thick,
        suit,
    }
}

/// One side; the other is its mirror. The origin is between the feet of a figure that is seven heads tall.
const LIMBS: [Limb; 8] = [
    limb((0.0, -5.95), (0.0, -5.4), (0.19, 0.2), false),
    limb((0.42, -5.28), (0.86, -3.9), (0.23, 0.17), false),
    limb((0.86, -3.9), (0.98, -2.75), (0.16, 0.11), false),
    limb((0.34, -3.2), (0.3, -1.75), (0.37, 0.24), false),
    limb((0.3, -1.75), (0.3, -0.15), (0.22, 0.12), false),
    limb((0.3, -0.12), (0.36, 0.0), (0.13, 0.15), false),
    limb((0.26, -5.2), (0.2, -4.1), (0.36, 0.34), true),
    limb((0.2, -4.1), (0.26, -3.15), (0.34, 0.43), true),
];

/// Draws the figure.
#[must_use]
pub fn figure(size: Size, shot: Shot, variation: u32) -> Figure {
    // Half the size is enough for soft shapes.
    let half = Size {
        width: (size.width / 2).clamp(8, 1200),
        height: (size.height / 2).clamp(8, 1200),
    };
    let (width, height) = (f64::from(half.width), f64::from(half.height));
    let (heads, lift) = match shot {
        Shot::Full => (7.9, 0.35),
        Shot::Upper => (4.4, -3.05),
    };
    // A head's height in pixels: as much as fits, wide pictures as well.
    let head = (height / heads).min(width / 2.6);
    let foot = (
        width / 2.0,
        height - lift * head - (height - heads * head) / 2.0,
    );
    let palette = PALETTES.get(variation as usize % PALETTES.len()).copied();
    let (wall, tone) = palette.unwrap_or(([220.0; 3], [180.0; 3]));

    let mut picture = RgbaImage::new(half.width, half.height);
    for (row, y) in rows_mut(&mut picture).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let at = (
                (f64::from(x) + 0.5 - foot.0) / head,
                (f64::from(y) + 0.5 - foot.1) / head,
            );
            let down = f64::from(y) / height;
            *pixel = shade(at, down, 1.0 / head, wall, tone);
        }
    }
    let times = f64::from(size.width) / width;
    let place = |x: f64, y: f64| ((foot.0 + x * head) * times, (foot.1 + y * head) * times);
    let (centre, collar) = place(0.0, -5.52);
    Figure {
        picture: scale::to(&picture, size),
        body: Body {
            centre,
            collar,
            across: 2.45 * head * times,
        },
        face_middle: place(0.0, -6.42),
        face_reach: (0.38 * head * times, 0.5 * head * times),
    }
}

/// The colour at a point.
fn shade(at: (f64, f64), down: f64, blur: f64, wall: [f32; 3], tone: [f32; 3]) -> [u8; 4] {
    let light = single(1.04 - 0.12 * down - 0.035 * at.0.abs().min(3.0));
    // The floor's shadow.
    let shadow = (1.0 - (at.0 / 1.5).hypot((at.1 - 0.05) / 0.28)).clamp(0.0, 1.0);
    let mut colour = wall.map(|value| value * light * (1.0 - 0.35 * single(shadow)));
    let side = (at.0.abs(), at.1);
    let head = 1.0 - (at.0 / 0.38).hypot((at.1 + 6.42) / 0.5);
    let mut inside = vec![(head * 0.4, head, tone)];
    for limb in &LIMBS {
        let reach = depth(limb, side);
        let thick = limb.thick.0.max(limb.thick.1);
        inside.push((reach, reach / thick, if limb.suit { SUIT } else { tone }));
    }
    // Skin first, the suit over it; the deepest of each counts.
    for suit in [false, true] {
        let of_kind = inside
            .iter()
            .filter(|(_, _, paint)| (*paint == SUIT) == suit);
        let Some((reach, round, paint)) = of_kind.max_by(|one, other| one.0.total_cmp(&other.0))
        else {
            continue;
        };
        let cover = single(((reach / blur) + 0.5).clamp(0.0, 1.0));
        let shape =
            single(0.74 + 0.3 * (round.clamp(0.0, 1.0)).sqrt() + 0.06 * (-at.0).clamp(-1.0, 1.0));
        for (value, paint) in colour.iter_mut().zip(paint) {
            *value = *value * (1.0 - cover) + paint * shape * cover;
        }
    }
    let [r, g, b] = colour.map(channel);
    [r, g, b, 255]
}

/// How deep a point is inside a limb; negative outside.
fn depth(limb: &Limb, at: (f64, f64)) -> f64 {
    let (along_x, along_y) = (limb.to.0 - limb.from.0, limb.to.1 - limb.from.1);
    let (from_x, from_y) = (at.0 - limb.from.0, at.1 - limb.from.1);
    let share = ((from_x * along_x + from_y * along_y) / (along_x * along_x + along_y * along_y))
        .clamp(0.0, 1.0);
    let away = (from_x - along_x * share).hypot(from_y - along_y * share);
    limb.thick.0 + (limb.thick.1 - limb.thick.0) * share - away
}

fn single(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a colour's factor")]
    let single = value as f32;
    single
}

/// Puts a face on a figure: an oval of the picture, soft at its edge.
pub fn put_face(figure: &mut Figure, face: &RgbaImage) {
    let (reach_x, reach_y) = figure.face_reach;
    let size = Size {
        width: super::pixels(reach_x * 2.1),
        height: super::pixels(reach_y * 2.1),
    };
    let oval = oval(face, size);
    #[expect(clippy::cast_possible_truncation, reason = "within the picture")]
    let (left, top) = (
        (figure.face_middle.0 - f64::from(size.width) / 2.0) as i64,
        (figure.face_middle.1 - f64::from(size.height) / 2.0) as i64,
    );
    image::imageops::overlay(&mut figure.picture, &oval, left, top);
}

/// An oval of a picture, soft at its edge.
#[must_use]
pub fn oval(picture: &RgbaImage, size: Size) -> RgbaImage {
    let mut oval = scale::cover(picture, size);
    for (row, y) in rows_mut(&mut oval).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let across = (f64::from(x) + 0.5) / f64::from(size.width) * 2.0 - 1.0;
            let down = (f64::from(y) + 0.5) / f64::from(size.height) * 2.0 - 1.0;
            pixel[3] = channel(255.0 * single(((1.0 - across.hypot(down)) / 0.12).clamp(0.0, 1.0)));
        }
    }
    oval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stands_in_pictures_of_any_shape() {
        for (width, height) in [(832, 1248), (1568, 672), (16, 16)] {
            for shot in [Shot::Full, Shot::Upper] {
                let size = Size { width, height };
                let figure = figure(size, shot, 0);
                assert_eq!(Size::of(&figure.picture), size);
                let middle = f64::from(width) / 2.0;
                assert!((figure.face_middle.0 - middle).abs() < 2.0);
                assert!(figure.face_middle.1 < figure.body.collar);
                assert!(figure.picture.pixels().all(|pixel| pixel.0[3] == 255));
            }
        }
    }

    #[test]
    fn variations_differ_and_repeat() {
        let size = Size {
            width: 200,
            height: 300,
        };
        let made = |variation| figure(size, Shot::Full, variation).picture;
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn a_face_is_put_where_the_face_is() {
        let mut figure = figure(
            Size {
                width: 400,
                height: 600,
            },
            Shot::Upper,
            0,
        );
        put_face(
            &mut figure,
            &RgbaImage::from_pixel(50, 50, image::Rgba([0, 0, 255, 255])),
        );
        let (x, y) = figure.face_middle;
        assert_eq!(
            figure
                .picture
                .get_pixel(crate::picture::pixels(x), crate::picture::pixels(y))
                .0,
            [0, 0, 255, 255]
        );
        assert_ne!(figure.picture.get_pixel(5, 5).0, [0, 0, 255, 255]);
    }
}
