// Cloth seen close: how high the yarn stands at a point, and what colour it has there.
// `u` runs across the grain and `v` along it, in the canvas's units; colours are linear light.
import { toLinear } from "./cloth.mjs";
import { cell, fbm, noise } from "./noise.mjs";

const linear = (hex) => [1, 3, 5].map((at) => toLinear(Number.parseInt(hex.slice(at, at + 2), 16)));
const scaled = (colour, by) => colour.map((part) => part * by);
const mix = (a, b, t) => a.map((part, c) => part + (b[c] - part) * t);

/** T-shirt cotton: fine wales, a little uneven. */
export function jersey(hex) {
  const base = linear(hex);
  return {
    height: (u, v) => 0.11 * Math.sin((u * 2 * Math.PI) / 3.1 + noise(u / 5, v / 5, 3)) + 0.16 * noise(u / 1.7, v / 2.6, 5),
    colour: (u, v) => scaled(base, 1 + 0.07 * fbm(u / 30, v / 30, 8, 3) + 0.07 * noise(u / 1.5, v / 3, 9)),
  };
}

/** Ribbing, as on cuffs and neckbands; `pitch` is one rib's width. */
export function ribbed(hex, pitch, depth) {
  const base = linear(hex);
  const wave = (u) => Math.cos((u * 2 * Math.PI) / pitch);
  return {
    height: (u, v) => depth * wave(u) + 0.2 * noise(u / 1.8, v / 2.5, 5),
    colour: (u, v) => scaled(base, 0.9 + 0.1 * wave(u) + 0.06 * noise(u / 1.6, v / 3, 9)),
  };
}

/** Stocking stitch with cables: `cables` are the u of each cable's middle. */
export function cableKnit(hex, cables) {
  const base = linear(hex);
  const [wale, course] = [11, 8.5];
  const stitch = (u, v) => {
    const across = (u / wale - Math.floor(u / wale)) * 2 - 1;
    const along = v / course + Math.abs(across) * 0.85;
    const row = along - Math.floor(along);
    return Math.max(0, Math.sin(Math.PI * row)) ** 0.7 * Math.max(0, 1 - (Math.abs(across) * 2 - 1) ** 2) ** 0.6;
  };
  const rope = (u, v) => {
    let best = 0;
    for (const middle of cables) {
      const off = u - middle;
      if (Math.abs(off) > 48) continue;
      for (const phase of [0, Math.PI]) {
        const turn = (v * 2 * Math.PI) / 118 + phase;
        const side = (off - 17 * Math.sin(turn)) / 15;
        best = Math.max(best, Math.exp(-side * side * side * side) * (0.72 + 0.28 * Math.cos(turn)));
      }
      const edge = (Math.abs(off) - 42) / 4.5;
      best -= 0.55 * Math.exp(-edge * edge);
    }
    return best;
  };
  return {
    height: (u, v) => 2.1 * stitch(u, v) + 8.5 * rope(u, v) + 0.5 * noise(u / 2, v / 2, 5),
    colour: (u, v) => {
      const yarn = 0.62 + 0.38 * stitch(u, v) + 0.1 * rope(u, v);
      return scaled(base, yarn * (1 + 0.1 * noise(u / 2.2, v / 2.2, 9) + 0.06 * fbm(u / 40, v / 40, 4, 2)));
    },
  };
}

/** Denim: twill, slubby, paler wherever it stands out and has been rubbed. */
export function denim(hex, worn) {
  const base = linear(hex);
  const pale = linear(worn);
  const twill = (u, v) => Math.sin(((u * 0.82 + v * 0.57) * 2 * Math.PI) / 3.6);
  return {
    height: (u, v) => 0.16 * twill(u, v) + 0.2 * noise(u / 1.6, v / 3.2, 5),
    colour: (u, v, relief) => {
      const slub = 0.16 * noise(u / 2.1, v / 34, 6) + 0.1 * noise(u / 1.2, v / 4, 7);
      const rub = Math.min(1, Math.max(0, 0.22 + relief * 0.09 + 0.34 * fbm(u / 130, v / 170, 12, 3)));
      return scaled(mix(base, pale, rub), 1 + slub + 0.1 * twill(u, v));
    },
  };
}

/** Plain smooth cloth: linings, labels, buttons. */
export function plain(hex) {
  const base = linear(hex);
  return { height: () => 0, colour: (u, v) => scaled(base, 1 + 0.04 * noise(u / 2, v / 2, 3)) };
}

/** Viscose with small scattered flowers. */
export function floral(hex, petals, heart, leaf) {
  const base = linear(hex);
  const colours = { petals: petals.map(linear), heart: linear(heart), leaf: linear(leaf) };
  return {
    height: (u, v) => 0.09 * noise(u / 1.4, v / 1.4, 5),
    colour: (u, v) => {
      const ground = scaled(base, 1 + 0.06 * noise(u / 1.4, v / 1.4, 9));
      const printed = flowerAt(u, v, colours);
      return printed ? mix(ground, printed, 0.94) : ground;
    },
  };
}

const FLOWER_GRID = 50;

function flowerAt(u, v, colours) {
  const column = Math.floor(u / FLOWER_GRID);
  const row = Math.floor(v / FLOWER_GRID);
  for (let dx = -1; dx <= 1; dx++) {
    for (let dy = -1; dy <= 1; dy++) {
      const cx = column + dx;
      const cy = row + dy;
      const x = u - (cx + 0.5 + 0.5 * (cell(cx, cy, 1) - 0.5)) * FLOWER_GRID - (cy % 2 === 0 ? 0 : FLOWER_GRID / 2);
      const y = v - (cy + 0.5 + 0.5 * (cell(cx, cy, 2) - 0.5)) * FLOWER_GRID;
      const size = 9 + 8 * cell(cx, cy, 3);
      const turn = Math.atan2(y, x) + cell(cx, cy, 4) * 6.28;
      const far = Math.hypot(x, y);
      if (far < size * 0.27) return colours.heart;
      if (far < size * (0.66 + 0.34 * Math.cos(turn * 5))) {
        return scaled(colours.petals[Math.floor(cell(cx, cy, 5) * colours.petals.length)], 0.82 + 0.18 * Math.min(1, far / size));
      }
      for (const side of [0.6, 2.4]) {
        const at = cell(cx, cy, 6) * 6.28 + side;
        const along = x * Math.cos(at) + y * Math.sin(at) - size * 1.35;
        const across = -x * Math.sin(at) + y * Math.cos(at);
        if ((along / (size * 0.62)) ** 2 + (across / (size * 0.2)) ** 2 < 1) return colours.leaf;
      }
    }
  }
  return undefined;
}
