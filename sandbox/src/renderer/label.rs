//! Words on pictures. The letters are Noto Sans Mono's, from a crate that carries them as small
//! grey pictures.

use fashn::models::Size;
use image::RgbaImage;
use image::imageops::overlay;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use super::scale::{proportion, resize};

const HEIGHT: RasterHeight = RasterHeight::Size32;
const WEIGHT: FontWeight = FontWeight::Bold;

/// A line of white letters on a dark bar, 32 pixels high.
fn line(text: &str) -> RgbaImage {
    let advance = get_raster_width(WEIGHT, HEIGHT);
    let width = u32::try_from(advance * text.chars().count().max(1)).unwrap_or(1);
    let mut picture = RgbaImage::from_pixel(width, 32, image::Rgba([0, 0, 0, 170]));
    for (index, letter) in text.chars().enumerate() {
        let Some(raster) =
            get_raster(letter, WEIGHT, HEIGHT).or_else(|| get_raster('?', WEIGHT, HEIGHT))
        else {
            continue;
        };
        for (row, greys) in picture.rows_mut().zip(raster.rows()) {
            for (pixel, &grey) in row.skip(index * advance).zip(greys.iter()) {
                *pixel = image::Rgba([grey, grey, grey, grey.max(170)]);
            }
        }
    }
    picture
}

/// The height of a line of words on a picture.
pub fn line_height(picture: &RgbaImage) -> u32 {
    (picture.width().min(picture.height()) / 28).max(8)
}

/// Writes a line on a dark bar, from its upper left corner.
pub fn label(picture: &mut RgbaImage, text: &str, left: u32, top: u32, height: u32) {
    let line = line(&format!(" {text} "));
    let size = Size::new(proportion(height, line.width(), line.height()), height);
    overlay(picture, &resize(&line, size), left.into(), top.into());
}

/// Marks a picture in its lower left corner.
pub fn mark(picture: &mut RgbaImage, text: &str) {
    let height = line_height(picture);
    let top = picture.height().saturating_sub(height + height / 2);
    label(picture, text, height / 2, top, height);
}

/// Words in lines of at most `letters_max` letters; a longer word is cut.
pub fn wrapped(words: &str, letters_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let word: String = word.chars().take(letters_max).collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters_max => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_in_the_lower_left_corner_and_nowhere_else() {
        for (width, height) in [(864, 1296), (1360, 760), (64, 64)] {
            let plain = RgbaImage::from_pixel(width, height, image::Rgba([120, 120, 120, 255]));
            let mut marked = plain.clone();
            mark(&mut marked, "SANDBOX");
            let differs = |x, y| marked.get_pixel(x, y) != plain.get_pixel(x, y);
            let changed = marked.enumerate_pixels().filter(|(x, y, _)| differs(*x, *y)).count();
            assert!(changed > 50, "{width}x{height}: {changed}");
            let has_white = marked.pixels().any(|pixel| pixel.0[0] > 220);
            assert!(has_white, "{width}x{height}");
            assert!(!differs(width - 1, 0));
        }
    }

    #[test]
    fn words_wrap_at_spaces() {
        assert_eq!(wrapped("a model in a white t-shirt", 10), ["a model in", "a white", "t-shirt"]);
        assert_eq!(wrapped("incomprehensibilities", 8), ["incompre"]);
        assert!(wrapped("  ", 8).is_empty());
    }

    #[test]
    fn any_text_can_be_written_on_any_picture() {
        for (width, height) in [(1, 1), (10, 400), (500, 10)] {
            let mut picture = RgbaImage::new(width, height);
            label(&mut picture, "Überraschung 東京 \u{1F600}", 5, 5, 12);
            mark(&mut picture, "");
        }
    }
}
