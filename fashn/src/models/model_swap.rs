//! `model-swap`: changes the person in the clothes (page "Model Swap").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{FaceReferenceMode, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::Frame;
use super::policy::EffectiveInputs;
use super::terms::RunTerms;
use crate::image::Image;

inputs! {
    /// Inputs of `model-swap`. Where one is left out, FASHN's default holds.
    ModelSwap {
        required {
            /// The picture whose clothes and pose stay. Required.
            model_image: Image<'a> as Person;
        }
        optional {
            /// Identity or scene. Default: empty, FASHN writes one.
            prompt: Cow<'a, str>;
            /// Guides identity: 3 credits an image more.
            face_reference: Image<'a> as Person;
            /// Default: `match_reference`. Without a `face_reference` it says nothing and is accepted.
            face_reference_mode: FaceReferenceMode;
            /// Default: `1k`.
            resolution: Resolution => resolution;
            /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
            generation_mode: GenerationMode => generation_mode or EffectiveInputs::automatic_mode;
            /// 0 to 2^32 - 1. Default: 42.
            #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
            seed: u32 => seed;
            /// 1 to 4. Default: 1.
            num_images: OutputCount => outputs;
            /// Default: `png`.
            output_format: OutputFormat => output_format;
            /// Default: `false`.
            return_base64: bool => return_base64;
        }
    }
}

impl<'a> RunTerms<'a> for ModelSwap<'a> {
    fn has_face_reference(&self) -> bool {
        self.face_reference.is_some()
    }

    fn frame(&self) -> Frame {
        Frame::RatioOf { field: "model_image", resolution: self.effective().resolution }
    }
}
