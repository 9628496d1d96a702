//! The output of models that generate: a plain picture with the model's name, its prompt and the
//! pictures that it was sent.

use fashn::models::Size;
use image::imageops::overlay;
use image::{Rgba, RgbaImage};

use super::label::{label, line_height, wrapped};
use super::scale::{fitted, resize};

const PAPER: Rgba<u8> = Rgba([226, 223, 218, 255]);
const STRIPE: Rgba<u8> = Rgba([214, 211, 206, 255]);

/// The most lines of a prompt that are shown.
const PROMPT_LINES_MAX: usize = 6;

/// Draws the placeholder of a size.
pub fn placeholder(
    model: &str,
    prompt: &str,
    pictures: &[(String, RgbaImage)],
    size: Size,
) -> RgbaImage {
    let mut canvas = RgbaImage::from_fn(size.width, size.height, |x, y| {
        if (x + y) / 24 % 2 == 0 { PAPER } else { STRIPE }
    });
    let line = line_height(&canvas);
    label(&mut canvas, model, line, line, line * 2);
    let mut top = line * 4;
    // A letter is a little wider than half its height.
    let letters = (size.width.saturating_sub(line * 3) * 10 / (line * 6)).max(8);
    let prompt = wrapped(prompt, usize::try_from(letters).unwrap_or(usize::MAX));
    for text in prompt.iter().take(PROMPT_LINES_MAX) {
        label(&mut canvas, text, line, top, line);
        top += line * 5 / 4;
    }
    let bottom = size.height.saturating_sub(line * 2);
    show(&mut canvas, pictures, line, top, bottom);
    canvas
}

/// Shows pictures with their names in a grid between two heights.
fn show(
    canvas: &mut RgbaImage,
    pictures: &[(String, RgbaImage)],
    line: u32,
    top: u32,
    bottom: u32,
) {
    let count = u32::try_from(pictures.len()).unwrap_or(u32::MAX).max(1);
    let is_wide = canvas.width() > canvas.height();
    let columns = if is_wide { count } else { count.min(2) };
    let cell = Size::new(
        canvas.width().saturating_sub(line) / columns,
        bottom.saturating_sub(top) / count.div_ceil(columns),
    );
    let space =
        Size::new(cell.width.saturating_sub(line).max(1), cell.height.saturating_sub(line).max(1));
    for ((field, picture), index) in pictures.iter().zip(0..) {
        let left = line + index % columns * cell.width;
        let top = top + index / columns * cell.height;
        let shown = resize(picture, fitted(picture, space));
        overlay(canvas, &shown, left.into(), top.into());
        label(canvas, field, left, top, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(count: usize) -> Vec<(String, RgbaImage)> {
        let blue = RgbaImage::from_pixel(60, 90, Rgba([0, 0, 255, 255]));
        vec![("face_reference".to_owned(), blue); count]
    }

    #[test]
    fn placeholders_have_any_size_and_show_each_input() {
        for (width, height) in [(832, 1248), (1568, 672), (16, 16)] {
            let size = Size::new(width, height);
            let blue = |count| {
                let picture = placeholder("edit", "warmer light", &inputs(count), size);
                assert_eq!(picture.dimensions(), (width, height));
                let is_blue = |pixel: &&Rgba<u8>| pixel.0[0] < 20 && pixel.0[2] > 200;
                picture.pixels().filter(is_blue).count()
            };
            assert_eq!(blue(0), 0);
            assert!([1, 2, 3].map(blue).iter().all(|shown| *shown > 0 || width < 64));
        }
    }

    #[test]
    fn the_prompt_is_shown() {
        let size = Size::new(200, 300);
        let made = |prompt| placeholder("model-create", prompt, &[], size);
        assert_eq!(made("a model"), made("a model"));
        assert_ne!(made("a model"), made(""));
    }
}
