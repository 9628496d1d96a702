//! The types of inputs that several models share, or that a policy sets.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::choice::{Choice, choices, must_be_one_of};
use crate::fields::Fields;

choices! {
    /// The kind of file an image model makes.
    OutputFormat {
        Png = "png",
        Jpeg = "jpeg",
    }
}

choices! {
    /// Output resolution tier: about 1, 4 and 16 megapixels, the exact size by the aspect ratio.
    Resolution {
        OneK = "1k",
        TwoK = "2k",
        FourK = "4k",
    }
}

choices! {
    /// Quality against speed and price.
    GenerationMode {
        Fast = "fast",
        Balanced = "balanced",
        Quality = "quality",
    }
}

choices! {
    /// Quality against speed and price, without `fast`.
    MaxGenerationMode of GenerationMode {
        Balanced = "balanced",
        Quality = "quality",
    }
}

choices! {
    /// Whose pose and expression count when there is a `face_reference`: the base picture's (or the
    /// prompt's), or the reference's.
    FaceReferenceMode {
        MatchBase = "match_base",
        MatchReference = "match_reference",
    }
}

choices! {
    /// Width to height. All ten are in `model-create` and `reframe`.
    AspectRatio {
        R21x9 = "21:9",
        R16x9 = "16:9",
        R9x16 = "9:16",
        R4x3 = "4:3",
        R3x4 = "3:4",
        R3x2 = "3:2",
        R2x3 = "2:3",
        R4x5 = "4:5",
        R5x4 = "5:4",
        R1x1 = "1:1",
    }
}

choices! {
    /// How strictly garment pictures are moderated.
    ModerationLevel {
        Conservative = "conservative",
        Permissive = "permissive",
        None = "none",
    }
}

choices! {
    /// Speed against quality: about 5, 8 and 12 to 17 seconds.
    Mode {
        Performance = "performance",
        Balanced = "balanced",
        Quality = "quality",
    }
}

choices! {
    /// The video's shorter side, by the names that screens have.
    VideoResolution {
        P480 = "480p",
        P720 = "720p",
        P1080 = "1080p",
    }
}

/// How long the clip is. On the wire a number; written as a string it is understood too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duration {
    /// `5`
    Five,
    /// `10`
    Ten,
}

impl Duration {
    /// In seconds.
    pub fn seconds(self) -> u32 {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
        }
    }
}

impl Choice for Duration {
    const ALL: &'static [(&'static str, Self)] = &[("5", Self::Five), ("10", Self::Ten)];
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.seconds())
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u32::deserialize(deserializer)?;
        Self::named(&seconds.to_string())
            .ok_or_else(|| serde::de::Error::custom(must_be_one_of::<Self>()))
    }
}

/// The number of outputs of one run, 1 to 4: `num_images`, or `num_samples` of `tryon-v1.6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct OutputCount(u32);

impl OutputCount {
    /// The fewest, and the default of every model.
    pub const MIN: Self = Self(1);
    /// The most.
    pub const MAX: Self = Self(4);

    /// `None` if it isn't 1 to 4.
    pub fn new(count: u32) -> Option<Self> {
        let count = Self(count);
        (Self::MIN..=Self::MAX).contains(&count).then_some(count)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for OutputCount {
    fn default() -> Self {
        Self::MIN
    }
}

impl From<OutputCount> for u32 {
    fn from(count: OutputCount) -> Self {
        count.get()
    }
}

impl TryFrom<u32> for OutputCount {
    type Error = &'static str;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        Self::new(count).ok_or("must be a whole number from 1 to 4")
    }
}

impl Fields<'_, '_> {
    /// How many outputs to make.
    pub fn output_count(&mut self, name: &'static str) -> Option<OutputCount> {
        let range = OutputCount::MIN.get()..=OutputCount::MAX.get();
        self.integer(name, range).and_then(OutputCount::new)
    }

    /// A seed: any number of 32 bits.
    pub fn seed(&mut self, name: &'static str) -> Option<u32> {
        self.integer(name, 0..=u32::MAX)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for OutputCount {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::whole_number(Self::MIN.get(), Self::MAX.get())
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for OutputCount {}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Duration {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::one_of_numbers(Self::ALL.iter().map(|(_, value)| value.seconds()))
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Duration {}
