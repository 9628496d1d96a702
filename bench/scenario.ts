// What `npm run bench` knows of a scenario.

export interface Options {
  /** Only a full run is held to its bars: the others show that it works, the smallest as a test. */
  size: 'full' | 'quick' | 'smoke';
  /** Cases, where a scenario has some; none means all. */
  only: string[];
  /** Variants, likewise. */
  variants: string[];
  /** A folder with a built gateway; this checkout's own if there is none. */
  build: string | undefined;
  /** Another one, to be measured beside it. */
  before: string | undefined;
}

export interface Scenario {
  name: string;
  /** What is done, in a line. */
  about: string;
  run(options: Options): Promise<Figure[]>;
}

export interface Figure {
  what: string;
  /** As it is printed. */
  value: string;
  /** What it has to be, and whether it is. Quick runs are not held to it. */
  bar?: { text: string; met: boolean };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that this share of all is not above. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
