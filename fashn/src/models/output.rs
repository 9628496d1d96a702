//! What a completed run delivers: how many, of what kind, how large.

use super::options::{AspectRatio, OutputCount, OutputFormat, Resolution};

/// The output of a run, as far as it follows from the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputSpec {
    /// How many outputs.
    pub count: OutputCount,
    /// What each is.
    pub media: Media,
    /// Data URLs in place of addresses: there for 60 minutes, then `"_expired"`; addresses hold 72
    /// hours (page "Data Retention & Privacy").
    pub base64: bool,
    /// How `output` is written.
    pub shape: OutputShape,
    /// How large each is.
    pub frame: Frame,
}

impl OutputSpec {
    /// The most characters that one output can have as a data URL, if outputs are data URLs. PNG
    /// can't be much larger than its pixels, JPEG of the best quality takes a byte for a pixel.
    pub fn base64_chars_max(&self) -> Option<u64> {
        let bytes_per_pixel = match self.media {
            Media::Png => 3,
            Media::PngCutout => 4,
            Media::Jpeg => 1,
            Media::Mp4 { .. } => return None,
        };
        let bytes = self.frame.pixels_max()? * bytes_per_pixel;
        self.base64.then(|| bytes.div_ceil(3) * 4 + BESIDE_PIXELS_CHARS)
    }
}

/// Characters of a data URL beside the pixels: its prefix, the file's header, and how PNG frames
/// what it can't compress.
const BESIDE_PIXELS_CHARS: u64 = 64 << 10;

/// What kind of file an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// PNG.
    Png,
    /// PNG, transparent where the background was: `background-remove`.
    PngCutout,
    /// JPEG.
    Jpeg,
    /// MP4: `image-to-video`, of so many seconds.
    Mp4 {
        /// The clip's length.
        duration_seconds: u32,
    },
}

impl Media {
    /// The media type: `image/png`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png | Self::PngCutout => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Mp4 { .. } => "video/mp4",
        }
    }

    /// The ending of the file's name: `output_0.png`. FASHN's pages show `png` and `mp4`; of JPEG
    /// they show no address, and it gets the format's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png | Self::PngCutout => "png",
            Self::Jpeg => "jpeg",
            Self::Mp4 { .. } => "mp4",
        }
    }
}

impl From<OutputFormat> for Media {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Png => Self::Png,
            OutputFormat::Jpeg => Self::Jpeg,
        }
    }
}

/// How `output` is written in a completed prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputShape {
    /// `["…"]`
    List,
    /// `{"images": ["…"]}`: `face-to-model`.
    Images,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// What an output's size follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// This size, independent of the pictures.
    Exactly(Size),
    /// The aspect ratio of one of the input pictures, at a tier.
    RatioOf {
        /// The picture's field.
        field: &'static str,
        /// The tier.
        resolution: Resolution,
    },
    /// The size of one of the input pictures, made smaller where it has more pixels than that.
    SizeOf {
        /// The picture's field.
        field: &'static str,
        /// The most pixels.
        max_pixels: u32,
    },
    /// The aspect ratio of one of the input pictures, its shorter side so long, as video is
    /// measured.
    ShortSide {
        /// The picture's field.
        field: &'static str,
        /// The shorter side.
        pixels: u32,
    },
}

impl Frame {
    /// The input picture that the size follows from, if any.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::Exactly(_) => None,
            Self::RatioOf { field, .. }
            | Self::SizeOf { field, .. }
            | Self::ShortSide { field, .. } => Some(field),
        }
    }

    /// The most pixels of an output, whichever picture comes; none of a video.
    pub fn pixels_max(self) -> Option<u64> {
        match self {
            Self::Exactly(size) => Some(size.pixels()),
            Self::RatioOf { resolution, .. } => Some(resolution.pixels_max()),
            Self::SizeOf { max_pixels, .. } => Some(u64::from(max_pixels)),
            Self::ShortSide { .. } => None,
        }
    }

    /// The size of the outputs, given the size of the picture that [`Frame::field`] names.
    pub fn size(self, picture: Size) -> Size {
        match self {
            Self::Exactly(size) => size,
            Self::RatioOf { resolution, .. } => resolution.size_like(picture),
            Self::SizeOf { max_pixels, .. } => {
                if picture.pixels() <= u64::from(max_pixels) {
                    picture
                } else {
                    picture.scaled_to(u64::from(max_pixels), 1)
                }
            }
            Self::ShortSide { pixels, .. } => {
                let (width, height) = (u64::from(picture.width), u64::from(picture.height));
                let short = width.min(height).max(1);
                // Video codecs want even sides.
                let side = |length: u64| even(length.max(1) * u64::from(pixels) / short);
                Size { width: side(width), height: side(height) }
            }
        }
    }
}

