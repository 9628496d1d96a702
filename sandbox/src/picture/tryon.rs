//! A garment laid on a photograph: scaled to the body, shaded by the light that falls there, with a soft shadow.

use image::RgbaImage;

use super::body::{self, Body};
use super::scale::{Part, blurred, contain, cover, part_to, to};
use super::{Size, channel, cutout, pixels, rows, rows_mut, scale};
use crate::order::Covers;

/// Garments are worked on at no more than that many pixels across or down.
const WORKING: u32 = 1200;

/// Lays a garment on a person, filling `size`.
#[must_use]
pub fn tryon(
    person: &RgbaImage,
    garment: &RgbaImage,
    covers: Covers,
    size: Size,
    sample: u32,
) -> RgbaImage {
    let (mut canvas, body) = portrait(person, size);
    let mut garment = prepared(garment);
    if covers != Covers::Bottom {
        open_neckline(&mut garment);
    }
    put_on(&mut canvas, &garment, covers, body, sample);
    canvas
}

/// The photograph in the output's size, and where the body is in it.
fn portrait(photo: &RgbaImage, size: Size) -> (RgbaImage, Body) {
    let likeness = Size::of(photo).ratio() / size.ratio();
    let Some(body) = body::find(photo) else {
        return (fill(photo, size), Body::usual(size));
    };
    // (1) As much of the photograph as has the right shape, with the body in the middle.
    let mut window = Part::of_ratio(photo, size.ratio(), 0.0, 0.0);
    if likeness < 0.6 {
        window = Part {
            width: f64::from(photo.width()),
            height: f64::from(photo.width()) / size.ratio(),
            ..window
        };
    }
    // (2) More, beyond its border, if a garment would have no room: a close-up of a face.
    let needed = body.collar + body.torso() * 1.1;
    if needed > window.height {
        window.height = needed
            .min(f64::from(photo.height()) * 1.5)
            .max(window.height);
        window.width = window.height * size.ratio();
    }
    let room = f64::from(photo.width()) - window.width;
    let middle = body.centre - window.width / 2.0;
    window.left = if room > 0.0 {
        middle.clamp(0.0, room)
    } else {
        middle.clamp(room, 0.0)
    };
    let below = (f64::from(photo.height()) - window.height).max(0.0);
    window.top = (body.collar - window.height * 0.35).clamp(0.0, below);

    let times = f64::from(size.width) / window.width;
    let placed = Body {
        centre: (body.centre - window.left) * times,
        collar: (body.collar - window.top) * times,
        across: body.across * times,
    };
    (scale::window_to(photo, window, size), placed)
}

/// Lays any product on a body that is in the picture.
pub fn dress(canvas: &mut RgbaImage, product: &RgbaImage, body: Body, sample: u32) {
    put_on(canvas, &prepared(product), Covers::Unknown, body, sample);
}

fn put_on(canvas: &mut RgbaImage, garment: &RgbaImage, covers: Covers, body: Body, sample: u32) {
    let place = place(Size::of(garment), covers, body, sample);
    let fitted = to(garment, place.size);
    shadow(
        canvas,
        &fitted,
        place.left,
        place.top + i64::from(place.size.height) / 90,
    );
    lay(canvas, &fitted, place.left, place.top);
}

/// A photograph with any product on the person in it.
#[must_use]
pub fn with_product(person: &RgbaImage, product: &RgbaImage, size: Size, sample: u32) -> RgbaImage {
    let (mut canvas, body) = portrait(person, size);
    dress(&mut canvas, product, body, sample);
    canvas
}

/// A garment that lies flat shows the inside of its back at the neck; whoever wears it shows their neck there.
fn open_neckline(garment: &mut RgbaImage) {
    let (width, middle) = (f64::from(garment.width()), f64::from(garment.width()) / 2.0);
    for (row, y) in rows_mut(garment).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let reach =
                ((f64::from(x) - middle) / (width * 0.125)).hypot(f64::from(y) / (width * 0.125));
            if reach < 1.0 {
                #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
                let opacity = (1.0 - (1.0 - reach) / 0.14).clamp(0.0, 1.0) as f32;
                pixel[3] = channel(f32::from(pixel[3]) * opacity);
            }
        }
    }
}

/// The photograph in the output's size: cut a little if its shape is near, whole on a blurred copy if not.
#[must_use]
pub fn fill(photo: &RgbaImage, size: Size) -> RgbaImage {
    let likeness = Size::of(photo).ratio() / size.ratio();
    if (0.72..1.4).contains(&likeness) {
        cover(photo, size)
    } else {
        contain(photo, size)
    }
}

