//! `edit`: changes a picture as a text says (page "Edit").

use std::borrow::Cow;

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{GenerationMode, OutputCount, OutputFormat, Resolution};
use super::output::{Frame, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds, Tier};
use super::{Model, ModelInputs, Picture, given};
use crate::fields::Fields;
use crate::image::{Image, Role};

/// Inputs of `edit`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct Edit<'a> {
    /// The picture. Required.
    pub image: Image<'a>,
    /// What to change. Required.
    #[cfg_attr(feature = "schema", schema(pattern = r"\S"))]
    pub prompt: Cow<'a, str>,
    /// White where to edit, black where not: a strong hint. The same size as `image`; who reads only the
    /// inputs can't tell, so a mask that differs fails while running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<Image<'a>>,
    /// Shows what words alone can't: a background, a pose, a texture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_context: Option<Image<'a>>,
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

impl<'a> Edit<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let image = fields.required_image("image", Role::Person);
        let prompt = fields.required_text("prompt");
        let mask = fields.image("mask", Role::Reference);
        let image_context = fields.image("image_context", Role::Reference);
        let resolution = fields.choice("resolution");
        let generation_mode = fields.choice("generation_mode");
        let seed = fields.seed("seed");
        let num_images = fields.output_count("num_images");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            image: image?,
            prompt: prompt?,
            mask,
            image_context,
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

impl<'a> ModelInputs<'a> for Edit<'a> {
    fn model(&self) -> Model {
        Model::Edit
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("image", Role::Person, Some(&self.image)),
            ("mask", Role::Reference, self.mask.as_ref()),
            (
                "image_context",
                Role::Reference,
                self.image_context.as_ref(),
            ),
        ])
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
            frame: Frame::RatioOf {
                field: "image",
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
