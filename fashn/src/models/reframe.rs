//! `reframe`: brings a picture to another aspect ratio (page "Reframe").

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{AspectRatio, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::fields::Fields;
use crate::image::{Image, Role};

/// Inputs of `reframe`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct Reframe<'a> {
    /// The picture. Required.
    pub image: Image<'a>,
    /// The ratio to reach. Required. If the picture has it already, the run fails with `InputValidationError`.
    pub aspect_ratio: AspectRatio,
    /// Default: `1k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation_mode: Option<GenerationMode>,
    /// 1 to 4. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_images: Option<OutputCount>,
    /// 0 to 2^32 - 1. Default: 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
    pub seed: Option<u32>,
    /// Default: `png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_base64: Option<bool>,
}

impl<'a> Reframe<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let image = fields.required_image("image", Role::Person);
        let aspect_ratio = fields.required_choice("aspect_ratio");
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let num_images = fields.output_count("num_images");
        let seed = fields.seed("seed");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            image: image?,
            aspect_ratio: aspect_ratio?,
            resolution,
            generation_mode,
            num_images,
            seed,
            output_format,
            return_base64,
        })
    }

    fn tier(&self) -> Tier {
        Tier::of(self.resolution, self.generation_mode)
    }
}

impl<'a> ModelInputs<'a> for Reframe<'a> {
    fn model(&self) -> Model {
        Model::Reframe
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([("image", Role::Person, Some(&self.image))])
    }

    fn credits(&self) -> Credits {
        self.tier().credits().per_output(self.num_images)
    }

    fn expected_seconds(&self) -> ExpectedSeconds {
        self.tier().expected_seconds()
    }

    fn output(&self) -> OutputSpec {
        OutputSpec {
            count: self.num_images.unwrap_or_default(),
            media: self.output_format.unwrap_or(OutputFormat::Png).into(),
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::List,
            frame: Frame::Exactly(self.aspect_ratio.size(self.tier().resolution)),
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        Knobs {
            generation_mode: Some(Knob::generation_mode(
                &mut self.generation_mode,
                self.resolution,
            )),
            resolution: Some(Knob::resolution(&mut self.resolution)),
            outputs: Some(Knob::num_images(&mut self.num_images)),
            seed: Some(Knob::seed(&mut self.seed)),
            output_format: Some(Knob::output_format(
                &mut self.output_format,
                OutputFormat::Png,
            )),
            return_base64: Some(Knob::return_base64(&mut self.return_base64)),
            ..Knobs::default()
        }
    }
}
