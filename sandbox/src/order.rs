//! A valid request, as the studio needs it: which pictures to load, what to make of them, how long that takes.

use fashn::choice::Choice as _;
use fashn::image::Image;
use fashn::models::{
    Category, Credits, DEFAULT_SEED, Duration, Frame, Inputs, Media, OutputShape, Resolution, Size,
};
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
    /// How large.
    pub size: SizeRule,
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

/// The bytes of pictures that came with a request, by field.
pub type InlinePictures = Vec<(String, Vec<u8>)>;

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
    /// `tryon-v1.6`: the garment on the person.
    TryOn(Covers),
    /// `tryon-max`: the product on the person.
    TryOnMax,
    /// `product-to-model`: the product on a figure, or on a person that was given.
    ProductToModel,
    /// `face-to-model`: the face on a figure.
    FaceToModel,
    /// `model-create`: a figure.
    ModelCreate,
    /// `model-swap`: the picture, changed a little.
    ModelSwap,
    /// `edit`: the picture, changed a little, where the mask is white if there is one.
    Edit,
    /// `reframe`: the picture in another shape.
    Reframe,
    /// `background-remove`: the thing alone.
    BackgroundRemove,
    /// `image-to-video`: a clip of so many seconds.
    ImageToVideo(u32),
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
    /// `video/mp4`
    Mp4,
}

impl Format {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Mp4];

    fn of(media: Media) -> Self {
        match media {
            Media::Png | Media::PngCutout => Self::Png,
            Media::Jpeg => Self::Jpeg,
            Media::Mp4 { .. } => Self::Mp4,
        }
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.media().media_type()
    }

    /// The file name's ending.
    #[must_use]
    pub fn ending(self) -> &'static str {
        self.media().extension()
    }

    fn media(self) -> Media {
        match self {
            Self::Png => Media::Png,
            Self::Jpeg => Media::Jpeg,
            Self::Mp4 => Media::Mp4 {
                duration_seconds: 0,
            },
        }
    }
}

/// What an output's size follows from: [`Frame`], to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeRule {
    /// This width and height.
    Exactly(u32, u32),
    /// The ratio of that input's picture, at `1k`, `2k` or `4k`.
    RatioOf(String, String),
    /// The size of that input's picture, with at most so many pixels.
    SizeOf(String, u32),
    /// The ratio of that input's picture, its shorter side so long.
    ShortSide(String, u32),
}

impl SizeRule {
    fn of(frame: Frame) -> Self {
        match frame {
            Frame::Exactly(Size { width, height }) => Self::Exactly(width, height),
            Frame::RatioOf { field, resolution } => {
                Self::RatioOf(field.to_owned(), resolution.name().to_owned())
            }
            Frame::SizeOf { field, max_pixels } => Self::SizeOf(field.to_owned(), max_pixels),
            Frame::ShortSide { field, pixels } => Self::ShortSide(field.to_owned(), pixels),
        }
    }

    /// The outputs' size; `size_of` tells that of an input's picture.
    pub fn size(&self, size_of: impl Fn(&str) -> Option<Size>) -> Option<Size> {
        // Only the picture's size counts from here on, not the field it came in.
        let (field, frame) = match self {
            Self::Exactly(width, height) => return Some(Size::new(*width, *height)),
            Self::RatioOf(field, resolution) => (
                field,
                Frame::RatioOf {
                    field: "",
                    resolution: Resolution::named(resolution)?,
                },
            ),
            Self::SizeOf(field, max_pixels) => (
                field,
                Frame::SizeOf {
                    field: "",
                    max_pixels: *max_pixels,
                },
            ),
            Self::ShortSide(field, pixels) => (
                field,
                Frame::ShortSide {
                    field: "",
                    pixels: *pixels,
                },
            ),
        };
        size_of(field).map(|picture| frame.size(picture))
    }
}

impl Order {
    /// The order of valid inputs, and the bytes of the pictures that came with them by field.
    #[must_use]
    pub fn of(inputs: &mut Inputs<'_>) -> (Self, InlinePictures) {
        let seed = inputs
            .knobs()
            .seed
            .map_or(DEFAULT_SEED, |seed| seed.effective());
        let output = inputs.output();
        let seconds = inputs.expected_seconds();
        let (work, prompt) = work(inputs);
        let mut inline = Vec::new();
        let mut pictures = Vec::new();
        for picture in inputs.pictures() {
            let source = match picture.image {
                Image::Url(url) => Source::Url(url.clone().into_owned()),
                Image::Data(data) => {
                    inline.push((picture.field.to_owned(), data.decode()));
                    Source::Inline
                }
            };
            pictures.push(Picture {
                field: picture.field.to_owned(),
                source,
            });
        }
        let order = Self {
            model: inputs.model().name().to_owned(),
            pictures,
            work,
            prompt,
            seed,
            outputs: output.count.get(),
            format: Format::of(output.media),
            size: SizeRule::of(output.frame),
            base64: output.base64,
            in_images: output.shape == OutputShape::Images,
            credits: inputs.credits(),
            takes_ms: (
                u64::from(seconds.typical) * 1000,
                u64::from(seconds.longest) * 1000,
            ),
            inputs_sha256: sha256(inputs),
        };
        (order, inline)
    }
}

fn work(inputs: &Inputs<'_>) -> (Work, String) {
    let (work, prompt) = match inputs {
        Inputs::TryonV16(inputs) => {
            let covers = match inputs.category.unwrap_or(Category::Auto) {
                Category::Auto => Covers::Unknown,
                Category::Tops => Covers::Top,
                Category::Bottoms => Covers::Bottom,
                Category::OnePieces => Covers::Whole,
            };
            (Work::TryOn(covers), None)
        }
        Inputs::TryonMax(inputs) => (Work::TryOnMax, inputs.prompt.as_deref()),
        Inputs::ProductToModel(inputs) => (Work::ProductToModel, inputs.prompt.as_deref()),
        Inputs::FaceToModel(inputs) => (Work::FaceToModel, inputs.prompt.as_deref()),
        Inputs::ModelCreate(inputs) => (Work::ModelCreate, Some(&*inputs.prompt)),
        Inputs::ModelSwap(inputs) => (Work::ModelSwap, inputs.prompt.as_deref()),
        Inputs::Reframe(_) => (Work::Reframe, None),
        Inputs::Edit(inputs) => (Work::Edit, Some(&*inputs.prompt)),
        Inputs::BackgroundRemove(_) => (Work::BackgroundRemove, None),
        Inputs::ImageToVideo(inputs) => {
            let duration = inputs.duration.unwrap_or(Duration::Five);
            (
                Work::ImageToVideo(duration.seconds()),
                inputs.prompt.as_deref(),
            )
        }
    };
    (work, prompt.unwrap_or_default().to_owned())
}

fn sha256(inputs: &Inputs<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(inputs.model().name());
    // The types serialize their fields in the order of FASHN's page, whatever order the request had.
    hash.update(serde_json::to_vec(inputs).unwrap_or_default());
    hex(&hash.finalize())
}
