//! `face-to-model`: makes an upper-body avatar of a face (page "Face to Model").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{AspectRatio, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape};
use super::policy::EffectiveInputs;
use super::terms::RunTerms;
use crate::choice::choices;
use crate::image::Image;

choices! {
    /// The aspect ratios that are not wider than high.
    VerticalRatio of AspectRatio {
        R1x1 = "1:1",
        R4x5 = "4:5",
        R3x4 = "3:4",
        R2x3 = "2:3",
        R9x16 = "9:16",
    }
}

inputs! {
    /// Inputs of `face-to-model`. Where one is left out, FASHN's default holds.
    FaceToModel {
        required {
            /// The face. Required.
            face_image: Image<'a> as Person;
        }
        optional {
            /// Styling or body shape. Default: inferred from the face.
            prompt: Cow<'a, str>;
            /// Only vertical ones. Default: `2:3`.
            aspect_ratio: VerticalRatio;
            /// Default: `1k`.
            resolution: Resolution => resolution;
            /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
            generation_mode: GenerationMode => generation_mode or EffectiveInputs::automatic_mode;
            /// 0 to 2^32 - 1 (the page names no range; its siblings do). Default: 42.
            #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
            seed: u32 => seed;
            /// 1 to 4. Default: 1.
            num_images: OutputCount => outputs;
            /// Default: `jpeg`, other than everywhere else.
            output_format: OutputFormat => output_format or |_| OutputFormat::Jpeg;
            /// Default: `false`.
            return_base64: bool => return_base64;
        }
    }
}

impl<'a> RunTerms<'a> for FaceToModel<'a> {
    fn shape(&self) -> OutputShape {
        OutputShape::Images
    }

    fn frame(&self) -> Frame {
        let ratio = self.aspect_ratio.unwrap_or(VerticalRatio::R2x3);
        Frame::Exactly(AspectRatio::from(ratio).size(self.effective().resolution))
    }
}