/// The garment alone, as closely cut as can be.
fn prepared(garment: &RgbaImage) -> RgbaImage {
    let largest = garment.width().max(garment.height());
    let mut small = if largest > WORKING {
        let scale = f64::from(WORKING) / f64::from(largest);
        to(
            garment,
            Size {
                width: pixels(f64::from(garment.width()) * scale),
                height: pixels(f64::from(garment.height()) * scale),
            },
        )
    } else {
        garment.clone()
    };
    if !cutout::cut_out(&mut small) {
        return worn(&small);
    }
    match cutout::seen(&small) {
        Some((left, top, width, height)) => {
            image::imageops::crop_imm(&small, left, top, width, height).to_image()
        }
        None => small,
    }
}

/// A garment that someone wears in its photograph: the middle of it, fading out to all sides.
fn worn(photo: &RgbaImage) -> RgbaImage {
    let whole = Part::whole(photo);
    let part = Part {
        left: whole.width * 0.18,
        top: whole.height * 0.2,
        width: whole.width * 0.64,
        height: whole.height * 0.5,
    };
    let size = Size {
        width: pixels(part.width),
        height: pixels(part.height),
    };
    let mut middle = part_to(photo, part, size);
    for (row, y) in rows_mut(&mut middle).zip(0_u32..) {
        for (pixel, x) in row.iter_mut().zip(0_u32..) {
            let across = (f64::from(x) / f64::from(size.width) - 0.5).abs() * 2.0;
            let down = (f64::from(y) / f64::from(size.height) - 0.5).abs() * 2.0;
            let reach = (across.powi(4) + down.powi(4)).powf(0.25);
            #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
            let opacity = ((1.0 - reach) / 0.18).clamp(0.0, 1.0) as f32;
            pixel[3] = channel(255.0 * opacity);
        }
    }
    middle
}

/// Where a garment goes.
struct Place {
    left: i64,
    top: i64,
    size: Size,
}

fn place(garment: Size, covers: Covers, body: Body, sample: u32) -> Place {
    let covers = match covers {
        Covers::Unknown if garment.ratio() < 0.62 => Covers::Whole,
        Covers::Unknown => Covers::Top,
        known => known,
    };
    // How wide and tall it may be, and how far its top is below the collar.
    let (across, down, below) = match covers {
        Covers::Top | Covers::Unknown => {
            (body.across * 1.06, body.torso() * 1.15, body.across * -0.02)
        }
        Covers::Bottom => (body.across * 0.72, body.torso() * 1.9, body.torso() * 0.86),
        Covers::Whole => (body.across * 1.04, body.torso() * 2.3, body.across * -0.02),
    };
    let scale = (across / f64::from(garment.width)).min(down / f64::from(garment.height));
    let size = Size {
        width: pixels(f64::from(garment.width) * scale),
        height: pixels(f64::from(garment.height) * scale),
    };
    let lean = f64::from(sample % 4) * 0.014 * body.across;
    #[expect(clippy::cast_possible_truncation, reason = "near the canvas")]
    let (left, top) = (
        (body.centre - f64::from(size.width) / 2.0 + lean) as i64,
        (body.collar + below) as i64,
    );
    Place { left, top, size }
}

/// Darkens the photograph softly beneath the garment's outline.
fn shadow(canvas: &mut RgbaImage, garment: &RgbaImage, left: i64, top: i64) {
    let mut dark = garment.clone();
    for row in rows_mut(&mut dark) {
        for [red, green, blue, alpha] in row {
            (*red, *green, *blue) = (12, 10, 14);
            *alpha = u8::try_from(u16::from(*alpha) * 2 / 5).unwrap_or(0);
        }
    }
    // Room for the blur to run out.
    let margin = (garment.width() / 14).max(2);
    let mut wide = RgbaImage::new(garment.width() + 2 * margin, garment.height() + 2 * margin);
    image::imageops::replace(&mut wide, &dark, i64::from(margin), i64::from(margin));
    let soft = blurred(&wide, (margin / 2).max(2));
    image::imageops::overlay(
        canvas,
        &soft,
        left - i64::from(margin),
        top - i64::from(margin),
    );
}

