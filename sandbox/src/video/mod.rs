//! Clips without a codec library: the smallest H.264 that a browser plays, in the smallest MP4.
//!
//! ```text
//! picture ─▶ planes ─▶ h264::Stream: one frame as plain samples, all others by reference to it ─▶ mp4
//! ```
//!
//! An encoder (x264 in C, `less-avc` for plain frames alone) brings either a C toolchain to the build or three
//! megabytes to every frame. A sandbox's clip needs neither: the first picture is sent as it is (`I_PCM`), and
//! every other frame only says from where in it each block is taken. That is a slow zoom for a few kilobytes;
//! with an `end_image`, a cross-fade of two such pictures for 40 bytes a frame.

mod bits;
mod h264;
mod mp4;
mod planes;

use crate::picture::RgbaImage;
use h264::Stream;
use planes::Planes;

/// Frames a second.
const RATE: u32 = 24;

/// The zoom at the end of a clip.
const ZOOM: f64 = 1.05;

/// A clip of so many seconds that moves slowly into the picture.
#[must_use]
pub fn zoom(picture: &RgbaImage, seconds: u32) -> Vec<u8> {
    let frames = seconds * RATE;
    let mut stream = Stream::begin(&Planes::of(picture));
    for frame in 1..frames {
        stream.zoomed(1.0 + (ZOOM - 1.0) * eased(frame, frames), frame);
    }
    mp4::written(&stream, RATE)
}

/// A clip of so many seconds from one picture to another of the same size.
#[must_use]
pub fn crossfade(first: &RgbaImage, last: &RgbaImage, seconds: u32) -> Vec<u8> {
    let frames = seconds * RATE;
    let mut stream = Stream::begin(&Planes::of(first));
    stream.last(&Planes::of(last), frames - 1);
    for frame in 1..frames - 1 {
        stream.between(eased(frame, frames), frame);
    }
    mp4::written(&stream, RATE)
}

/// 0 to 1 over the clip, slow at both ends.
fn eased(frame: u32, frames: u32) -> f64 {
    let share = f64::from(frame) / f64::from(frames.saturating_sub(1).max(1));
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    fn picture(colour: [u8; 4]) -> RgbaImage {
        RgbaImage::from_pixel(270, 480, Rgba(colour))
    }

    #[test]
    fn a_clip_is_an_mp4_of_one_plain_frame_and_little_else() {
        let clip = zoom(&picture([200, 90, 40, 255]), 5);
        assert_eq!(&clip[4..8], b"ftyp");
        // 17 by 30 blocks of 384 bytes, and 119 frames of references.
        let plain = 17 * 30 * 384;
        assert!(
            (plain..plain + 120 * 1200).contains(&clip.len()),
            "{}",
            clip.len()
        );
        assert!(zoom(&picture([200, 90, 40, 255]), 10).len() > clip.len());
    }

    #[test]
    fn a_crossfade_has_two_plain_frames() {
        let clip = crossfade(&picture([255, 0, 0, 255]), &picture([0, 0, 255, 255]), 5);
        let plain = 2 * 17 * 30 * 384;
        assert!(
            (plain..plain + 118 * 64 + 4000).contains(&clip.len()),
            "{}",
            clip.len()
        );
    }

    #[test]
    fn zooming_is_slow_at_both_ends() {
        assert!(eased(0, 120) < 1e-9 && (eased(119, 120) - 1.0).abs() < 1e-9);
        assert!(eased(1, 120) < 0.001 && eased(118, 120) > 0.999);
    }
}
