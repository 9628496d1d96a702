//! The inputs that several models share.

use serde::{Deserialize, Serialize};

use crate::choice::choices;

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

impl GenerationMode {
    /// What an omitted `generation_mode` is billed as, on every page but `tryon-max`'s: `fast` at `1k`,
    /// `balanced` at `2k` and `4k`.
    #[must_use]
    pub fn automatic(resolution: Resolution) -> Self {
        match resolution {
            Resolution::OneK => Self::Fast,
            Resolution::TwoK | Resolution::FourK => Self::Balanced,
        }
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
    #[must_use]
    pub fn new(count: u32) -> Option<Self> {
        let count = Self(count);
        (Self::MIN..=Self::MAX).contains(&count).then_some(count)
    }

    /// The number.
    #[must_use]
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

/// The seed of a run that names none.
pub const DEFAULT_SEED: u32 = 42;
