//! A valid request as the renderer needs it: which pictures to load, what to render, how long FASHN
//! would take.

use fashn::choice::Choice as _;
use fashn::image::Image;
use fashn::models::{
    Credits, DEFAULT_SEED, Frame, Inputs, Media, Model, OutputShape, Resolution, Size,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::hex;

/// What has to be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// `model_name`.
    pub model: Model,
    /// The pictures to load.
    pub pictures: Vec<Picture>,
    /// Empty without one.
    pub prompt: String,
    /// The seed as FASHN would use it.
    pub seed: u32,
    /// The number of outputs.
    pub outputs: u32,
    /// Their file format.
    pub format: Format,
    /// Their size.
    pub size: SizeRule,
    /// Outputs are data URLs in the status answer rather than addresses.
    pub base64: bool,
    /// Outputs are written as `{"images": […]}` rather than as a list.
    pub in_images: bool,
    /// The price of a completed run.
    pub credits: Credits,
    /// The documented processing time, shortest and longest.
    pub takes_ms: (u64, u64),
    /// SHA-256 of the model's name and its inputs in a fixed order: equal requests have equal
    /// hashes.
    pub inputs_sha256: String,
}

/// The bytes of pictures that came with a request, by field.
pub type InlinePictures = Vec<(String, Vec<u8>)>;

/// A picture to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The input's name: `model_image`.
    pub field: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where a picture's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// At an address.
    Url(String),
    /// They came with the request and are stored until the run is over.
    Inline,
}

/// The file format of outputs: [`Media`] in a form that can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Opaque.
    Png,
    /// Transparent where the background was.
    PngCutout,
    /// JPEG.
    Jpeg,
    /// A clip.
    Mp4 {
        /// Its length.
        seconds: u32,
    },
}

impl Format {
    /// The media type: `image/png`.
    pub fn media_type(self) -> &'static str {
        Media::from(self).media_type()
    }

    /// The ending of the file's name: `png`.
    pub fn extension(self) -> &'static str {
        Media::from(self).extension()
    }
}

impl From<Media> for Format {
    fn from(media: Media) -> Self {
        match media {
            Media::Png => Self::Png,
            Media::PngCutout => Self::PngCutout,
            Media::Jpeg => Self::Jpeg,
            Media::Mp4 { duration_seconds } => Self::Mp4 { seconds: duration_seconds },
        }
    }
}

impl From<Format> for Media {
    fn from(format: Format) -> Self {
        match format {
            Format::Png => Self::Png,
            Format::PngCutout => Self::PngCutout,
            Format::Jpeg => Self::Jpeg,
            Format::Mp4 { seconds } => Self::Mp4 { duration_seconds: seconds },
        }
    }
}

/// What the outputs' size follows from: [`Frame`] in a form that can be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeRule {
    /// This width and height.
    Exactly(u32, u32),
    /// The ratio of that input's picture, at a resolution.
    RatioOf(String, Resolution),
    /// The size of that input's picture, with at most so many pixels.
    SizeOf(String, u32),
    /// The ratio of that input's picture, its shorter side so long.
    ShortSide(String, u32),
}

impl From<Frame> for SizeRule {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::Exactly(Size { width, height }) => Self::Exactly(width, height),
            Frame::RatioOf { field, resolution } => Self::RatioOf(field.to_owned(), resolution),
            Frame::SizeOf { field, max_pixels } => Self::SizeOf(field.to_owned(), max_pixels),
            Frame::ShortSide { field, pixels } => Self::ShortSide(field.to_owned(), pixels),
        }
    }
}

impl SizeRule {
    /// The outputs' size; `size_of` returns that of an input's picture.
    pub fn size(&self, size_of: impl Fn(&str) -> Option<Size>) -> Option<Size> {
        // A frame's field is a fixed string, and only the picture's size counts from here on.
        let field = "";
        let (given, frame) = match self {
            Self::Exactly(width, height) => return Some(Size::new(*width, *height)),
            Self::RatioOf(given, resolution) => {
                let resolution = *resolution;
                (given, Frame::RatioOf { field, resolution })
            }
            Self::SizeOf(given, max_pixels) => {
                let max_pixels = *max_pixels;
                (given, Frame::SizeOf { field, max_pixels })
            }
            Self::ShortSide(given, pixels) => {
                let pixels = *pixels;
                (given, Frame::ShortSide { field, pixels })
            }
        };
        size_of(given).map(|picture| frame.size(picture))
    }
}

impl Job {
    /// The job of valid inputs, and the bytes of the pictures that came with them.
    pub fn new(inputs: &mut Inputs<'_>) -> (Self, InlinePictures) {
        let seed = inputs.policy_inputs().seed.map_or(DEFAULT_SEED, |seed| seed.effective());
        let output = inputs.output();
        let seconds = inputs.expected_seconds();
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
            pictures.push(Picture { field: picture.field.to_owned(), source });
        }
        let job = Self {
            model: inputs.model(),
            pictures,
            prompt: inputs.prompt().unwrap_or_default().to_owned(),
            seed,
            outputs: output.count.get(),
            format: output.media.into(),
            size: output.frame.into(),
            base64: output.base64,
            in_images: output.shape == OutputShape::Images,
            credits: inputs.credits(),
            takes_ms: (u64::from(seconds.typical) * 1000, u64::from(seconds.longest) * 1000),
            inputs_sha256: sha256(inputs),
        };
        (job, inline)
    }
}

fn sha256(inputs: &Inputs<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(inputs.model().name());
    // The types serialize their fields in the order of FASHN's page, whatever the request's order.
    hash.update(serde_json::to_vec(inputs).unwrap_or_default());
    hex(&hash.finalize())
}
