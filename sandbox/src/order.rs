//! A valid request, as the studio needs it: which pictures to load, what to make of them, how long that takes.

use fashn::choice::Choice as _;
use fashn::image::Image;
use fashn::models::{Credits, Inputs, OutputFormat, TryonV16};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::hex;

/// What has to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// `model_name`.
    pub model: String,
    /// The pictures to load.
    pub pictures: Vec<Picture>,
    /// What to make of them.
    pub work: Work,
    /// What the prompt says; empty without one.
    pub prompt: String,
    /// The seed: another one gives another picture.
    pub seed: u32,
    /// How many.
    pub outputs: u32,
    /// In which format.
    pub format: Format,
    /// In the status answer rather than on the CDN.
    pub base64: bool,
    /// Told as `{"images": […]}` rather than as a list.
    pub in_images: bool,
    /// What it costs if it completes.
    pub credits: Credits,
    /// The documented processing time, shortest and longest.
    pub takes_ms: (u64, u64),
    /// SHA-256 of the model's name and its inputs, in one fixed order: equal requests have equal hashes.
    pub inputs_sha256: String,
}

/// A picture to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The input it came in: `model_image`.
    pub field: String,
    /// Where it is.
    pub source: Source,
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// At an address.
    Url(String),
    /// It came with the request and lies in storage until the run is over.
    Inline,
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// The garment on the person.
    TryOn {
        /// Which part of the body it covers.
        covers: Covers,
    },
}

/// The part of the body that a garment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// Told by the picture's shape.
    Unknown,
    /// The upper body.
    Top,
    /// The lower body.
    Bottom,
    /// Both.
    Whole,
}

/// A file format of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
}

impl Format {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The file name's ending.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }

    /// Of the request's choice, or FASHN's default for the model.
    fn chosen(format: Option<OutputFormat>, default: Self) -> Self {
        match format {
            Some(OutputFormat::Png) => Self::Png,
            Some(OutputFormat::Jpeg) => Self::Jpeg,
            None => default,
        }
    }
}

/// FASHN's default seed.
const SEED: u32 = 42;

impl Order {
    /// The order of valid inputs, and the bytes of the pictures that came with them by field.
    #[must_use]
    pub fn of(inputs: &Inputs<'_>) -> (Self, Vec<(String, Vec<u8>)>) {
        let mut shelf = Shelf::default();
        let mut order = match inputs {
            Inputs::TryonV16(inputs) => tryon_v1_6(inputs, &mut shelf),
        };
        inputs.model().name().clone_into(&mut order.model);
        order.credits = inputs.credits();
        order.inputs_sha256 = sha256(inputs);
        order.pictures = shelf.pictures;
        (order, shelf.inline)
    }
}

/// The pictures of a request while its inputs are gone through.
#[derive(Default)]
struct Shelf {
    pictures: Vec<Picture>,
    inline: Vec<(String, Vec<u8>)>,
}

impl Shelf {
    fn put(&mut self, field: &str, image: &Image<'_>) {
        let source = match image {
            Image::Url(url) => Source::Url(url.clone().into_owned()),
            Image::Data(data) => {
                self.inline.push((field.to_owned(), data.decode()));
                Source::Inline
            }
        };
        self.pictures.push(Picture {
            field: field.to_owned(),
            source,
        });
    }
}

fn sha256(inputs: &Inputs<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(inputs.model().name());
    // The types serialize their fields in the order of FASHN's page, whatever order the request had.
    hash.update(serde_json::to_vec(inputs).unwrap_or_default());
    hex(&hash.finalize())
}

fn tryon_v1_6(inputs: &TryonV16<'_>, shelf: &mut Shelf) -> Order {
    use fashn::models::{Category, Mode};
    shelf.put("model_image", &inputs.model_image);
    shelf.put("garment_image", &inputs.garment_image);
    let covers = match inputs.category.unwrap_or(Category::Auto) {
        Category::Auto => Covers::Unknown,
        Category::Tops => Covers::Top,
        Category::Bottoms => Covers::Bottom,
        Category::OnePieces => Covers::Whole,
    };
    let takes_ms = match inputs.mode.unwrap_or(Mode::Balanced) {
        Mode::Performance => (5_000, 5_000),
        Mode::Balanced => (8_000, 8_000),
        Mode::Quality => (12_000, 17_000),
    };
    Order {
        model: String::new(),
        pictures: Vec::new(),
        work: Work::TryOn { covers },
        prompt: String::new(),
        seed: inputs.seed.unwrap_or(SEED),
        outputs: inputs.num_samples.unwrap_or(1),
        format: Format::chosen(inputs.output_format, Format::Png),
        base64: inputs.return_base64.unwrap_or(false),
        in_images: false,
        credits: Credits(0),
        takes_ms,
        inputs_sha256: String::new(),
    }
}
