//! What each model's output shows.

use fashn::error::RuntimeError;
use image::RgbaImage;

use super::figure::{Shot, figure, oval, put_face};
use super::scale::{blurred, contain, cover, to};
use super::{Size, channel, cutout, pixels, rows, rows_mut, text, tryon};
use crate::order::{Order, Work};
use crate::studio::{Pictures, pipeline_error};

/// Beyond 4 megapixels nothing new is to be seen: a larger output is scaled up from there.
const MAX_DRAWN: u64 = 4_400_000;

/// Draws one output. `variation` is 0 to 3.
///
/// # Errors
/// `PipelineError` when the order and its pictures disagree.
pub fn draw(
    order: &Order,
    pictures: &Pictures,
    size: Size,
    variation: u32,
) -> Result<RgbaImage, RuntimeError> {
    let drawn = drawn_size(size);
    let mut picture = match order.work {
        Work::TryOn(covers) => {
            let (person, garment) = (
                pictures.required("model_image")?,
                pictures.required("garment_image")?,
            );
            tryon::tryon(person, garment, covers, drawn, variation)
        }
        Work::TryOnMax => {
            let (person, product) = (
                pictures.required("model_image")?,
                pictures.required("product_image")?,
            );
            tryon::with_product(person, product, drawn, variation)
        }
        Work::ProductToModel => product_to_model(pictures, drawn, variation)?,
        Work::FaceToModel => {
            let mut figure = figure(drawn, Shot::Upper, variation);
            put_face(&mut figure, pictures.required("face_image")?);
            figure.picture
        }
        Work::ModelCreate => model_create(pictures, drawn, variation),
        Work::ModelSwap => {
            let mut picture = tryon::fill(pictures.required("model_image")?, drawn);
            grade(&mut picture, None, variation);
            if let Some(face) = pictures.of("face_reference") {
                inset(&mut picture, face);
            }
            picture
        }
        Work::Edit => edit(pictures, drawn, variation)?,
        Work::Reframe => {
            let image = pictures.required("image")?;
            // A little is cut off; what lacks more is added around it.
            let likeness = Size::of(image).ratio() / drawn.ratio();
            if (0.8..1.25).contains(&likeness) {
                cover(image, drawn)
            } else {
                contain(image, drawn)
            }
        }
        Work::BackgroundRemove => background_remove(pictures.required("image")?, drawn),
        Work::ImageToVideo(_) => return Err(pipeline_error("a clip is no picture")),
    };
    if order.work != Work::Reframe {
        text::caption(&mut picture, &order.prompt);
    }
    Ok(if drawn == size {
        picture
    } else {
        to(&picture, size)
    })
}

fn drawn_size(size: Size) -> Size {
    let pixels_wanted = u64::from(size.width) * u64::from(size.height);
    let times = if pixels_wanted <= MAX_DRAWN { 1 } else { 2 };
    Size {
        width: size.width / times,
        height: size.height / times,
    }
}

fn product_to_model(
    pictures: &Pictures,
    size: Size,
    variation: u32,
) -> Result<RgbaImage, RuntimeError> {
    let product = pictures.required("product_image")?;
    if let Some(person) = pictures.of("model_image") {
        return Ok(tryon::with_product(person, product, size, variation));
    }
    let mut figure = figure(size, Shot::Full, variation);
    if let Some(scene) = pictures
        .of("background_reference")
        .or_else(|| pictures.of("image_prompt"))
    {
        stand_before(&mut figure.picture, scene);
    }
    if let Some(face) = pictures.of("face_reference") {
        put_face(&mut figure, face);
    }
    tryon::dress(&mut figure.picture, product, figure.body, variation);
    Ok(figure.picture)
}

fn model_create(pictures: &Pictures, size: Size, variation: u32) -> RgbaImage {
    let mut figure = figure(size, Shot::Full, variation);
    if let Some(scene) = pictures.of("image_reference") {
        stand_before(&mut figure.picture, scene);
    }
    if let Some(face) = pictures.of("face_reference") {
        put_face(&mut figure, face);
    }
    figure.picture
}

/// Puts another scene, out of focus, behind the figure.
fn stand_before(picture: &mut RgbaImage, scene: &RgbaImage) {
    let mut alone = picture.clone();
    let mut behind = blurred(&cover(scene, Size::of(picture)), 10);
    cutout::cut_out_within(&mut alone, 44.0);
    image::imageops::overlay(&mut behind, &alone, 0, 0);
    *picture = behind;
}

fn edit(pictures: &Pictures, size: Size, variation: u32) -> Result<RgbaImage, RuntimeError> {
    let image = pictures.required("image")?;
    let mut picture = tryon::fill(image, size);
    let mask = pictures.of("mask").map(|mask| tryon::fill(mask, size));
    grade(&mut picture, mask.as_ref(), variation);
    if let Some(context) = pictures.of("image_context") {
        inset(&mut picture, context);
    }
    Ok(picture)
}

/// Factors on red, green and blue: what an edit looks like here.
const GRADES: [[f32; 3]; 4] = [
    [1.1, 1.0, 0.86],
    [0.88, 1.0, 1.12],
    [1.08, 0.93, 1.04],
    [0.92, 1.06, 0.92],
];

/// Tints a picture, where the mask is white if there is one.
fn grade(picture: &mut RgbaImage, mask: Option<&RgbaImage>, variation: u32) {
    let factors = GRADES
        .get(variation as usize % GRADES.len())
        .copied()
        .unwrap_or([1.0; 3]);
    let white = [255_u8; 4];
    let mut masked: Box<dyn Iterator<Item = &[u8; 4]>> = match mask {
        Some(mask) => Box::new(rows(mask).flatten()),
        None => Box::new(std::iter::repeat(&white)),
    };
    for row in rows_mut(picture) {
        for ([red, green, blue, _], [mask, ..]) in row.iter_mut().zip(&mut masked) {
            let strength = f32::from(*mask) / 255.0;
            for (value, factor) in [red, green, blue].into_iter().zip(factors) {
                *value = channel(f32::from(*value) * (1.0 + (factor - 1.0) * strength));
            }
        }
    }
}

/// A reference, as an oval in the lower right corner.
fn inset(picture: &mut RgbaImage, reference: &RgbaImage) {
    let reach = f64::from(picture.width().min(picture.height())) * 0.24;
    let shown = Size {
        width: pixels(reach),
        height: pixels(reach * 1.2),
    };
    let margin = pixels(reach * 0.15);
    let left = i64::from(picture.width()) - i64::from(shown.width + margin);
    let top = i64::from(picture.height()) - i64::from(shown.height + margin);
    image::imageops::overlay(picture, &oval(reference, shown), left, top);
}

fn background_remove(image: &RgbaImage, size: Size) -> RgbaImage {
    let mut picture = to(image, size);
    // An even background first, then one that changes slowly; the middle, if there is neither.
    if !cutout::cut_out(&mut picture) && !cutout::cut_out_drifting(&mut picture) {
        cutout::fade_out(&mut picture);
    }
    picture
}
