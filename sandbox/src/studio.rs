//! The studio: a run's order and its loaded pictures become outputs.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Size as FashnSize;

use crate::order::{Format, Order, Work};
use crate::picture::read::{Unreadable, read};
use crate::picture::{RgbaImage, Size, draw, figure, scale, text, write};
use crate::video;

/// The bytes of the pictures of an order, in its order of fields.
pub type Loaded = Vec<(String, Vec<u8>)>;

/// The pictures of an order, read.
#[derive(Debug, Default)]
pub struct Pictures(Vec<(String, RgbaImage)>);

impl Pictures {
    fn read(loaded: &Loaded) -> Result<Self, RuntimeError> {
        let mut pictures = Vec::new();
        for (field, bytes) in loaded {
            let picture = read(bytes)
                .map_err(|error: Unreadable| image_load_error(field, &error.to_string()))?;
            pictures.push((field.clone(), picture));
        }
        Ok(Self(pictures))
    }

    /// The picture of an input, if it was given.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&RgbaImage> {
        self.0
            .iter()
            .find(|(known, _)| known == field)
            .map(|(_, picture)| picture)
    }

    /// The picture of an input that must be there.
    ///
    /// # Errors
    /// It isn't: an order and its pictures disagree.
    pub fn required(&self, field: &str) -> Result<&RgbaImage, RuntimeError> {
        self.of(field)
            .ok_or_else(|| pipeline_error(&format!("the picture of {field} is missing")))
    }
}

/// Makes every output of an order.
///
/// # Errors
/// The runtime error that FASHN would tell.
pub fn make(order: &Order, loaded: &Loaded) -> Result<Vec<Vec<u8>>, RuntimeError> {
    let pictures = Pictures::read(loaded)?;
    let size_of = |field: &str| {
        pictures
            .of(field)
            .map(|picture| FashnSize::new(picture.width(), picture.height()))
    };
    let size = order
        .size
        .size(size_of)
        .ok_or_else(|| pipeline_error("the size can't be told"))?;
    let size = Size {
        width: size.width,
        height: size.height,
    };
    check(order, &pictures, size)?;
    if let Work::ImageToVideo(seconds) = order.work {
        return Ok(vec![clip(order, &pictures, size, seconds)?]);
    }
    (0..order.outputs)
        .map(|number| {
            // What a seed changes: which of a few variations comes first.
            let variation = (order.seed.wrapping_sub(42) % 4).wrapping_add(number) % 4;
            let mut picture = draw::draw(order, &pictures, size, variation)?;
            text::mark(&mut picture);
            write::write(&picture, order.format).map_err(|message| pipeline_error(&message))
        })
        .collect()
}

/// A slow zoom into the picture, or a cross-fade to the end's.
fn clip(
    order: &Order,
    pictures: &Pictures,
    size: Size,
    seconds: u32,
) -> Result<Vec<u8>, RuntimeError> {
    let marked = |picture: &RgbaImage| {
        let mut picture = scale::cover(picture, size);
        text::caption(&mut picture, &order.prompt);
        text::mark(&mut picture);
        picture
    };
    let first = marked(pictures.required("image")?);
    Ok(match pictures.of("end_image") {
        Some(end) => video::crossfade(&first, &marked(end), seconds),
        None => video::zoom(&first, seconds),
    })
}

/// What only the pictures themselves can tell to be wrong.
fn check(order: &Order, pictures: &Pictures, size: Size) -> Result<(), RuntimeError> {
    let invalid = |message: &str| {
        Err(RuntimeError {
            name: RuntimeErrorName::InputValidationError,
            message: message.to_owned(),
        })
    };
    match order.work {
        Work::Reframe => {
            let has = Size::of(pictures.required("image")?).ratio();
            // Half a percent: no pixel more or less makes another ratio.
            if (has / size.ratio() - 1.0).abs() < 0.005 {
                return invalid("Image already matches target aspect ratio");
            }
        }
        Work::Edit => {
            let image = Size::of(pictures.required("image")?);
            if pictures
                .of("mask")
                .is_some_and(|mask| Size::of(mask) != image)
            {
                return invalid("The mask must have the same dimensions as the source image");
            }
        }
        Work::TryOn(_)
        | Work::TryOnMax
        | Work::ProductToModel
        | Work::FaceToModel
        | Work::ModelCreate
        | Work::ModelSwap
        | Work::BackgroundRemove
        | Work::ImageToVideo(_) => {}
    }
    Ok(())
}

/// "Error loading model image: …", as FASHN's pages have it.
#[must_use]
pub fn image_load_error(field: &str, why: &str) -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::ImageLoadError,
        message: format!("Error loading {}: {why}", field.replace('_', " ")),
    }
}

/// An unexpected failure.
#[must_use]
pub fn pipeline_error(message: &str) -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::PipelineError,
        message: message.to_owned(),
    }
}

/// The output of the documentation's example prediction: a figure, so that its address leads somewhere.
///
/// # Errors
/// The encoder's sentence.
pub fn example() -> Result<Vec<u8>, String> {
    let size = Size {
        width: 864,
        height: 1296,
    };
    let mut picture = figure::figure(size, figure::Shot::Full, 0).picture;
    text::caption(&mut picture, "The example of FASHN's documentation");
    text::mark(&mut picture);
    write::write(&picture, Format::Png)
}
