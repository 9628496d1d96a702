//! Words on pictures: the sandbox's mark, and captions. The letters are Noto Sans Mono's, from a crate that
//! carries them as small grey pictures.

use image::RgbaImage;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

use super::{Size, pixels, rows_mut, scale};

/// Letters are drawn at that height and scaled.
const HEIGHT: RasterHeight = RasterHeight::Size32;
const WEIGHT: FontWeight = FontWeight::Bold;

/// A line of text as white letters on nothing.
fn line(text: &str) -> RgbaImage {
    let advance = get_raster_width(WEIGHT, HEIGHT);
    let letters = text.chars().count().max(1);
    let mut picture = RgbaImage::new(u32::try_from(advance * letters).unwrap_or(1), 32);
    for (index, letter) in text.chars().enumerate() {
        let Some(raster) =
            get_raster(letter, WEIGHT, HEIGHT).or_else(|| get_raster('?', WEIGHT, HEIGHT))
        else {
            continue;
        };
        for (row, drawn) in rows_mut(&mut picture).zip(raster.rows()) {
            for (pixel, grey) in row.iter_mut().skip(index * advance).zip(drawn.iter()) {
                *pixel = [255, 255, 255, *grey];
            }
        }
    }
    picture
}

/// How tall letters are on a picture of that size.
fn letter_height(size: Size, share: f64) -> f64 {
    (f64::from(size.width.min(size.height)) * share).max(8.0)
}

/// Darkens a part of a picture, so that letters can be read on it.
fn darken(picture: &mut RgbaImage, left: u32, top: u32, size: Size) {
    let rows = rows_mut(picture)
        .skip(top as usize)
        .take(size.height as usize);
    for row in rows {
        for [red, green, blue, alpha] in
            row.iter_mut().skip(left as usize).take(size.width as usize)
        {
            for value in [red, green, blue] {
                *value = u8::try_from(u16::from(*value) * 2 / 5).unwrap_or(0);
            }
            *alpha = (*alpha).max(160);
        }
    }
}

/// Draws a line on a dark bar with its left upper corner there; answers the bar's size.
fn label(picture: &mut RgbaImage, text: &str, left: u32, top: u32, height: f64) -> Size {
    let letters = line(text);
    let ratio = Size::of(&letters).ratio();
    let drawn = Size {
        width: pixels(height * ratio),
        height: pixels(height),
    };
    let padding = pixels(height * 0.35);
    let bar = Size {
        width: drawn.width + 2 * padding,
        height: drawn.height + padding,
    };
    darken(picture, left, top, bar);
    image::imageops::overlay(
        picture,
        &scale::to(&letters, drawn),
        i64::from(left + padding),
        i64::from(top + padding / 2),
    );
    bar
}

/// Marks a picture as the sandbox's, in its lower left corner.
pub fn mark(picture: &mut RgbaImage) {
    let size = Size::of(picture);
    let height = letter_height(size, 0.04);
    let margin = pixels(height * 0.5)
        .min(size.width / 10)
        .min(size.height / 10);
    let tall = pixels(height * 1.4);
    let top = size.height.saturating_sub(margin + tall);
    label(picture, "SANDBOX", margin, top, height);
}

/// Writes words over the upper part of a picture, in as many lines as they need, up to six.
pub fn caption(picture: &mut RgbaImage, words: &str) {
    let size = Size::of(picture);
    let height = letter_height(size, 0.034);
    let letter_width = height * 0.55;
    let margin = pixels(height);
    let fits = pixels((f64::from(size.width) - 3.0 * f64::from(margin)) / letter_width) as usize;
    let mut top = margin;
    for text in wrapped(words, fits.max(8)).iter().take(6) {
        let bar = label(picture, text, margin, top, height);
        top += bar.height;
    }
}

/// Words in lines of at most `most` letters; a word that is longer is cut.
fn wrapped(words: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let word: String = word.chars().take(most).collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
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
    use image::Rgba;

    #[test]
    fn the_mark_is_in_the_lower_left_corner_and_nowhere_else() {
        for size in [(864, 1296), (1360, 760), (64, 64)] {
            let plain = RgbaImage::from_pixel(size.0, size.1, Rgba([120, 120, 120, 255]));
            let mut marked = plain.clone();
            mark(&mut marked);
            let differs = |x, y| marked.get_pixel(x, y) != plain.get_pixel(x, y);
            let changed = marked
                .enumerate_pixels()
                .filter(|(x, y, _)| differs(*x, *y))
                .count();
            assert!(changed > 50, "{size:?}: {changed}");
            assert!(
                marked.pixels().any(|pixel| pixel.0[0] > 220),
                "letters are white"
            );
            assert!(!differs(size.0 - 1, 0));
        }
    }

    #[test]
    fn captions_wrap_at_words() {
        assert_eq!(
            wrapped("a model in a white t-shirt", 10),
            ["a model in", "a white", "t-shirt"]
        );
        assert_eq!(wrapped("incomprehensibilities", 8), ["incompre"]);
        assert!(wrapped("  ", 8).is_empty());
    }

    #[test]
    fn any_text_can_be_drawn_on_any_picture() {
        for (width, height) in [(1, 1), (10, 400), (500, 10)] {
            let mut picture = RgbaImage::new(width, height);
            caption(
                &mut picture,
                "Überraschung 東京 \u{1F600} and so on and so on and so on",
            );
            mark(&mut picture);
        }
    }
}
