//! `tryon-v1.6`: fast try-on for storefronts (page "FASHN Virtual Try-On v1.6").

use serde::Serialize;

use super::{Credits, MAX_OUTPUTS, MAX_SEED, OutputFormat};
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

/// Inputs of `tryon-v1.6`. What is `None` was not given, and FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    pub seed: Option<u32>,
    /// 1 to 4 pictures. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_samples: Option<u32>,
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
        let seed = fields.integer("seed", 0..=MAX_SEED);
        let num_samples = fields.integer("num_samples", 1..=MAX_OUTPUTS);
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

    /// One credit an output picture.
    pub(super) fn credits(&self) -> Credits {
        Credits(self.num_samples.unwrap_or(1))
    }
}
