//! `background-remove`: cuts the subject out of its background (page "Background Remove").

use super::inputs::inputs;
use super::output::{Frame, Media};
use super::terms::RunTerms;
use super::tier::{Credits, ExpectedSeconds};
use crate::image::Image;

inputs! {
    /// Inputs of `background-remove`. Where one is left out, FASHN's default holds.
    BackgroundRemove {
        required {
            /// The picture. Required.
            image: Image<'a> as Person;
        }
        optional {
            /// Default: `false`.
            return_base64: bool => return_base64;
        }
    }
}

impl<'a> RunTerms<'a> for BackgroundRemove<'a> {
    fn credits_per_output(&self) -> Credits {
        Credits(1)
    }

    /// "1-3 seconds"
    fn expected_seconds(&self) -> ExpectedSeconds {
        ExpectedSeconds { typical: 2, longest: 3 }
    }

    fn media(&self) -> Media {
        Media::PngCutout
    }

    /// "Supported Resolution: up to 4MP". Of a larger picture the page says nothing: it is made
    /// smaller.
    fn frame(&self) -> Frame {
        Frame::SizeOf { field: "image", max_pixels: 4_000_000 }
    }
}
