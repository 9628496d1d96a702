// Where cloth folds: ridges and valleys as curves, in the canvas's units.
import { WIDTH } from "./field.mjs";
import { random } from "./noise.mjs";

/** Folds that spread from a point that pulls, such as an underarm; angles in degrees, 0 to the right, 90 down. */
export function radiating({ at, angles, count, length, wide, high, seed }) {
  const next = random(seed);
  return Array.from({ length: count }, (_, n) => {
    const angle = ((angles[0] + ((angles[1] - angles[0]) * (n + 0.2 + 0.6 * next())) / count) * Math.PI) / 180;
    const reach = length * (0.55 + 0.6 * next());
    const start = [at[0] + 14 * (next() - 0.5), at[1] + 24 * (next() - 0.5)];
    const to = [start[0] + reach * Math.cos(angle), start[1] + reach * Math.sin(angle)];
    const sag = reach * 0.22 * (next() - 0.2);
    const bend = [(start[0] + to[0]) / 2 - sag * Math.sin(angle), (start[1] + to[1]) / 2 + sag * Math.cos(angle)];
    return { from: start, bend, to, wide: wide * (0.6 + 0.8 * next()), high: high * (n % 2 === 0 ? 1 : -0.75) * (0.6 + 0.7 * next()), fade: "end" };
  });
}

/** Folds that fall from one line to another, such as a skirt's from its waist. */
export function falling({ top, bottom, count, wide, high, seed, fade = "start" }) {
  const next = random(seed);
  return Array.from({ length: count }, (_, n) => {
    const t = (n + 0.25 + 0.5 * next()) / count;
    const from = [top[0] + (top[2] - top[0]) * t, top[1] + 20 * next()];
    const to = [bottom[0] + (bottom[2] - bottom[0]) * t + 24 * (next() - 0.5), bottom[1] + 30 * (next() - 0.2)];
    const bend = [(from[0] * 1.25 + to[0] * 0.75) / 2 + 26 * (next() - 0.5), (from[1] + to[1]) / 2];
    return { from, bend, to, wide: wide * (0.6 + 0.8 * next()), high: high * (n % 2 === 0 ? 1 : -0.9) * (0.55 + 0.8 * next()), fade };
  });
}

/** Creases across a tube such as a sleeve, bunched about a place of its middle line. */
export function across({ from, to, count, reach, wide, high, seed }) {
  const next = random(seed);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const side = [-(to[1] - from[1]) / length, (to[0] - from[0]) / length];
  return Array.from({ length: count }, (_, n) => {
    const t = (n + next()) / count;
    const middle = [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
    const skew = 34 * (next() - 0.5);
    const span = reach * (0.5 + 0.7 * next());
    const shift = reach * 0.5 * (next() - 0.5);
    const end = (way) => [middle[0] + side[0] * (way * span + shift), middle[1] + side[1] * (way * span + shift) + way * skew];
    return { from: end(-1), bend: [middle[0], middle[1] + 22 * (next() - 0.3)], to: end(1), wide: wide * (0.6 + 0.8 * next()), high: high * (n % 2 === 0 ? 1 : -0.8) * (0.5 + 0.8 * next()) };
  });
}

/** The same folds on the other side of the garment. */
export function mirroredFolds(folds) {
  const flip = ([x, y]) => [WIDTH - x, y];
  return folds.map((fold) => ({ ...fold, from: flip(fold.from), bend: flip(fold.bend), to: flip(fold.to) }));
}
