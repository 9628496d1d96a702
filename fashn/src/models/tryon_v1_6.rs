//! `tryon-v1.6`: fast try-on for storefronts (page "FASHN Virtual Try-On v1.6").

use super::inputs::{InputSet as _, inputs};
use super::options::{Mode, ModerationLevel, OutputCount, OutputFormat};
use super::output::{Frame, Size};
use super::terms::RunTerms;
use super::tier::{Credits, ExpectedSeconds};
use crate::choice::choices;
use crate::image::Image;

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
    /// What kind of photograph the garment's is.
    GarmentPhotoType {
        Auto = "auto",
        FlatLay = "flat-lay",
        Model = "model",
    }
}

inputs! {
    /// Inputs of `tryon-v1.6`. Where one is left out, FASHN's default holds.
    TryonV16 {
        required {
            /// The person. Required.
            model_image: Image<'a> as Person;
            /// The garment. Required.
            garment_image: Image<'a> as Product;
        }
        optional {
            /// Default: `auto`.
            category: Category;
            /// Default: `true`.
            segmentation_free: bool;
            /// Default: `permissive`.
            moderation_level: ModerationLevel => moderation_level;
            /// Default: `auto`.
            garment_photo_type: GarmentPhotoType;
            /// Default: `balanced`.
            mode: Mode => mode;
            /// 0 to 2^32 - 1. Default: 42.
            #[cfg_attr(feature = "schema", schema(maximum = 4_294_967_295_u64))]
            seed: u32 => seed;
            /// 1 to 4 pictures. Default: 1.
            num_samples: OutputCount => outputs;
            /// Default: `png`.
            output_format: OutputFormat => output_format;
            /// Default: `false`.
            return_base64: bool => return_base64;
        }
    }
}

impl<'a> RunTerms<'a> for TryonV16<'a> {
    /// "1 credit per output image"
    fn credits_per_output(&self) -> Credits {
        Credits(1)
    }

    /// "Processing Time" at the head of the page.
    fn expected_seconds(&self) -> ExpectedSeconds {
        let (typical, longest) = match self.effective().mode {
            Mode::Performance => (5, 5),
            Mode::Balanced => (8, 8),
            Mode::Quality => (12, 17),
        };
        ExpectedSeconds { typical, longest }
    }

    /// "Processing Resolution"
    fn frame(&self) -> Frame {
        Frame::Exactly(Size::new(864, 1296))
    }
}
