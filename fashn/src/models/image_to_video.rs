//! `image-to-video`: a short clip that begins with a picture (page "Image to Video").

use std::borrow::Cow;

use super::inputs::{InputSet as _, inputs};
use super::options::{Duration, VideoResolution};
use super::output::{Frame, Media};
use super::terms::RunTerms;
use super::tier::{Credits, ExpectedSeconds};
use crate::image::Image;

inputs! {
    /// Inputs of `image-to-video`. Where one is left out, FASHN's default holds.
    ImageToVideo {
        required {
            /// The first frame. Required.
            image: Image<'a> as Person;
        }
        optional {
            /// Motion guidance, best left out. Default: empty, automatic motion.
            prompt: Cow<'a, str>;
            /// Seconds. Default: 5.
            duration: Duration => duration;
            /// Default: `1080p`.
            resolution: VideoResolution => video_resolution,
                with end_image only VideoResolution::P1080;
            /// The last frame. Only with `resolution` `1080p`, which is the default.
            end_image: Image<'a>;
        }
    }
}

impl<'a> RunTerms<'a> for ImageToVideo<'a> {
    fn credits_per_output(&self) -> Credits {
        use Duration::{Five, Ten};
        use VideoResolution::{P480, P720, P1080};

        let effective = self.effective();
        Credits(match (effective.video_resolution, effective.duration) {
            (P480, Five) => 1,
            (P480, Ten) => 2,
            (P720, Five) => 3,
            (P720, Ten) | (P1080, Five) => 6,
            (P1080, Ten) => 12,
        })
    }

    /// The page says nothing of time. These are our own: more than the slowest picture where the
    /// price is higher, and within the 300 s that FASHN's SDKs wait.
    fn expected_seconds(&self) -> ExpectedSeconds {
        let effective = self.effective();
        let (typical, longest) = match effective.video_resolution {
            VideoResolution::P480 => (40, 90),
            VideoResolution::P720 => (60, 120),
            VideoResolution::P1080 => (90, 180),
        };
        match effective.duration {
            Duration::Five => ExpectedSeconds { typical, longest },
            Duration::Ten => ExpectedSeconds { typical: typical * 3 / 2, longest: longest * 3 / 2 },
        }
    }

    fn media(&self) -> Media {
        Media::Mp4 { duration_seconds: self.effective().duration.seconds() }
    }

    fn frame(&self) -> Frame {
        Frame::ShortSide {
            field: "image",
            pixels: match self.effective().video_resolution {
                VideoResolution::P480 => 480,
                VideoResolution::P720 => 720,
                VideoResolution::P1080 => 1080,
            },
        }
    }
}
