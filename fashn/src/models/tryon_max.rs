//! `tryon-max`: try-on of any wearable product, for publishing (page "Try-On Max").

use std::borrow::Cow;

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::choice::choices;
use crate::fields::Fields;
use crate::image::{Image, Role};

choices! {
    /// Quality against speed and price, without `fast`.
    MaxGenerationMode of GenerationMode {
        Balanced = "balanced",
        Quality = "quality",
    }
}

/// Inputs of `tryon-max`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct TryonMax<'a> {
    /// What is worn. Required.
    pub product_image: Image<'a>,
    /// The person. Required.
    pub model_image: Image<'a>,
    /// How to wear it. Default: empty, chosen by the pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Cow<'a, str>>,
    /// Default: `1k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// There is no `fast`. Default: chosen by FASHN, billed as `balanced` at every resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation_mode: Option<MaxGenerationMode>,
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
}

impl<'a> TryonMax<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let product_image = fields.required_image("product_image", Role::Product);
        let model_image = fields.required_image("model_image", Role::Person);
        let prompt = fields.text("prompt");
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let seed = fields.seed("seed");
        let num_images = fields.output_count("num_images");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            product_image: product_image?,
            model_image: model_image?,
            prompt,
            resolution,
            generation_mode,
            seed,
            num_images,
            output_format,
            return_base64,
        })
    }

    fn tier(&self) -> Tier {
        let mode = self.generation_mode.unwrap_or(MaxGenerationMode::Balanced);
        Tier::of(self.resolution, Some(mode.into()))
    }
}

impl<'a> ModelInputs<'a> for TryonMax<'a> {
    fn model(&self) -> Model {
        Model::TryonMax
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("product_image", Role::Product, Some(&self.product_image)),
            ("model_image", Role::Person, Some(&self.model_image)),
        ])
    }

    fn credits(&self) -> Credits {
        self.tier().credits().per_output(self.num_images)
    }

    fn expected_seconds(&self) -> ExpectedSeconds {
        // "Processing Time": `balanced` at `1k` typically under 30 s, `quality` at `4k` up to 120 s; between
        // them evenly, by price.
        let (typical, longest) = match self.tier().credits().0 {
            0..=2 => (25, 30),
            3 => (45, 60),
            4 => (65, 90),
            _ => (90, 120),
        };
        ExpectedSeconds { typical, longest }
    }

    fn output(&self) -> OutputSpec {
        OutputSpec {
            count: self.num_images.unwrap_or_default(),
            media: self.output_format.unwrap_or(OutputFormat::Png).into(),
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::List,
            frame: Frame::RatioOf {
                field: "model_image",
                resolution: self.tier().resolution,
            },
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        Knobs {
            resolution: Some(Knob::resolution(&mut self.resolution)),
            generation_mode: Some(Knob::new(
                "generation_mode",
                &mut self.generation_mode,
                GenerationMode::Balanced,
            )),
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
