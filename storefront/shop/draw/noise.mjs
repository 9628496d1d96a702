// Smooth pseudo-random fields. Everything is seeded, so that the same script draws the same pictures.

/** A number in [0, 1) from three integers. */
function hash(x, y, seed) {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 2147483647 - 58);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  h = Math.imul(h ^ (h >>> 16), 2246822519);
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}

/** Value noise in [-1, 1], one cell a unit. */
export function noise(x, y, seed = 1) {
  const xi = Math.floor(x);
  const yi = Math.floor(y);
  const fx = x - xi;
  const fy = y - yi;
  const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
  const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
  const a = hash(xi, yi, seed);
  const b = hash(xi + 1, yi, seed);
  const c = hash(xi, yi + 1, seed);
  const d = hash(xi + 1, yi + 1, seed);
  return (a + (b - a) * u + (c - a) * v + (a - b - c + d) * u * v) * 2 - 1;
}

/** Noise summed over octaves, about [-1, 1]. */
export function fbm(x, y, seed = 1, octaves = 4) {
  let sum = 0;
  let gain = 0.5;
  for (let i = 0; i < octaves; i++) {
    sum += gain * noise(x, y, seed + i * 17);
    x = x * 2.03 + 11.7;
    y = y * 2.03 + 5.3;
    gain *= 0.5;
  }
  return sum;
}

/** A number in [0, 1) for a cell of a grid: where a printed flower sits, how a yarn differs. */
export const cell = hash;

/** A seeded generator of numbers in [0, 1) (mulberry32's shape). */
export function random(seed) {
  let n = 0;
  return () => hash(n++, seed, 977);
}
