//! `reframe`: brings a picture to another aspect ratio (page "Reframe").

use super::inputs::{InputSet as _, inputs};
use super::options::{AspectRatio, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::Frame;
use super::policy::EffectiveInputs;
use super::terms::RunTerms;
use crate::image::Image;

inputs! {
    /// Inputs of `reframe`. Where one is left out, FASHN's default holds.
    Reframe {
        required {
            /// The picture. Required.
            image: Image<'a> as Person;
            /// The ratio to reach. Required. If the picture has it already, the run fails with `InputValidationError`.
            aspect_ratio: AspectRatio;
        }
        optional {
            /// Default: `1k`.
            resolution: Resolution => resolution;
            /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
            generation_mode: GenerationMode => generation_mode or EffectiveInputs::automatic_mode;
            /// 1 to 4. Default: 1.
            num_images: OutputCount => outputs;
            /// 0 to 2^32 - 1. Default: 42.
            #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
            seed: u32 => seed;
            /// Default: `png`.
            output_format: OutputFormat => output_format;
            /// Default: `false`.
            return_base64: bool => return_base64;
        }
    }
}

impl<'a> RunTerms<'a> for Reframe<'a> {
    fn frame(&self) -> Frame {
        Frame::Exactly(self.aspect_ratio.size(self.effective().resolution))
    }
}
