//! `product-to-model`: makes a person with a product on (page "Product to Model").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{
    AspectRatio, FaceReferenceMode, GenerationMode, OutputCount, OutputFormat, Resolution,
};
use super::output::Frame;
use super::policy::EffectiveInputs;
use super::terms::RunTerms;
use crate::choice::choices;
use crate::image::Image;

choices! {
    /// The aspect ratios without the ultra-wide one.
    ProductRatio of AspectRatio {
        R1x1 = "1:1",
        R3x4 = "3:4",
        R4x3 = "4:3",
        R9x16 = "9:16",
        R16x9 = "16:9",
        R2x3 = "2:3",
        R3x2 = "3:2",
        R4x5 = "4:5",
        R5x4 = "5:4",
    }
}

inputs! {
    /// Inputs of `product-to-model`. Where one is left out, FASHN's default holds.
    ProductToModel {
        required {
            /// What is worn. Required.
            product_image: Image<'a> as Product;
        }
        optional {
            /// Guides pose, environment and lighting.
            image_prompt: Image<'a>;
            /// Guides identity: 3 credits an image more.
            face_reference: Image<'a> as Person;
            /// Default: `match_reference`. Without a `face_reference` it says nothing and is accepted.
            face_reference_mode: FaceReferenceMode;
            /// Person, styling, background.
            prompt: Cow<'a, str>;
            /// Default: the ratio of the most specific picture given (`background_reference`, `image_prompt`,
            /// `product_image`).
            aspect_ratio: ProductRatio;
            /// Default: `1k`.
            resolution: Resolution => resolution;
            /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
            generation_mode: GenerationMode => generation_mode or EffectiveInputs::automatic_mode;
            /// The backdrop; a person in it is ignored.
            background_reference: Image<'a>;
            /// 0 to 2^32 - 1. Default: 42.
            #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
            seed: u32 => seed;
            /// 1 to 4. Default: 1.
            num_images: OutputCount => outputs;
            /// Default: `png`.
            output_format: OutputFormat => output_format;
            /// Default: `false`.
            return_base64: bool => return_base64;
            /// Deprecated (use `tryon-max`): a person who is there already. Not with `image_prompt`,
            /// `background_reference` or `face_reference`.
            model_image: Image<'a> as Person,
                without [image_prompt, background_reference, face_reference]
                or else "to put a product on a person, use tryon-max";
        }
    }
}

impl ProductToModel<'_> {
    /// The picture whose aspect ratio the output has when no ratio is asked for. Of a `model_image`
    /// the page says nothing here: the product is added to that picture, so it is the one.
    fn most_specific_picture(&self) -> &'static str {
        let pictures = [
            ("model_image", &self.model_image),
            ("background_reference", &self.background_reference),
            ("image_prompt", &self.image_prompt),
        ];
        pictures
            .into_iter()
            .find(|(_, image)| image.is_some())
            .map_or("product_image", |(name, _)| name)
    }
}

impl<'a> RunTerms<'a> for ProductToModel<'a> {
    fn has_face_reference(&self) -> bool {
        self.face_reference.is_some()
    }

    fn frame(&self) -> Frame {
        let resolution = self.effective().resolution;
        match self.aspect_ratio {
            Some(ratio) => Frame::Exactly(AspectRatio::from(ratio).size(resolution)),
            None => Frame::RatioOf { field: self.most_specific_picture(), resolution },
        }
    }
}
