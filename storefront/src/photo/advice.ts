// What could be better about a photo, seen on the device before anything is sent. Advice, never a wall: a photo in an odd
// light may do very well.

export type PhotoAdvice = 'dark' | 'blurred' | 'small' | 'wide';

/** The photo, made small for this: pixels as a canvas gives them, and its size before. */
export interface Seen {
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
  originalWidth: number;
  originalHeight: number;
}

/** Longest edge of the small copy. */
export const ADVICE_EDGE_PX = 256;
const SMALL_PX = 500;
/** On its side, or a panorama: a person takes up little of it. */
const WIDE = 1.25;
const DARK_MEAN = 50;
/** Nothing in it is bright: a dark room, and not a lit person before a dark wall. */
const DARK_BRIGHTEST = 120;
const BLURRED_VARIANCE = 10;

export function adviceOn({ pixels, width, height, originalWidth, originalHeight }: Seen): PhotoAdvice[] {
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.299 * (pixels[at * 4] ?? 0) + 0.587 * (pixels[at * 4 + 1] ?? 0) + 0.114 * (pixels[at * 4 + 2] ?? 0);
  }
  const found: PhotoAdvice[] = [];
  const sorted = grey.slice().sort();
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const isDark = mean < DARK_MEAN && (sorted[Math.floor(sorted.length * 0.95)] ?? 0) < DARK_BRIGHTEST;
  if (isDark) found.push('dark');
  // In the dark there is little to see of edges.
  else if (edgeVariance(grey, width, height) < BLURRED_VARIANCE) found.push('blurred');
  if (Math.min(originalWidth, originalHeight) < SMALL_PX) found.push('small');
  if (originalWidth > originalHeight * WIDE) found.push('wide');
  return found;
}

/** Variance of the Laplacian: how hard the hardest edges are. */
function edgeVariance(grey: Float32Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const value = (grey[at - 1] ?? 0) + (grey[at + 1] ?? 0) + (grey[at - width] ?? 0) + (grey[at + width] ?? 0) - 4 * (grey[at] ?? 0);
      sum += value;
      squares += value * value;
      count += 1;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}
