// What the gateway's figures have to be. Every ratio is of CPU for one request, of the same round.
import type { VariantName } from './variants.ts';

export interface Goal {
  what: string;
  /** A case of the gateway's … */
  of: string;
  /** … over the same of another variant. */
  over: { variant: VariantName };
  atMost: number;
}

const toHono = (what: string, of: string, atMost: number): Goal => ({
  what: `${what}, to hono`,
  of,
  over: { variant: 'hono' },
  atMost,
});

export const GOALS: Goal[] = [
  toHono('whether a shop is open', 'shop', 1),
  toHono('finished lookup, repeated', 'finished', 1),
  toHono('finished lookup, each another', 'distinct', 1),
  toHono('live lookup', 'live', 1),
  toHono('run, whole path', 'run', 0.7),
  toHono('run with 1 MB', 'run-1mb', 0.5),
  toHono('run with 8 MB', 'run-8mb', 0.35),
  toHono('run with 8 MB as a form', 'run-8mb-form', 0.35),
  toHono('webhook, whole path', 'webhook', 1),
];

/** Of Hono's memory over idle, with 16 bodies of 8 MB at once. */
export const MEMORY_GOAL = 0.25;
/** Of Hono's start-up over an empty Worker. */
export const START_GOAL = 0.6;
/** All in, gzip. */
export const BUNDLE_GOAL_BYTES = 400_000;
