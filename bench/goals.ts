// What the gateway's figures have to be. Every ratio is of CPU for one request, of the same round.
import type { VariantName } from './variants.ts';

export interface Goal {
  what: string;
  /** A case of the gateway's … */
  of: string;
  /** … over the same of another variant, or over another case of its own. */
  over: { variant: VariantName } | { ownCase: string };
  atMost: number;
}

const beside = (what: string, of: string, hono: number, plain: number): Goal[] => [
  { what: `${what}, to hono`, of, over: { variant: 'hono' }, atMost: hono },
  { what: `${what}, to plain`, of, over: { variant: 'plain' }, atMost: plain },
];

export const GOALS: Goal[] = [
  ...beside('finished result, warm isolate', 'finished', 0.55, 0.6),
  ...beside('live status', 'live', 1, 1.1),
  ...beside('run, whole path', 'run', 1, 1.1),
  ...beside('run with 1 MB', 'run-1mb', 0.17, 0.7),
  ...beside('run with 8 MB', 'run-8mb', 0.15, 0.55),
  ...beside('webhook, whole path', 'webhook', 1, 1.1),
  // A finished result that is remembered is no lookup: what is forged is held against one that is read.
  { what: 'forged id, to a lookup', of: 'forged', over: { ownCase: 'distinct' }, atMost: 0.6 },
  { what: 'forged token, to a lookup', of: 'forged-token', over: { ownCase: 'distinct' }, atMost: 0.6 },
];

/** Of Hono's memory over idle, with 16 bodies of 8 MB at once. */
export const MEMORY_GOAL = 0.25;
/** Of Hono's start-up over an empty Worker. */
export const START_GOAL = 0.5;
/** All in, gzip. */
export const BUNDLE_GOAL_BYTES = 250_000;
