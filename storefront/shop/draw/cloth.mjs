// Draws a garment as cloth: each piece is a height field (edges that roll off, folds, seams, weave),
// lit from the upper left, laid on the pieces before it. The ground stays pure white.
import { blur, HEIGHT, rasterise, sample, WIDTH } from "./field.mjs";
import { fbm, noise } from "./noise.mjs";

const LIGHT = normalise([-0.46, -0.62, 0.62]);
/** A rib that runs round a neck keeps its pitch at this distance from the middle. */
const ROUND_RADIUS = 110;
const FILL = normalise([0.7, 0.15, 0.8]);

/**
 * @typedef {object} Piece
 * @property {string} path       outline, SVG path data
 * @property {boolean} [mirror]  draw the outline's mirror image too (a half drawn up to the middle)
 * @property {object} fabric     `{ height(u, v), colour(u, v, relief) }`, see fabrics.mjs
 * @property {number} [angle]    degrees by which the cloth's own grain is turned
 * @property {number[]} [round]  a point about which the grain turns, as ribs do about a neck
 * @property {Array} [folds]     see folds.mjs
 * @property {string} [seams]    SVG strokes pressed into the cloth
 * @property {string} [stitches] SVG strokes sewn on it in `thread`
 * @property {number[]} [thread] sRGB colour of the stitches
 * @property {number} [roll]     how far the edges roll off (1 is a T-shirt's weight)
 * @property {number} [drape]    height of slow, random undulation
 * @property {number} [crumple]  height of fine creases
 * @property {number} [shadow]   how dark a shadow it drops on the pieces below, 0 to 1
 * @property {number} [dim]      brightness of the whole piece (an inside is dimmer)
 */

/** Renders pieces in order; answers sRGB bytes, `WIDTH * scale` wide. */
export async function renderCloth(pieces, scale) {
  const width = WIDTH * scale;
  const height = HEIGHT * scale;
  const picture = new Float32Array(width * height * 3).fill(1);
  const covered = new Float32Array(width * height);
  for (const [index, piece] of pieces.entries()) {
    await lay(piece, index * 101 + 7, { picture, covered, width, height, scale });
  }
  return { data: toBytes(picture), width, height };
}

async function lay(piece, seed, canvas) {
  const { picture, covered, width, height, scale } = canvas;
  const mask = wobble(await rasterise(outline(piece), scale), width, height, scale, seed);
  const bounds = boundsOf(mask, width, height);
  const relief = await reliefOf(piece, mask, seed, canvas);
  const hollow = blur(relief, width, height, 11 * scale);
  const stitches = piece.stitches ? await rasterise(piece.stitches, scale) : undefined;
  const shade = blur(mask, width, height, 9 * scale);
  const turn = ((piece.angle ?? 0) * Math.PI) / 180;
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const thread = (piece.thread ?? [200, 150, 80]).map(toLinear);

  for (let y = bounds.top; y < bounds.bottom; y++) {
    for (let x = bounds.left; x < bounds.right; x++) {
      const i = y * width + x;
      // (1) The shadow, only on cloth that lies below.
      if (covered[i] > 0 && mask[i] < 1) {
        const dark = sample(shade, width, height, x - 5 * scale, y - 7 * scale);
        const keep = 1 - (piece.shadow ?? 0.5) * dark * covered[i];
        for (let c = 0; c < 3; c++) picture[i * 3 + c] *= keep;
      }
      const alpha = mask[i];
      if (alpha <= 0.002) continue;
      // (2) The slope under this point; weave and print follow the broad folds, not each crease.
      const px = x / scale;
      const py = y / scale;
      const slopeX = (relief[i + 1] - relief[i - 1]) * 0.5 * scale;
      const slopeY = (relief[i + width] - relief[i - width]) * 0.5 * scale;
      const gx = px + (hollow[i + 1] - hollow[i - 1]) * 4.5 * scale + 5 * noise(px / 140, py / 140, seed);
      const gy = py + (hollow[i + width] - hollow[i - width]) * 4.5 * scale + 5 * noise(px / 150, py / 150, seed + 3);
      const [u, v] = piece.round
        ? [Math.atan2(gy - piece.round[1], gx - piece.round[0]) * ROUND_RADIUS, Math.hypot(gx - piece.round[0], gy - piece.round[1])]
        : [gx * cos + gy * sin, -gx * sin + gy * cos];
      const step = 0.5 / scale;
      const du = (piece.fabric.height(u + step, v) - piece.fabric.height(u - step, v)) * scale;
      const dv = (piece.fabric.height(u, v + step) - piece.fabric.height(u, v - step)) * scale;
      const [along, out] = piece.round ? [Math.cos(u / ROUND_RADIUS + Math.PI / 2), Math.sin(u / ROUND_RADIUS + Math.PI / 2)] : [cos, sin];
      const nx = -(slopeX + du * along - dv * out);
      const ny = -(slopeY + du * out + dv * along);
      // (3) Light: a key from the upper left, a weak fill, darkness in hollows.
      const size = 1 / Math.hypot(nx, ny, 1);
      const key = Math.max(0, (nx * LIGHT[0] + ny * LIGHT[1] + LIGHT[2]) * size) / LIGHT[2];
      const fill = Math.max(0, (nx * FILL[0] + ny * FILL[1] + FILL[2]) * size) / FILL[2];
      const depth = relief[i] - hollow[i];
      const open = Math.min(1.12, Math.max(0.45, 1 + depth * 0.055));
      const bright = (0.22 + 0.58 * key + 0.2 * fill) * open * (piece.dim ?? 1);
      // (4) Colour, thread on top.
      const colour = piece.fabric.colour(u, v, depth);
      const sewn = stitches ? stitches[i] : 0;
      for (let c = 0; c < 3; c++) {
        const base = colour[c] + (thread[c] - colour[c]) * sewn;
        const lit = base * bright + 0.012 * Math.max(0, key - 1);
        picture[i * 3 + c] += (lit - picture[i * 3 + c]) * alpha;
      }
      covered[i] = Math.max(covered[i], alpha);
    }
  }
}

