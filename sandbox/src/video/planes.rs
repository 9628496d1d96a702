//! A picture as video has it: brightness for each pixel, colour for each four (4:2:0), BT.709 in limited range,
//! in whole blocks of 16 by 16.

use crate::picture::{RgbaImage, channel, rows};

/// A block's side.
pub const BLOCK: usize = 16;

/// The three planes.
#[derive(Debug, Clone)]
pub struct Planes {
    /// Pixels across, as they are to be seen.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Blocks across.
    pub across: usize,
    /// Blocks down.
    pub down: usize,
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

impl Planes {
    /// Of a picture with even sides; the last row and column are repeated up to whole blocks.
    pub fn of(picture: &RgbaImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        let lines: Vec<&[[u8; 4]]> = rows(picture).collect();
        let pixel = |x: usize, y: usize| {
            let line = lines.get(y.min(height.saturating_sub(1)));
            line.and_then(|line| line.get(x.min(width.saturating_sub(1))))
                .copied()
                .unwrap_or_default()
        };
        let mut luma = Vec::with_capacity(across * down * 256);
        for y in 0..down * BLOCK {
            luma.extend((0..across * BLOCK).map(|x| brightness(pixel(x, y))));
        }
        let (mut blue, mut red) = (Vec::new(), Vec::new());
        for y in (0..down * BLOCK).step_by(2) {
            for x in (0..across * BLOCK).step_by(2) {
                let four = [
                    pixel(x, y),
                    pixel(x + 1, y),
                    pixel(x, y + 1),
                    pixel(x + 1, y + 1),
                ];
                let mean = |index: usize| {
                    let values = four.iter().filter_map(|pixel| pixel.get(index));
                    values.map(|value| f32::from(*value)).sum::<f32>() / 4.0
                };
                let (r, g, b) = (mean(0), mean(1), mean(2));
                blue.push(channel(128.0 - 0.1006 * r - 0.3386 * g + 0.4392 * b));
                red.push(channel(128.0 + 0.4392 * r - 0.3989 * g - 0.0403 * b));
            }
        }
        Self {
            width,
            height,
            across,
            down,
            luma,
            blue,
            red,
        }
    }

    /// The samples of a block: 256 of brightness, 64 of blue, 64 of red.
    pub fn block(&self, across: usize, down: usize) -> impl Iterator<Item = u8> + '_ {
        let line = self.across * BLOCK;
        let luma = square(&self.luma, line, across * BLOCK, down * BLOCK, BLOCK);
        let half = BLOCK / 2;
        let blue = square(&self.blue, line / 2, across * half, down * half, half);
        let red = square(&self.red, line / 2, across * half, down * half, half);
        luma.chain(blue).chain(red)
    }
}

fn square(
    plane: &[u8],
    line: usize,
    left: usize,
    top: usize,
    side: usize,
) -> impl Iterator<Item = u8> + '_ {
    let rows = plane.chunks_exact(line).skip(top).take(side);
    rows.flat_map(move |row| row.iter().skip(left).take(side).copied())
}

fn brightness([red, green, blue, _]: [u8; 4]) -> u8 {
    channel(16.0 + 0.1826 * f32::from(red) + 0.6142 * f32::from(green) + 0.0620 * f32::from(blue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn colours_are_those_of_bt_709() {
        for (colour, samples) in [
            ([255, 255, 255, 255], (235, 128, 128)),
            ([0, 0, 0, 255], (16, 128, 128)),
            ([255, 0, 0, 255], (63, 102, 240)),
            ([0, 0, 255, 255], (32, 240, 118)),
        ] {
            let planes = Planes::of(&RgbaImage::from_pixel(32, 16, Rgba(colour)));
            let block: Vec<u8> = planes.block(1, 0).collect();
            assert_eq!(block.len(), 384);
            assert_eq!((block[0], block[256], block[320]), samples, "{colour:?}");
        }
    }

    #[test]
    fn sides_are_filled_up_to_whole_blocks() {
        let planes = Planes::of(&RgbaImage::from_pixel(270, 480, Rgba([255, 255, 255, 255])));
        assert_eq!((planes.across, planes.down), (17, 30));
        assert!(planes.block(16, 29).take(256).all(|luma| luma == 235));
    }
}
