//! FASHN's models, a file each: the inputs with their types, lists, ranges, defaults and combination rules.
//!
//! ```text
//! options   the inputs that several models share
//! tier      resolution × generation_mode → credits and seconds
//! output    how many outputs, of what kind, how large
//! knobs     what a merchant may cap or pin, whichever model has it
//! ```

mod background_remove;
mod edit;
mod face_to_model;
mod image_to_video;
mod knobs;
mod model_create;
mod model_swap;
mod options;
mod output;
mod product_to_model;
mod reframe;
mod tier;
mod tryon_max;
mod tryon_v1_6;

use serde::Serialize;

use crate::choice::choices;
use crate::fields::Fields;
use crate::image::{Image, Role};

pub use background_remove::BackgroundRemove;
pub use edit::Edit;
pub use face_to_model::{FaceToModel, VerticalRatio};
pub use image_to_video::{Duration, ImageToVideo, VideoResolution};
pub use knobs::{ImpossibleValue, Knob, Knobs};
pub use model_create::ModelCreate;
pub use model_swap::ModelSwap;
pub use options::{
    AspectRatio, DEFAULT_SEED, FaceReferenceMode, GenerationMode, OutputCount, OutputFormat,
    Resolution,
};
pub use output::{Frame, Media, OutputShape, OutputSpec, Size};
pub use product_to_model::{ProductRatio, ProductToModel};
pub use reframe::Reframe;
pub use tier::{Credits, ExpectedSeconds, Tier};
pub use tryon_max::{MaxGenerationMode, TryonMax};
pub use tryon_v1_6::{Category, GarmentPhotoType, Mode, ModerationLevel, TryonV16};

choices! {
    /// A model's name, as `model_name` carries it.
    Model {
        TryonV16 = "tryon-v1.6",
        TryonMax = "tryon-max",
        ProductToModel = "product-to-model",
        FaceToModel = "face-to-model",
        ModelCreate = "model-create",
        ModelSwap = "model-swap",
        Reframe = "reframe",
        Edit = "edit",
        BackgroundRemove = "background-remove",
        ImageToVideo = "image-to-video",
    }
}

