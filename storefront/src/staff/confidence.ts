// How sure a share is, and the difference of two: 95 % intervals by Wilson's score and Newcombe's hybrid of it
// (R. G. Newcombe, Statistics in Medicine 1998, methods 3 and 10). They hold for few orders, too.

/** The standard normal distribution's 97.5th percentile. */
const Z = 1.959963984540054;

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** A share with its interval; null if there is nothing to take it of. More successes than trials count as all of them. */
export function wilson(successes: number, trials: number): Interval | null {
  if (trials <= 0) return null;
  const p = Math.min(Math.max(successes, 0), trials) / trials;
  const middle = p + (Z * Z) / (2 * trials);
  const spread = Z * Math.sqrt((p * (1 - p)) / trials + (Z * Z) / (4 * trials * trials));
  const scale = 1 + (Z * Z) / trials;
  return { value: p, low: Math.max((middle - spread) / scale, 0), high: Math.min((middle + spread) / scale, 1) };
}

/** By how much the first share is larger than the second. */
export function newcombe(first: Interval, second: Interval): Interval {
  const value = first.value - second.value;
  const low = value - Math.hypot(first.value - first.low, second.high - second.value);
  const high = value + Math.hypot(first.high - first.value, second.value - second.low);
  return { value, low, high };
}