/// Lays the garment on, a little lighter and darker where the photograph is, so that it takes its light.
fn lay(canvas: &mut RgbaImage, garment: &RgbaImage, left: i64, top: i64) {
    let size = Size::of(garment);
    let inside = image::imageops::crop_imm(
        canvas,
        u32::try_from(left.max(0)).unwrap_or(0),
        u32::try_from(top.max(0)).unwrap_or(0),
        size.width.min(canvas.width()),
        size.height.min(canvas.height()),
    )
    .to_image();
    let light = blurred(&to(&inside, size), (size.width / 8).max(2));
    let mean = mean_light(&light);
    let mut lit = garment.clone();
    for (row, light) in rows_mut(&mut lit).zip(rows(&light)) {
        for ([red, green, blue, _], light) in row.iter_mut().zip(light) {
            let factor = (1.0 + (brightness(*light) / mean - 1.0) * 0.18).clamp(0.85, 1.12);
            for value in [red, green, blue] {
                *value = channel(f32::from(*value) * factor);
            }
        }
    }
    image::imageops::overlay(canvas, &lit, left, top);
}

fn brightness([red, green, blue, _]: [u8; 4]) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

fn mean_light(picture: &RgbaImage) -> f32 {
    let pixels = picture.as_raw().as_chunks::<4>().0;
    let sum: f32 = pixels
        .iter()
        .step_by(97)
        .map(|pixel| brightness(*pixel))
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand pixels")]
    let count = pixels.len().div_ceil(97).max(1) as f32;
    (sum / count).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    const SIZE: Size = Size {
        width: 216,
        height: 324,
    };

    fn person() -> RgbaImage {
        RgbaImage::from_pixel(250, 375, Rgba([180, 150, 130, 255]))
    }

    fn red_shirt() -> RgbaImage {
        RgbaImage::from_fn(200, 200, |x, y| {
            Rgba(if (40..160).contains(&x) && (40..175).contains(&y) {
                [200, 20, 30, 255]
            } else {
                [255, 255, 255, 255]
            })
        })
    }

    fn is_red(pixel: Rgba<u8>) -> bool {
        pixel.0[0] > 150 && pixel.0[1] < 60
    }

    #[test]
    fn the_garment_is_on_the_person_and_its_background_is_not() {
        let made = tryon(&person(), &red_shirt(), Covers::Top, SIZE, 0);
        assert_eq!(made.dimensions(), (216, 324));
        assert!(is_red(*made.get_pixel(108, 125)));
        assert!(!is_red(*made.get_pixel(108, 25)), "the head is free");
        assert!(!is_red(*made.get_pixel(108, 300)), "the legs are free");
        assert!(made.pixels().all(|pixel| pixel.0[3] > 250));
        assert!(
            made.pixels().all(|pixel| pixel.0[..3] != [255, 255, 255]),
            "no white box"
        );
    }

    #[test]
    fn trousers_go_below_shirts() {
        let top = tryon(&person(), &red_shirt(), Covers::Top, SIZE, 0);
        let bottom = tryon(&person(), &red_shirt(), Covers::Bottom, SIZE, 0);
        let middle = |picture: &RgbaImage| {
            let red: Vec<u32> = picture
                .enumerate_pixels()
                .filter(|(_, _, pixel)| is_red(**pixel))
                .map(|(_, y, _)| y)
                .collect();
            red.iter().sum::<u32>() / u32::try_from(red.len()).unwrap()
        };
        assert!(middle(&bottom) > middle(&top) + 50);
    }

    #[test]
    fn photographs_of_any_shape_fill_the_size() {
        for (width, height) in [(750, 125), (75, 500), (20, 20), (216, 324)] {
            let person = RgbaImage::from_pixel(width, height, Rgba([90, 90, 90, 255]));
            let made = tryon(&person, &red_shirt(), Covers::Unknown, SIZE, 3);
            assert_eq!(made.dimensions(), (216, 324));
            assert!(made.pixels().all(|pixel| pixel.0[3] > 250));
        }
    }

    #[test]
    fn a_garment_that_someone_wears_is_taken_from_the_middle() {
        let worn = RgbaImage::from_fn(400, 600, |x, y| {
            let inside = (100..300).contains(&x) && (150..400).contains(&y);
            Rgba(if inside {
                [200, 20, 30, 255]
            } else {
                [x.to_le_bytes()[0], y.to_le_bytes()[0], 90, 255]
            })
        });
        assert!(is_red(
            *tryon(&person(), &worn, Covers::Top, SIZE, 0).get_pixel(108, 125)
        ));
    }
}