/// The inputs of one run, valid by FASHN's documentation. As JSON it is the `inputs` object, with the fields
/// that were given and no others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Inputs<'a> {
    /// Inputs of `tryon-v1.6`.
    TryonV16(TryonV16<'a>),
    /// Inputs of `tryon-max`.
    TryonMax(TryonMax<'a>),
    /// Inputs of `product-to-model`.
    ProductToModel(ProductToModel<'a>),
    /// Inputs of `face-to-model`.
    FaceToModel(FaceToModel<'a>),
    /// Inputs of `model-create`.
    ModelCreate(ModelCreate<'a>),
    /// Inputs of `model-swap`.
    ModelSwap(ModelSwap<'a>),
    /// Inputs of `reframe`.
    Reframe(Reframe<'a>),
    /// Inputs of `edit`.
    Edit(Edit<'a>),
    /// Inputs of `background-remove`.
    BackgroundRemove(BackgroundRemove<'a>),
    /// Inputs of `image-to-video`.
    ImageToVideo(ImageToVideo<'a>),
}

/// One picture of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture<'i, 'a> {
    /// The input's name on the wire: `model_image`.
    pub field: &'static str,
    /// What the picture is.
    pub role: Role,
    /// The picture.
    pub image: &'i Image<'a>,
}

/// What each model tells of its inputs.
trait ModelInputs<'a> {
    fn model(&self) -> Model;
    /// The pictures that were given, in the order of the model's page.
    fn pictures(&self) -> Vec<Picture<'_, 'a>>;
    fn credits(&self) -> Credits;
    fn expected_seconds(&self) -> ExpectedSeconds;
    fn output(&self) -> OutputSpec;
    fn knobs(&mut self) -> Knobs<'_>;
}

impl<'a> Inputs<'a> {
    /// Reads a model's inputs; the faults are in `fields`, and `None` means that a required one is missing or wrong.
    pub(crate) fn read(model: Model, fields: &mut Fields<'a, '_>) -> Option<Self> {
        match model {
            Model::TryonV16 => TryonV16::read(fields).map(Self::TryonV16),
            Model::TryonMax => TryonMax::read(fields).map(Self::TryonMax),
            Model::ProductToModel => ProductToModel::read(fields).map(Self::ProductToModel),
            Model::FaceToModel => FaceToModel::read(fields).map(Self::FaceToModel),
            Model::ModelCreate => ModelCreate::read(fields).map(Self::ModelCreate),
            Model::ModelSwap => ModelSwap::read(fields).map(Self::ModelSwap),
            Model::Reframe => Reframe::read(fields).map(Self::Reframe),
            Model::Edit => Edit::read(fields).map(Self::Edit),
            Model::BackgroundRemove => BackgroundRemove::read(fields).map(Self::BackgroundRemove),
            Model::ImageToVideo => ImageToVideo::read(fields).map(Self::ImageToVideo),
        }
    }

    /// The model these inputs are for.
    #[must_use]
    pub fn model(&self) -> Model {
        self.of_model().model()
    }

    /// The pictures that were given, with their fields and roles, in the order of the model's page.
    #[must_use]
    pub fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        self.of_model().pictures()
    }

    /// What the run costs if it completes.
    #[must_use]
    pub fn credits(&self) -> Credits {
        self.of_model().credits()
    }

    /// How long the run takes, as documented.
    #[must_use]
    pub fn expected_seconds(&self) -> ExpectedSeconds {
        self.of_model().expected_seconds()
    }

    /// What the run delivers.
    #[must_use]
    pub fn output(&self) -> OutputSpec {
        self.of_model().output()
    }

    /// The free text that was given, of the models that take one.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        match self {
            Self::TryonV16(_) | Self::Reframe(_) | Self::BackgroundRemove(_) => None,
            Self::Edit(inputs) => Some(&inputs.prompt),
            Self::ModelCreate(inputs) => Some(&inputs.prompt),
            Self::TryonMax(inputs) => inputs.prompt.as_deref(),
            Self::ProductToModel(inputs) => inputs.prompt.as_deref(),
            Self::FaceToModel(inputs) => inputs.prompt.as_deref(),
            Self::ModelSwap(inputs) => inputs.prompt.as_deref(),
            Self::ImageToVideo(inputs) => inputs.prompt.as_deref(),
        }
    }

    /// What a merchant may cap or pin, to be read and set.
    pub fn knobs(&mut self) -> Knobs<'_> {
        match self {
            Self::TryonV16(inputs) => inputs.knobs(),
            Self::TryonMax(inputs) => inputs.knobs(),
            Self::ProductToModel(inputs) => inputs.knobs(),
            Self::FaceToModel(inputs) => inputs.knobs(),
            Self::ModelCreate(inputs) => inputs.knobs(),
            Self::ModelSwap(inputs) => inputs.knobs(),
            Self::Reframe(inputs) => inputs.knobs(),
            Self::Edit(inputs) => inputs.knobs(),
            Self::BackgroundRemove(inputs) => inputs.knobs(),
            Self::ImageToVideo(inputs) => inputs.knobs(),
        }
    }

    fn of_model(&self) -> &dyn ModelInputs<'a> {
        match self {
            Self::TryonV16(inputs) => inputs,
            Self::TryonMax(inputs) => inputs,
            Self::ProductToModel(inputs) => inputs,
            Self::FaceToModel(inputs) => inputs,
            Self::ModelCreate(inputs) => inputs,
            Self::ModelSwap(inputs) => inputs,
            Self::Reframe(inputs) => inputs,
            Self::Edit(inputs) => inputs,
            Self::BackgroundRemove(inputs) => inputs,
            Self::ImageToVideo(inputs) => inputs,
        }
    }
}

/// The pictures among `(field, role, image)` that were given.
fn given<'i, 'a, const N: usize>(
    fields: [(&'static str, Role, Option<&'i Image<'a>>); N],
) -> Vec<Picture<'i, 'a>> {
    fields
        .into_iter()
        .filter_map(|(field, role, image)| image.map(|image| Picture { field, role, image }))
        .collect()
}
