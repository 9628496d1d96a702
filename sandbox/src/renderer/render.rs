//! Which output each model gets.

use fashn::choice::Choice as _;
use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::{Model, Size};
use image::RgbaImage;

use super::clips::clip;
use super::codec::{decode, encode};
use super::cut_out::cut_out;
use super::label::mark;
use super::placeholder::placeholder;
use super::scale::{enlarge, resize};
use super::try_on::try_on;
use crate::job::{Format, Job};

/// A picture of a job: its input's name and its bytes.
pub type LoadedPicture = (String, Vec<u8>);

/// A larger output (4k) is drawn in half its size, which saves CPU.
const DRAWN_PIXELS_MAX: u64 = 4_400_000;

struct Pictures(Vec<(String, RgbaImage)>);

impl Pictures {
    fn decode(loaded: &[LoadedPicture]) -> Result<Self, RuntimeError> {
        let decoded = loaded.iter().map(|(field, bytes)| {
            let picture =
                decode(bytes).map_err(|error| image_load_error(field, &error.to_string()))?;
            Ok((field.clone(), picture))
        });
        decoded.collect::<Result<_, _>>().map(Self)
    }

    fn get(&self, field: &str) -> Option<&RgbaImage> {
        let found = self.0.iter().find(|(known, _)| known == field);
        found.map(|(_, picture)| picture)
    }

    fn size(&self, field: &str) -> Option<Size> {
        let (width, height) = self.get(field)?.dimensions();
        Some(Size::new(width, height))
    }
}

/// Renders every output of a job.
///
/// # Errors
/// The runtime error that FASHN would report.
pub fn render(job: &Job, loaded: &[LoadedPicture]) -> Result<Vec<Vec<u8>>, RuntimeError> {
    let pictures = Pictures::decode(loaded)?;
    let size = job
        .size
        .size(|field| pictures.size(field))
        .ok_or_else(|| pipeline_error("The output's size is unknown"))?;
    check(job, &pictures, size)?;
    if let Format::Mp4 { seconds } = job.format {
        let clip = clip(size.width.min(size.height), seconds);
        let clip = clip.ok_or_else(|| pipeline_error("There is no clip of that length"))?;
        return Ok(vec![clip.to_vec()]);
    }
    let is_large = size.pixels() > DRAWN_PIXELS_MAX;
    let drawn = if is_large { halved(size) } else { size };
    (1..=job.outputs)
        .map(|number| {
            let mut picture = enlarge(draw(job, &pictures, drawn), size);
            mark(&mut picture, &format!("SANDBOX {number}/{} seed {}", job.outputs, job.seed));
            encode(picture, job.format).map_err(|message| pipeline_error(&message))
        })
        .collect()
}

fn draw(job: &Job, pictures: &Pictures, size: Size) -> RgbaImage {
    let garment = pictures.get("garment_image").or_else(|| pictures.get("product_image"));
    match (pictures.get("model_image"), garment, pictures.get("image")) {
        (Some(person), Some(garment), _) => try_on(person, garment, size),
        (_, _, Some(image)) if job.format == Format::PngCutout => {
            let mut picture = resize(image, size);
            cut_out(&mut picture);
            picture
        }
        _ => placeholder(job.model.name(), &job.prompt, &pictures.0, size),
    }
}

/// What only the pictures themselves can show to be wrong.
fn check(job: &Job, pictures: &Pictures, size: Size) -> Result<(), RuntimeError> {
    let invalid = |message: &str| {
        Err(RuntimeError {
            name: RuntimeErrorName::InputValidationError,
            message: message.to_owned(),
        })
    };
    let image = pictures.size("image");
    // Half a percent: a pixel more or less makes no other ratio.
    let has_ratio = image.is_some_and(|image| (ratio(image) / ratio(size) - 1.0).abs() < 0.005);
    let mask = pictures.size("mask");
    if job.model == Model::Reframe && has_ratio {
        return invalid("Image already matches target aspect ratio");
    }
    if mask.is_some() && mask != image {
        return invalid("The mask must have the same dimensions as the source image");
    }
    Ok(())
}

fn halved(size: Size) -> Size {
    Size::new((size.width / 2).max(1), (size.height / 2).max(1))
}

fn ratio(size: Size) -> f64 {
    f64::from(size.width) / f64::from(size.height.max(1))
}

/// "Error loading model image: …", as FASHN's pages have it.
pub fn image_load_error(field: &str, reason: &str) -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::ImageLoadError,
        message: format!("Error loading {}: {reason}", field.replace('_', " ")),
    }
}

fn pipeline_error(message: &str) -> RuntimeError {
    RuntimeError { name: RuntimeErrorName::PipelineError, message: message.to_owned() }
}

/// The output of the documentation's example prediction, so that its address leads somewhere.
///
/// # Errors
/// The encoder's sentence.
pub fn example() -> Result<Vec<u8>, String> {
    let size = Size::new(864, 1296);
    let name = Model::TryonV16.name();
    let mut picture = placeholder(name, "The example of FASHN's documentation", &[], size);
    mark(&mut picture, "SANDBOX");
    encode(picture, Format::Png)
}
