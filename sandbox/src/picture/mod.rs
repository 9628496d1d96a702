//! The studio's hands: reading, scaling, cutting out, laying on, writing. It makes honest composites, not
//! generated pictures, and every one of them is marked.

pub mod body;
pub mod cutout;
pub mod draw;
pub mod figure;
pub mod read;
pub mod scale;
pub mod text;
pub mod tryon;
pub mod write;

pub use image::RgbaImage;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// Of a picture.
    #[must_use]
    pub fn of(picture: &RgbaImage) -> Self {
        Self {
            width: picture.width(),
            height: picture.height(),
        }
    }

    /// Width by height.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height.max(1))
    }
}

/// A pixel count from a computed length, at least 1.
#[must_use]
pub(crate) fn pixels(length: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped; `as` saturates"
    )]
    let whole = length.round().max(1.0) as u32;
    whole
}

/// A channel's value from a computed one.
#[must_use]
pub(crate) fn channel(value: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates"
    )]
    let whole = value.round() as u8;
    whole
}

/// A picture's pixels, row by row.
pub(crate) fn rows(picture: &RgbaImage) -> impl Iterator<Item = &[[u8; 4]]> {
    picture
        .as_raw()
        .as_chunks::<4>()
        .0
        .chunks_exact(picture.width().max(1) as usize)
}

/// The same, to be changed.
pub(crate) fn rows_mut(picture: &mut RgbaImage) -> impl Iterator<Item = &mut [[u8; 4]]> {
    let width = picture.width().max(1) as usize;
    picture.as_chunks_mut::<4>().0.chunks_exact_mut(width)
}
