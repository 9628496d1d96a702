//! `edit`: changes a picture as a text says (page "Edit").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::Frame;
use super::policy::EffectiveInputs;
use super::terms::RunTerms;
use crate::image::Image;

inputs! {
    /// Inputs of `edit`. Where one is left out, FASHN's default holds.
    Edit {
        required {
            /// The picture. Required.
            image: Image<'a> as Person;
            /// What to change. Required.
            #[cfg_attr(feature = "schema", schema(pattern = r"\S"))]
            prompt: Cow<'a, str>;
        }
        optional {
            /// White where to edit, black where not: a strong hint. The same size as `image`; who reads only the
            /// inputs can't tell, so a mask that differs fails while running.
            mask: Image<'a>;
            /// Shows what words alone can't: a background, a pose, a texture.
            image_context: Image<'a>;
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

impl<'a> RunTerms<'a> for Edit<'a> {
    fn frame(&self) -> Frame {
        Frame::RatioOf { field: "image", resolution: self.effective().resolution }
    }
}
