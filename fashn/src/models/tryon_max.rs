//! `tryon-max`: try-on of any wearable product, for publishing (page "Try-On Max").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{MaxGenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::Frame;
use super::terms::RunTerms;
use super::tier::ExpectedSeconds;
use crate::image::Image;

inputs! {
    /// Inputs of `tryon-max`. Where one is left out, FASHN's default holds.
    TryonMax {
        required {
            /// What is worn. Required.
            product_image: Image<'a> as Product;
            /// The person. Required.
            model_image: Image<'a> as Person;
        }
        optional {
            /// How to wear it. Default: empty, chosen by the pictures.
            prompt: Cow<'a, str>;
            /// Default: `1k`.
            resolution: Resolution => resolution;
            /// There is no `fast`. Default: chosen by FASHN, billed as `balanced` at every resolution.
            generation_mode: MaxGenerationMode => generation_mode;
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

impl<'a> RunTerms<'a> for TryonMax<'a> {
    /// "Processing Time": `balanced` at `1k` typically under 30 s, `quality` at `4k` up to 120 s;
    /// between them evenly, by price.
    fn expected_seconds(&self) -> ExpectedSeconds {
        let (typical, longest) = match self.credits_per_output().0 {
            0..=2 => (25, 30),
            3 => (45, 60),
            4 => (65, 90),
            _ => (90, 120),
        };
        ExpectedSeconds { typical, longest }
    }

    fn frame(&self) -> Frame {
        Frame::RatioOf { field: "model_image", resolution: self.effective().resolution }
    }
}
