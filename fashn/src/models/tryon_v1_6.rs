//! `tryon-v1.6`: fast try-on for storefronts (page "FASHN Virtual Try-On v1.6").

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::{OutputCount, OutputFormat};
use super::output::{Frame, OutputShape, OutputSpec, Size};
use super::tier::{Credits, ExpectedSeconds};
use super::{Model, ModelInputs, Picture, given};
use crate::choice::choices;
use crate::fields::Fields;
use crate::image::{Image, Role};

choices! {
    /// Which garment of the picture is put on.
    Category {
        Auto = "auto",
        Tops = "tops",
        Bottoms = "bottoms",
        OnePieces = "one-pieces",
    }
}

choices! {
    /// How strictly garment pictures are moderated.
    ModerationLevel {
        Conservative = "conservative",
        Permissive = "permissive",
        None = "none",
    }
}

choices! {
    /// What kind of photograph the garment's is.
    GarmentPhotoType {
        Auto = "auto",
        FlatLay = "flat-lay",
        Model = "model",
    }
}

choices! {
    /// Speed against quality: about 5, 8 and 12 to 17 seconds.
    Mode {
        Performance = "performance",
        Balanced = "balanced",
        Quality = "quality",
    }
}

/// Inputs of `tryon-v1.6`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct TryonV16<'a> {
    /// The person. Required.
    pub model_image: Image<'a>,
    /// The garment. Required.
    pub garment_image: Image<'a>,
    /// Default: `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Default: `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segmentation_free: Option<bool>,
    /// Default: `permissive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_level: Option<ModerationLevel>,
    /// Default: `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garment_photo_type: Option<GarmentPhotoType>,
    /// Default: `balanced`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// 0 to 2^32 - 1. Default: 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
    pub seed: Option<u32>,
    /// 1 to 4 pictures. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_samples: Option<OutputCount>,
    /// Default: `png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_base64: Option<bool>,
}

impl<'a> TryonV16<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let model_image = fields.required_image("model_image", Role::Person);
        let garment_image = fields.required_image("garment_image", Role::Product);
        let category = fields.choice("category");
        let segmentation_free = fields.flag("segmentation_free");
        let moderation_level = fields.choice("moderation_level");
        let garment_photo_type = fields.choice("garment_photo_type");
        let mode = fields.choice("mode");
        let seed = fields.seed("seed");
        let num_samples = fields.output_count("num_samples");
        let output_format = fields.choice("output_format");
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            model_image: model_image?,
            garment_image: garment_image?,
            category,
            segmentation_free,
            moderation_level,
            garment_photo_type,
            mode,
            seed,
            num_samples,
            output_format,
            return_base64,
        })
    }
}

/// "Processing Resolution": the one size of its outputs.
const SIZE: Size = Size::new(864, 1296);

impl<'a> ModelInputs<'a> for TryonV16<'a> {
    fn model(&self) -> Model {
        Model::TryonV16
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("model_image", Role::Person, Some(&self.model_image)),
            ("garment_image", Role::Product, Some(&self.garment_image)),
        ])
    }

    /// "1 credit per output image"
    fn credits(&self) -> Credits {
        Credits(1).per_output(self.num_samples)
    }

    /// "Processing Time" at the head of the page.
    fn expected_seconds(&self) -> ExpectedSeconds {
        let (typical, longest) = match self.mode.unwrap_or(Mode::Balanced) {
            Mode::Performance => (5, 5),
            Mode::Balanced => (8, 8),
            Mode::Quality => (12, 17),
        };
        ExpectedSeconds { typical, longest }
    }

    fn output(&self) -> OutputSpec {
        OutputSpec {
            count: self.num_samples.unwrap_or_default(),
            media: self.output_format.unwrap_or(OutputFormat::Png).into(),
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::List,
            frame: Frame::Exactly(SIZE),
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        Knobs {
            mode: Some(Knob::new("mode", &mut self.mode, Mode::Balanced)),
            moderation_level: Some(Knob::new(
                "moderation_level",
                &mut self.moderation_level,
                ModerationLevel::Permissive,
            )),
            seed: Some(Knob::seed(&mut self.seed)),
            outputs: Some(Knob::new(
                "num_samples",
                &mut self.num_samples,
                OutputCount::default(),
            )),
            output_format: Some(Knob::output_format(
                &mut self.output_format,
                OutputFormat::Png,
            )),
            return_base64: Some(Knob::return_base64(&mut self.return_base64)),
            ..Knobs::default()
        }
    }
}
