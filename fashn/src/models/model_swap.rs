//! `model-swap`: changes who wears the clothes (page "Model Swap").

use std::borrow::Cow;

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{FaceReferenceMode, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::fields::Fields;
use crate::image::{Image, Role};

/// Inputs of `model-swap`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct ModelSwap<'a> {
    /// The picture whose clothes and pose stay. Required.
    pub model_image: Image<'a>,
    /// Identity or scene. Default: empty, FASHN writes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Cow<'a, str>>,
    /// Guides identity: 3 credits an image more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_reference: Option<Image<'a>>,
    /// Default: `match_reference`. Without a `face_reference` it says nothing and is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_reference_mode: Option<FaceReferenceMode>,
    /// Default: `1k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation_mode: Option<GenerationMode>,
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

impl<'a> ModelSwap<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let model_image = fields.required_image("model_image", Role::Person);
        let prompt = fields.text("prompt");
        let face_reference = fields.image("face_reference", Role::Person);
        let face_reference_mode = fields.choice("face_reference_mode");
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let seed = fields.seed("seed");
        let num_images = fields.output_count("num_images");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            model_image: model_image?,
            prompt,
            face_reference,
            face_reference_mode,
            resolution,
            generation_mode,
            seed,
            num_images,
            output_format,
            return_base64,
        })
    }

    fn tier(&self) -> Tier {
        Tier::of(self.resolution, self.generation_mode)
    }
}

impl<'a> ModelInputs<'a> for ModelSwap<'a> {
    fn model(&self) -> Model {
        Model::ModelSwap
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("model_image", Role::Person, Some(&self.model_image)),
            ("face_reference", Role::Person, self.face_reference.as_ref()),
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