async function reliefOf(piece, mask, seed, { width, height, scale }) {
  const roll = piece.roll ?? 1;
  const relief = new Float32Array(mask.length);
  for (const [sigma, gain] of [[3, 2.2], [14, 6], [48, 13], [120, 16]]) {
    const soft = blur(mask, width, height, sigma * scale);
    for (let i = 0; i < relief.length; i++) relief[i] += soft[i] * gain * roll;
  }
  const bounds = boundsOf(mask, width, height);
  const drape = piece.drape ?? 5;
  const crumple = piece.crumple ?? 0.6;
  for (let y = bounds.top; y < bounds.bottom; y++) {
    for (let x = bounds.left; x < bounds.right; x++) {
      const px = x / scale;
      const py = y / scale;
      const bend = 60 * fbm(px / 260, py / 260, seed + 40, 2);
      const slow = fbm((px + bend) / 150, (py - bend) / 240, seed + 9, 3);
      const crease = 1 - Math.abs(fbm((px + bend) / 70, (py + bend) / 95, seed + 23, 3)) * 2;
      relief[y * width + x] += drape * slow + crumple * crease * crease * 2;
    }
  }
  for (const fold of piece.folds ?? []) stampFold(relief, fold, width, height, scale);
  if (piece.seams) {
    const pressed = blur(await rasterise(piece.seams, scale), width, height, 1.3 * scale);
    const pucker = blur(pressed, width, height, 7 * scale);
    for (let i = 0; i < relief.length; i++) {
      if (pucker[i] < 0.002) continue;
      const px = (i % width) / scale;
      const py = Math.floor(i / width) / scale;
      relief[i] += -2.6 * pressed[i] + 5 * pucker[i] * noise(px / 9, py / 9, seed + 61);
    }
  }
  if (piece.stitches) {
    const raised = blur(await rasterise(piece.stitches, scale), width, height, 0.6 * scale);
    for (let i = 0; i < relief.length; i++) relief[i] += 0.9 * raised[i];
  }
  return relief;
}

