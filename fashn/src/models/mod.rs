//! FASHN's models, a file each: the inputs with their types, lists, ranges, defaults and combination rules.

mod tryon_v1_6;

use serde::Serialize;

use crate::choice::choices;
use crate::fields::Fields;

pub use tryon_v1_6::{Category, GarmentPhotoType, Mode, ModerationLevel, TryonV16};

choices! {
    /// A model's name, as `model_name` carries it.
    Model {
        TryonV16 = "tryon-v1.6",
    }
}

choices! {
    /// The kind of file an image model makes.
    OutputFormat {
        Png = "png",
        Jpeg = "jpeg",
    }
}

/// The largest seed: `2^32 - 1`.
pub const MAX_SEED: u32 = u32::MAX;

/// The most outputs of one run.
pub const MAX_OUTPUTS: u32 = 4;

/// The inputs of one run, valid by FASHN's documentation. As JSON it is the `inputs` object, with the fields
/// that were given and no others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Inputs<'a> {
    /// Inputs of `tryon-v1.6`.
    TryonV16(TryonV16<'a>),
}

impl<'a> Inputs<'a> {
    /// Reads a model's inputs; the faults are in `fields`, and `None` means that a required one is missing or wrong.
    pub(crate) fn read(model: Model, fields: &mut Fields<'a, '_>) -> Option<Self> {
        match model {
            Model::TryonV16 => TryonV16::read(fields).map(Self::TryonV16),
        }
    }

    /// The model these inputs are for.
    #[must_use]
    pub fn model(&self) -> Model {
        match self {
            Self::TryonV16(_) => Model::TryonV16,
        }
    }

    /// What the run costs if it completes.
    #[must_use]
    pub fn credits(&self) -> Credits {
        match self {
            Self::TryonV16(inputs) => inputs.credits(),
        }
    }
}

/// FASHN's unit of billing (API Fundamentals, "Credits & Pricing").
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Credits(pub u32);
