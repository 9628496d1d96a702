//! FASHN's models, a file each: the inputs with their types, lists, ranges, defaults and rules of
//! combination, what a run costs, how long it takes and what it delivers.
//!
//! ```text
//! options   the types of inputs that several models or a policy share
//! tier      resolution × generation_mode → credits and seconds
//! output    how many outputs, of what kind, how large
//! policy    what a merchant may cap or pin, whichever model has it
//! inputs    how a model's inputs are declared
//! terms     what a model says of price, time and output
//! ```

mod background_remove;
mod edit;
mod face_to_model;
mod image_to_video;
mod inputs;
mod model_create;
mod model_swap;
mod options;
mod output;
mod policy;
mod product_to_model;
mod reframe;
mod terms;
mod tier;
mod tryon_max;
mod tryon_v1_6;

use serde::Serialize;

use crate::choice::choices;
use crate::fields::Fields;
use terms::RunTerms;

pub use background_remove::BackgroundRemove;
pub use edit::Edit;
pub use face_to_model::{FaceToModel, VerticalRatio};
pub use image_to_video::ImageToVideo;
#[cfg(feature = "schema")]
pub use inputs::InputRule;
pub use inputs::Picture;
pub use model_create::ModelCreate;
pub use model_swap::ModelSwap;
pub use options::{
    AspectRatio, Duration, FaceReferenceMode, GenerationMode, MaxGenerationMode, Mode,
    ModerationLevel, OutputCount, OutputFormat, Resolution, VideoResolution,
};
pub use output::{Frame, Media, OutputShape, OutputSpec, Size};
pub use policy::{DEFAULT_SEED, ImpossibleValue, PolicyInput, PolicyInputs};
pub use product_to_model::{ProductRatio, ProductToModel};
pub use reframe::Reframe;
pub use tier::{Credits, ExpectedSeconds};
pub use tryon_max::TryonMax;
pub use tryon_v1_6::{Category, GarmentPhotoType, TryonV16};

/// Declares the models: the type of the inputs and the name on the wire.
macro_rules! models {
    ($($model:ident = $name:literal,)+) => {
        choices! {
            /// A model's name, as `model_name` carries it.
            Model { $($model = $name),+ }
        }

        /// The inputs of one run, valid by FASHN's documentation. As JSON it is the `inputs`
        /// object, with the fields that were given and no others.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Inputs<'a> {
            $(#[doc = concat!("Inputs of `", $name, "`.")] $model($model<'a>),)+
        }

        impl<'a> Inputs<'a> {
            /// Reads a model's inputs; the errors are in `fields`, and `None` means that a required
            /// input is missing or wrong.
            pub(crate) fn read(model: Model, fields: &mut Fields<'a, '_>) -> Option<Self> {
                match model {
                    $(Model::$model => $model::read(fields).map(Self::$model),)+
                }
            }

            /// The model these inputs are for.
            pub fn model(&self) -> Model {
                match self {
                    $(Self::$model(_) => Model::$model,)+
                }
            }

            /// What a merchant may cap or pin.
            pub fn policy_inputs(&mut self) -> PolicyInputs<'_> {
                match self {
                    $(Self::$model(inputs) => inputs.policy_inputs(),)+
                }
            }

            fn terms(&self) -> &dyn RunTerms<'a> {
                match self {
                    $(Self::$model(inputs) => inputs,)+
                }
            }
        }

        impl Model {
            /// The names of its inputs, in the order of its page, the required ones first.
            pub fn input_names(self) -> &'static [&'static str] {
                match self {
                    $(Self::$model => $model::NAMES,)+
                }
            }
        }

        #[cfg(feature = "schema")]
        impl Model {
            /// The combinations of inputs that FASHN refuses.
            pub fn input_rules(self) -> Vec<InputRule> {
                match self {
                    $(Self::$model => $model::rules(),)+
                }
            }

            /// FASHN's defaults that don't go by another input, by the input's name.
            pub fn input_defaults(self) -> Vec<(&'static str, serde_json::Value)> {
                match self {
                    $(Self::$model => $model::defaults(),)+
                }
            }

            /// The schema of the inputs with its name, after the schemas that it refers to.
            pub fn input_schemas(self) -> Vec<crate::schema::Named> {
                match self {
                    $(Self::$model => crate::schema::with_parts::<$model<'static>>(),)+
                }
            }
        }
    };
}

models! {
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

impl Model {
    /// What the cheapest of its runs costs.
    pub fn credits_min(self) -> Credits {
        Credits(match self {
            // It has no `fast` mode.
            Self::TryonMax => 2,
            Self::TryonV16
            | Self::ProductToModel
            | Self::FaceToModel
            | Self::ModelCreate
            | Self::ModelSwap
            | Self::Reframe
            | Self::Edit
            | Self::BackgroundRemove
            | Self::ImageToVideo => 1,
        })
    }
}

impl<'a> Inputs<'a> {
    /// The pictures that were given, with their fields and roles, in the order of the model's page.
    pub fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        self.terms().pictures()
    }

    /// The free text that was given, of the models that take one.
    pub fn prompt(&self) -> Option<&str> {
        self.terms().prompt()
    }

    /// What the run costs if it completes.
    pub fn credits(&self) -> Credits {
        let terms = self.terms();
        terms.credits_per_output().times(terms.effective().outputs)
    }

    /// How long the run takes, as documented.
    pub fn expected_seconds(&self) -> ExpectedSeconds {
        self.terms().expected_seconds()
    }

    /// What the run delivers.
    pub fn output(&self) -> OutputSpec {
        let terms = self.terms();
        let effective = terms.effective();
        OutputSpec {
            count: effective.outputs,
            media: terms.media(),
            base64: effective.return_base64,
            shape: terms.shape(),
            frame: terms.frame(),
        }
    }
}
