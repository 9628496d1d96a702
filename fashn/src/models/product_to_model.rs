//! `product-to-model`: makes a person who wears a product (page "Product to Model").

use std::borrow::Cow;

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{
    AspectRatio, FaceReferenceMode, GenerationMode, OutputCount, OutputFormat, Resolution,
};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::choice::choices;
use crate::fields::Fields;
use crate::image::{Image, Role};

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

/// Inputs of `product-to-model`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct ProductToModel<'a> {
    /// What is worn. Required.
    pub product_image: Image<'a>,
    /// Guides pose, environment and lighting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_prompt: Option<Image<'a>>,
    /// Guides identity: 3 credits an image more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_reference: Option<Image<'a>>,
    /// Default: `match_reference`. Without a `face_reference` it says nothing and is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_reference_mode: Option<FaceReferenceMode>,
    /// Person, styling, background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Cow<'a, str>>,
    /// Default: the ratio of the most specific picture given (`background_reference`, `image_prompt`,
    /// `product_image`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<ProductRatio>,
    /// Default: `1k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation_mode: Option<GenerationMode>,
    /// The backdrop; a person in it is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_reference: Option<Image<'a>>,
    /// 0 to 2^32 - 1. Default: 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
    pub seed: Option<u32>,
    /// 1 to 4. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_images: Option<OutputCount>,
    /// Default: `png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_base64: Option<bool>,
    /// Deprecated (use `tryon-max`): a person who is there already. Not with `image_prompt`,
    /// `background_reference` or `face_reference`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_image: Option<Image<'a>>,
}

impl<'a> ProductToModel<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let product_image = fields.required_image("product_image", Role::Product);
        let image_prompt = fields.image("image_prompt", Role::Reference);
        let face_reference = fields.image("face_reference", Role::Person);
        let face_reference_mode = fields.choice("face_reference_mode");
        let prompt = fields.text("prompt");
        let aspect_ratio = fields.choice("aspect_ratio");
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let background_reference = fields.image("background_reference", Role::Reference);
        let seed = fields.seed("seed");
        let num_images = fields.output_count("num_images");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        let model_image = fields.image("model_image", Role::Person);
        if fields.was_given("model_image") {
            let mut others = vec!["image_prompt", "background_reference", "face_reference"];
            others.retain(|name| fields.was_given(name));
            if !others.is_empty() {
                fields.fault(
                    "model_image",
                    format!(
                        "cannot be combined with {}; to put a product on a person, use tryon-max",
                        others.join(", ")
                    ),
                );
            }
        }
        Some(Self {
            product_image: product_image?,
            image_prompt,
            face_reference,
            face_reference_mode,
            prompt,
            aspect_ratio,
            resolution,
            generation_mode,
            background_reference,
            seed,
            num_images,
            output_format,
            return_base64,
            model_image,
        })
    }

    /// Whose aspect ratio the output has when none is asked for. Of a `model_image` the page says nothing
    /// here: the product is added to that picture, so it is the one.
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

    fn tier(&self) -> Tier {
        Tier::of(self.resolution, self.generation_mode)
    }
}

impl<'a> ModelInputs<'a> for ProductToModel<'a> {
    fn model(&self) -> Model {
        Model::ProductToModel
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("product_image", Role::Product, Some(&self.product_image)),
            ("image_prompt", Role::Reference, self.image_prompt.as_ref()),
            ("face_reference", Role::Person, self.face_reference.as_ref()),
            (
                "background_reference",
                Role::Reference,
                self.background_reference.as_ref(),
            ),
            ("model_image", Role::Person, self.model_image.as_ref()),
        ])
    }

    fn credits(&self) -> Credits {
        self.tier()
            .credits()
            .plus_face_reference(self.face_reference.is_some())
            .per_output(self.num_images)
    }

    fn expected_seconds(&self) -> ExpectedSeconds {
        self.tier()
            .expected_seconds()
            .plus_face_reference(self.face_reference.is_some())
    }

    fn output(&self) -> OutputSpec {
        let resolution = self.tier().resolution;
        OutputSpec {
            count: self.num_images.unwrap_or_default(),
            media: self.output_format.unwrap_or(OutputFormat::Png).into(),
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::List,
            frame: match self.aspect_ratio {
                Some(ratio) => Frame::Exactly(AspectRatio::from(ratio).size(resolution)),
                None => Frame::RatioOf {
                    field: self.most_specific_picture(),
                    resolution,
                },
            },
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        Knobs {
            generation_mode: Some(Knob::generation_mode(
                &mut self.generation_mode,
                self.resolution,
            )),
            resolution: Some(Knob::resolution(&mut self.resolution)),
            seed: Some(Knob::seed(&mut self.seed)),
            outputs: Some(Knob::num_images(&mut self.num_images)),
            output_format: Some(Knob::output_format(
                &mut self.output_format,
                OutputFormat::Png,
            )),
            return_base64: Some(Knob::return_base64(&mut self.return_base64)),
            ..Knobs::default()
        }
    }
}
