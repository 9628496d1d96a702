// Grids of numbers over the picture, and the few operations that the renderer needs on them.
import sharp from "sharp";

/** The garment's canvas in its own units; a field has `scale` pixels to a unit. */
export const WIDTH = 1200;
export const HEIGHT = 1500;

/** Rasterises SVG content (white on black) to values in [0, 1]. */
export async function rasterise(content, scale) {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH * scale}" height="${HEIGHT * scale}">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#000"/>${content}</svg>`;
  const { data } = await sharp(Buffer.from(svg)).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  const field = new Float32Array(WIDTH * scale * HEIGHT * scale);
  const channels = data.length / field.length;
  for (let i = 0; i < field.length; i++) field[i] = data[i * channels] / 255;
  return field;
}

/** Gaussian blur by three box blurs; `sigma` in pixels of the field. */
export function blur(source, width, height, sigma) {
  if (sigma < 0.3) return source.slice();
  const radius = Math.max(1, Math.round(Math.sqrt(sigma * sigma + 1 / 12) * 0.97));
  let from = source.slice();
  let to = new Float32Array(source.length);
  for (let pass = 0; pass < 3; pass++) {
    box(from, to, width, height, radius, 1, width);
    box(to, from, height, width, radius, width, 1);
  }
  return from;
}

function box(from, to, length, lines, radius, step, lineStep) {
  const weight = 1 / (2 * radius + 1);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let sum = from[start] * (radius + 1);
    for (let i = 0; i < radius; i++) sum += from[start + Math.min(i, length - 1) * step];
    for (let i = 0; i < length; i++) {
      sum += from[start + Math.min(i + radius, length - 1) * step];
      to[start + i * step] = sum * weight;
      sum -= from[start + Math.max(i - radius, 0) * step];
    }
  }
}

/** The field read at a place between pixels. */
export function sample(field, width, height, x, y) {
  const cx = Math.min(Math.max(x, 0), width - 1.001);
  const cy = Math.min(Math.max(y, 0), height - 1.001);
  const xi = Math.floor(cx);
  const yi = Math.floor(cy);
  const fx = cx - xi;
  const fy = cy - yi;
  const i = yi * width + xi;
  const top = field[i] + (field[i + 1] - field[i]) * fx;
  const bottom = field[i + width] + (field[i + width + 1] - field[i + width]) * fx;
  return top + (bottom - top) * fy;
}