/** Raises a ridge (or, with a negative height, a valley) along a curve, walked in straight steps. */
function stampFold(relief, fold, width, height, scale) {
  const { from, bend, to, wide, high, fade = "both" } = fold;
  const steps = Math.max(10, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / (wide * 0.7)));
  const strongest = new Map();
  const at = (t) => [0, 1].map((c) => ((1 - t) ** 2 * from[c] + 2 * t * (1 - t) * bend[c] + t * t * to[c]) * scale);
  for (let s = 0; s < steps; s++) {
    const [ax, ay] = at(s / steps);
    const [bx, by] = at((s + 1) / steps);
    const [dx, dy] = [bx - ax, by - ay];
    const reach = wide * scale * 2.5;
    const [right, bottom] = [Math.min(width - 1, Math.max(ax, bx) + reach), Math.min(height - 1, Math.max(ay, by) + reach)];
    for (let y = Math.max(0, Math.floor(Math.min(ay, by) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(ax, bx) - reach)); x <= right; x++) {
        const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
        const t = (s + along) / steps;
        const { strength, spread } = profile(fade, t, wide * scale);
        const distance = Math.hypot(x - ax - along * dx, y - ay - along * dy) / spread;
        const value = strength * Math.exp(-distance * distance);
        const place = y * width + x;
        if (value > (strongest.get(place) ?? 0.004)) strongest.set(place, value);
      }
    }
  }
  for (const [place, value] of strongest) relief[place] += high * value;
}

/** How high and how wide a fold is at `t` of its way. */
function profile(fade, t, wide) {
  if (fade === "end") return { strength: Math.min(1, t * 7) * (1 - t) ** 0.8, spread: wide * (0.5 + 0.5 * t) };
  if (fade === "start") return { strength: Math.min(1, (1 - t) * 9) * t ** 0.9, spread: wide * (0.35 + 0.65 * t) };
  const strength = Math.sin(Math.PI * t) ** 0.8;
  return { strength, spread: wide * (0.5 + 0.5 * strength) };
}

function outline({ path, mirror }) {
  const shape = `<path d="${path}" fill="#fff"/>`;
  return mirror ? shape + mirrored(shape) : shape;
}

/** The same SVG content seen in a mirror down the middle of the canvas. */
export const mirrored = (content) => `<g transform="translate(${WIDTH} 0) scale(-1 1)">${content}</g>`;

/** Path data seen in the mirror: every x becomes 1200 - x (absolute M, L, C, Q, Z with pairs only). */
export function mirrorPath(path) {
  let isX = true;
  return path.replace(/-?\d+(\.\d+)?/g, (number) => {
    const value = isX ? 1200 - Number(number) : Number(number);
    isX = !isX;
    return String(value);
  });
}

/** Cloth has no straight edge: moves the outline by a pixel or three. */
function wobble(mask, width, height, scale, seed) {
  const moved = new Float32Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const px = x / scale;
      const py = y / scale;
      const dx = 4 * noise(px / 90, py / 90, seed + 71) + 0.35 * noise(px / 16, py / 16, seed + 73);
      const dy = 4 * noise(px / 90, py / 90, seed + 72) + 0.35 * noise(px / 16, py / 16, seed + 74);
      moved[y * width + x] = sample(mask, width, height, x + dx * scale, y + dy * scale);
    }
  }
  return blur(moved, width, height, 0.5 * scale);
}

function boundsOf(mask, width, height) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] <= 0.002) continue;
    const x = i % width;
    const y = (i - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const margin = 40; // a shadow reaches beyond the piece
  return { left: Math.max(1, left - margin), right: Math.min(width - 1, right + margin), top: Math.max(1, top - margin), bottom: Math.min(height - 1, bottom + margin) };
}

function normalise(v) {
  const size = Math.hypot(...v);
  return v.map((part) => part / size);
}

/** sRGB 0..255 to linear light 0..1. */
export function toLinear(value) {
  const s = value / 255;
  return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
}

function toBytes(picture) {
  const bytes = Buffer.alloc(picture.length);
  for (let i = 0; i < picture.length; i++) {
    const l = Math.min(1, Math.max(0, picture[i]));
    bytes[i] = Math.round(255 * (l <= 0.0031308 ? 12.92 * l : 1.055 * l ** (1 / 2.4) - 0.055));
  }
  return bytes;
}
