//! Credits and seconds of a run by `resolution` and `generation_mode` (sections "Credit Cost" and
//! "Processing Time" of seven pages, alike but for `tryon-max`'s time).

use serde::{Deserialize, Serialize};

use super::options::{GenerationMode, OutputCount, Resolution};

/// FASHN's unit of billing (API Fundamentals, "Credits & Pricing"). A failed run costs none.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Credits(pub u32);

impl Credits {
    /// What each output costs more with a `face_reference`.
    pub const FACE_REFERENCE: Self = Self(3);

    pub(super) fn times(self, outputs: OutputCount) -> Self {
        Self(self.0 * outputs.get())
    }

    pub(super) fn plus_face_reference(self, given: bool) -> Self {
        Self(self.0 + if given { Self::FACE_REFERENCE.0 } else { 0 })
    }
}

/// How long FASHN says a run takes, from acceptance to completion, with its load as usual. An
/// expectation, not a deadline: "actual latency may vary with current server load". More outputs "can
/// increase processing time", by how much isn't said, so they don't here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExpectedSeconds {
    /// What to tell someone who waits.
    pub typical: u32,
    /// Longer than this is unusual.
    pub longest: u32,
}

impl ExpectedSeconds {
    /// "Adds roughly 20-30 seconds of processing time" (page "Model Create", `face_reference`; the
    /// two other models that take one are silent and get the same).
    pub(super) fn plus_face_reference(self, given: bool) -> Self {
        if !given {
            return self;
        }
        Self { typical: self.typical + 20, longest: self.longest + 30 }
    }
}

/// A cell of the pages' tables.
#[derive(Clone, Copy)]
pub(super) struct Tier {
    /// The column.
    pub(super) resolution: Resolution,
    /// The row.
    pub(super) generation_mode: GenerationMode,
}

impl Tier {
    /// "Credit Cost", for one output.
    pub(super) fn credits(self) -> Credits {
        use GenerationMode::{Balanced, Fast, Quality};
        use Resolution::{FourK, OneK, TwoK};

        Credits(match (self.generation_mode, self.resolution) {
            (Fast, OneK) => 1,
            (Fast, TwoK) | (Balanced, OneK) => 2,
            (Fast, FourK) | (Balanced, TwoK) | (Quality, OneK) => 3,
            (Balanced, FourK) | (Quality, TwoK) => 4,
            (Quality, FourK) => 5,
        })
    }

    /// "Processing Time": `fast` at `1k` typically under 20 s, `quality` at `4k` up to 120 s. The
    /// cells between aren't documented: they lie evenly between the two, by price, and typical is
    /// about three quarters of longest.
    pub(super) fn expected_seconds(self) -> ExpectedSeconds {
        let (typical, longest) = match self.credits().0 {
            0 | 1 => (15, 20),
            2 => (35, 45),
            3 => (55, 70),
            4 => (70, 95),
            _ => (90, 120),
        };
        ExpectedSeconds { typical, longest }
    }
}