fn even(length: u64) -> u32 {
    u32::try_from(length / 2 * 2).unwrap_or(u32::MAX - 1).max(2)
}

impl Size {
    /// So wide and so high.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The same aspect ratio with at most so many pixels, each side a multiple of `step`.
    fn scaled_to(self, pixels: u64, step: u64) -> Self {
        let (width, height) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        let side = |this: u64, other: u64| {
            let length = (pixels * this / other).isqrt() / step * step;
            u32::try_from(length.max(step)).unwrap_or(u32::MAX)
        };
        Self { width: side(width, height), height: side(height, width) }
    }
}

impl AspectRatio {
    /// The size at `1k` (page "Reframe", "Supported Aspect Ratios").
    pub const fn size_1k(self) -> Size {
        match self {
            Self::R21x9 => Size::new(1568, 672),
            Self::R1x1 => Size::new(1024, 1024),
            Self::R4x3 => Size::new(1176, 880),
            Self::R3x2 => Size::new(1248, 832),
            Self::R2x3 => Size::new(832, 1248),
            Self::R5x4 => Size::new(1144, 912),
            Self::R4x5 => Size::new(912, 1144),
            Self::R3x4 => Size::new(880, 1176),
            Self::R16x9 => Size::new(1360, 760),
            Self::R9x16 => Size::new(760, 1360),
        }
    }

    /// The size at a tier. The page gives those of `1k`; the larger tiers have 4 and 16 times the
    /// pixels, so sides of twice and four times the length.
    pub const fn size(self, resolution: Resolution) -> Size {
        let Size { width, height } = self.size_1k();
        let times = resolution.side_factor();
        Size::new(width * times, height * times)
    }
}

impl Resolution {
    const fn side_factor(self) -> u32 {
        match self {
            Self::OneK => 1,
            Self::TwoK => 2,
            Self::FourK => 4,
        }
    }

    /// The size at this tier of an output that keeps a picture's aspect ratio: one of reframe's
    /// where the ratio is, to the pixel, one of those, else the nearest below the tier's
    /// megapixels, sides multiples of 8.
    pub fn size_like(self, picture: Size) -> Size {
        use crate::choice::Choice as _;

        let listed = AspectRatio::ALL.iter().find(|(_, ratio)| {
            let (width, height) = ratio.parts();
            u64::from(picture.width) * u64::from(height)
                == u64::from(picture.height) * u64::from(width)
        });
        if let Some((_, ratio)) = listed.filter(|_| picture.pixels() > 0) {
            return ratio.size(self);
        }
        let side = u64::from(1024 * self.side_factor());
        picture.scaled_to(side * side, 8)
    }

    /// The most pixels of an output at this tier: 21:9 has a little more than the square.
    pub fn pixels_max(self) -> u64 {
        AspectRatio::R21x9.size(self).pixels()
    }
}

impl AspectRatio {
    /// Width and height in smallest numbers: `(16, 9)`.
    pub const fn parts(self) -> (u32, u32) {
        match self {
            Self::R21x9 => (21, 9),
            Self::R16x9 => (16, 9),
            Self::R9x16 => (9, 16),
            Self::R4x3 => (4, 3),
            Self::R3x4 => (3, 4),
            Self::R3x2 => (3, 2),
            Self::R2x3 => (2, 3),
            Self::R4x5 => (4, 5),
            Self::R5x4 => (5, 4),
            Self::R1x1 => (1, 1),
        }
    }
}
