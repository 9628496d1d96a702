//! `image-to-video`: a short clip that begins with a picture (page "Image to Video").

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::knobs::{Knob, Knobs};
use super::options::OutputCount;
use super::output::{Frame, Media, OutputShape, OutputSpec};
use super::tier::{Credits, ExpectedSeconds};
use super::{Model, ModelInputs, Picture, given};
use crate::choice::{Choice, choices, must_be_one_of};
use crate::fields::Fields;
use crate::image::{Image, Role};

choices! {
    /// The video's shorter side, by the names that screens have.
    VideoResolution {
        P480 = "480p",
        P720 = "720p",
        P1080 = "1080p",
    }
}

/// How long the clip is. On the wire a number; written as a string it is understood too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duration {
    /// `5`
    Five,
    /// `10`
    Ten,
}

impl Duration {
    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
        }
    }
}

impl Choice for Duration {
    const ALL: &'static [(&'static str, Self)] = &[("5", Self::Five), ("10", Self::Ten)];
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.seconds())
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u32::deserialize(deserializer)?;
        Self::named(&seconds.to_string())
            .ok_or_else(|| serde::de::Error::custom(must_be_one_of::<Self>()))
    }
}

/// Inputs of `image-to-video`. Where one is left out, FASHN's default holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    serde(deny_unknown_fields)
)]
pub struct ImageToVideo<'a> {
    /// The first frame. Required.
    pub image: Image<'a>,
    /// Motion guidance, best left out. Default: empty, automatic motion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Cow<'a, str>>,
    /// Seconds. Default: 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// Default: `1080p`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<VideoResolution>,
    /// The last frame. Only with `resolution` `1080p`, which is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_image: Option<Image<'a>>,
}

impl<'a> ImageToVideo<'a> {
    pub(super) fn read(fields: &mut Fields<'a, '_>) -> Option<Self> {
        let image = fields.required_image("image", Role::Person);
        let prompt = fields.text("prompt");
        let duration = fields.choice("duration");
        let resolution = fields.choice("resolution");
        let end_image = fields.image("end_image", Role::Reference);
        let lower = resolution.is_some_and(|resolution| resolution != VideoResolution::P1080);
        if lower && fields.was_given("end_image") {
            fields.fault("end_image", "is only supported with resolution 1080p");
        }
        Some(Self {
            image: image?,
            prompt,
            duration,
            resolution,
            end_image,
        })
    }

    fn cell(&self) -> (VideoResolution, Duration) {
        (
            self.resolution.unwrap_or(VideoResolution::P1080),
            self.duration.unwrap_or(Duration::Five),
        )
    }
}

impl<'a> ModelInputs<'a> for ImageToVideo<'a> {
    fn model(&self) -> Model {
        Model::ImageToVideo
    }

    fn pictures(&self) -> Vec<Picture<'_, 'a>> {
        given([
            ("image", Role::Person, Some(&self.image)),
            ("end_image", Role::Reference, self.end_image.as_ref()),
        ])
    }

    fn credits(&self) -> Credits {
        use Duration::{Five, Ten};
        use VideoResolution::{P480, P720, P1080};

        Credits(match self.cell() {
            (P480, Five) => 1,
            (P480, Ten) => 2,
            (P720, Five) => 3,
            (P720, Ten) | (P1080, Five) => 6,
            (P1080, Ten) => 12,
        })
    }

    /// The page says nothing of time. These are our own: more than the slowest picture where the price is
    /// higher, and within the 300 s that FASHN's SDKs wait.
    fn expected_seconds(&self) -> ExpectedSeconds {
        let (resolution, duration) = self.cell();
        let (typical, longest) = match resolution {
            VideoResolution::P480 => (40, 90),
            VideoResolution::P720 => (60, 120),
            VideoResolution::P1080 => (90, 180),
        };
        match duration {
            Duration::Five => ExpectedSeconds { typical, longest },
            Duration::Ten => ExpectedSeconds {
                typical: typical * 3 / 2,
                longest: longest * 3 / 2,
            },
        }
    }

    /// "Currently 1 video per request", always an address.
    fn output(&self) -> OutputSpec {
        let (resolution, duration) = self.cell();
        OutputSpec {
            count: OutputCount::default(),
            media: Media::Mp4 {
                duration_seconds: duration.seconds(),
            },
            base64: false,
            shape: OutputShape::List,
            frame: Frame::ShortSide {
                field: "image",
                pixels: match resolution {
                    VideoResolution::P480 => 480,
                    VideoResolution::P720 => 720,
                    VideoResolution::P1080 => 1080,
                },
            },
        }
    }

    fn knobs(&mut self) -> Knobs<'_> {
        let only = self.end_image.is_some().then_some(VideoResolution::P1080);
        Knobs {
            duration: Some(Knob::new("duration", &mut self.duration, Duration::Five)),
            video_resolution: Some(
                Knob::new("resolution", &mut self.resolution, VideoResolution::P1080).only(only),
            ),
            ..Knobs::default()
        }
    }
}
