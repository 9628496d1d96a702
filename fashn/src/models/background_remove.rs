//! `background-remove`: cuts the subject out of its background (page "Background Remove").

use serde::Serialize;

use super::knobs::{Knob, Knobs};
use super::options::OutputCount;
use super::output::{Frame, Media, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds};
use super::{Model, ModelInputs, Picture, given};
use crate::fields::Fields;
use crate::image::{Image, Role};

/// Inputs of `background-remove`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct BackgroundRemove<'a> {
    /// The picture. Required.
    pub image: Image<'a>,
    /// Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_base64: Option<bool>,
}

impl<'a> BackgroundRemove<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let image = fields.required_image("image", Role::Person);
        let return_base64 = fields.flag("return_base64");
        Some(Self {
            image: image?,
            return_base64,
        })
    }
}

impl<'a> ModelInputs<'a> for BackgroundRemove<'a> {
    fn model(&self) -> Model {
        Model::BackgroundRemove
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([("image", Role::Person, Some(&self.image))])
    }

    fn credits(&self) -> Credits {
        Credits(1)
    }

    fn expected_seconds(&self) -> ExpectedSeconds {
        // "1-3 seconds"
        ExpectedSeconds {
            typical: 2,
            longest: 3,
        }
    }

    fn output(&self) -> OutputSpec {
        OutputSpec {
            count: OutputCount::default(),
            media: Media::PngCutout,
            base64: self.return_base64.unwrap_or(false),
            shape: OutputShape::List,
            // "Supported Resolution: up to 4MP"; what becomes of more isn't said: it is made smaller.
            frame: Frame::SizeOf {
                field: "image",
                max_pixels: 4_000_000,
            },
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        Knobs {
            return_base64: Some(Knob::return_base64(&mut self.return_base64)),
            ..Knobs::default()
        }
    }
}
