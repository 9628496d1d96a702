//! `face-to-model`: makes an upper-body avatar of a face (page "Face to Model").

use std::borrow::Cow;

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{AspectRatio, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::choice::choices;
use crate::fields::Fields;
use crate::image::{Image, Role};

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

/// Inputs of `face-to-model`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct FaceToModel<'a> {
    /// The face. Required.
    pub face_image: Image<'a>,
    /// Styling or body shape. Default: inferred from the face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Cow<'a, str>>,
    /// Only vertical ones. Default: `2:3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<VerticalRatio>,
    /// Default: `1k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Default: chosen by FASHN, billed as `fast` at `1k` and as `balanced` at `2k` and `4k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation_mode: Option<GenerationMode>,
    /// 0 to 2^32 - 1 (the page names no range; its siblings do). Default: 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
    pub seed: Option<u32>,
    /// 1 to 4. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_images: Option<OutputCount>,
    /// Default: `jpeg`, other than everywhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_base64: Option<bool>,
}

impl<'a> FaceToModel<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let face_image = fields.required_image("face_image", Role::Person);
        let prompt = fields.text("prompt");
        let aspect_ratio = fields.choice("aspect_ratio");
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let seed = fields.seed("seed");
        let num_images = fields.output_count("num_images");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            face_image: face_image?,
            prompt,
            aspect_ratio,
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

impl<'a> ModelInputs<'a> for FaceToModel<'a> {
    fn model(&self) -> Model {
        Model::FaceToModel
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([("face_image", Role::Person, Some(&self.face_image))])
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
            media: self.output_format.unwrap_or(OutputFormat::Jpeg).into(),
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::Images,
            frame: Frame::Exactly(
                self.aspect_ratio
                    .map_or(AspectRatio::R2x3, AspectRatio::from)
                    .size(self.tier().resolution),
            ),
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
                OutputFormat::Jpeg,
            )),
            return_base64: Some(Knob::return_base64(&mut self.return_base64)),
            ..Knobs::default()
        }
    }
}
