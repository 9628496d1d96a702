//! The studio: a run's order and its loaded pictures become outputs.

use fashn::error::RuntimeError;

use crate::order::{Order, Work};
use crate::picture::read::{Unreadable, read};
use crate::picture::{RgbaImage, Size, text, tryon, write};

/// `tryon-v1.6`'s "Processing Resolution".
const TRYON_SIZE: Size = Size {
    width: 864,
    height: 1296,
};

/// The bytes of the pictures of an order, in its order of fields.
pub type Loaded = Vec<(String, Vec<u8>)>;

/// Makes every output of an order.
///
/// # Errors
/// The runtime error that FASHN would tell.
pub fn make(order: &Order, loaded: &Loaded) -> Result<Vec<Vec<u8>>, RuntimeError> {
    let mut pictures = Vec::new();
    for (field, bytes) in loaded {
        let picture =
            read(bytes).map_err(|error: Unreadable| image_load_error(field, &error.to_string()))?;
        pictures.push((field.as_str(), picture));
    }
    (0..order.outputs)
        .map(|number| {
            let mut picture = draw(order, &pictures, number)?;
            text::mark(&mut picture);
            write::write(&picture, order.format).map_err(|message| pipeline_error(&message))
        })
        .collect()
}

fn draw(
    order: &Order,
    pictures: &[(&str, RgbaImage)],
    number: u32,
) -> Result<RgbaImage, RuntimeError> {
    let of = |wanted: &str| {
        let found = pictures.iter().find(|(field, _)| *field == wanted);
        found
            .map(|(_, picture)| picture)
            .ok_or_else(|| pipeline_error("a picture is missing"))
    };
    // What a seed changes: which of a few variations comes first.
    let variation = (order.seed.wrapping_sub(42) % 4).wrapping_add(number);
    Ok(match &order.work {
        Work::TryOn { covers } => tryon::tryon(
            of("model_image")?,
            of("garment_image")?,
            *covers,
            TRYON_SIZE,
            variation,
        ),
    })
}

/// "Error loading model image: …", as FASHN's pages have it.
#[must_use]
pub fn image_load_error(field: &str, why: &str) -> RuntimeError {
    RuntimeError {
        name: "ImageLoadError".to_owned(),
        message: format!("Error loading {}: {why}", field.replace('_', " ")),
    }
}

fn pipeline_error(message: &str) -> RuntimeError {
    RuntimeError {
        name: "PipelineError".to_owned(),
        message: message.to_owned(),
    }
}
