// The gateway beside its peers under plain workerd, all at once, a process each, on the same harness:
//
//   gateway   build/, as it is deployed
//   hono      Hono + zod, the same work on the same routes as a good user of those libraries writes it
//   plain     the same in JavaScript without a library, written for speed
//   fal       fal's own server-proxy, which keeps a key and does nothing else of it
//   empty     a Worker that answers `ok`, and hands on what is posted: what nobody can be below
//
// The figure is CPU per request of the workerd process by the kernel's account of its threads. Slices of laps alternate over the variants; a
// ratio is of laps of the same round, told as the median of the rounds with its quartiles. `same.ts` shows first that the three that
// say they do the work do it; `cases.ts` has what is asked; no answer goes unjudged.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHAPTERS, type Case, type Chapter } from './cases.ts';
import { memoryOf, startUps, type Memory } from './footprint.ts';
import { BUNDLE_GOAL_BYTES, GOALS, MEMORY_GOAL, START_GOAL } from './goals.ts';
import { doSameWork } from './same.ts';
import { median, quantile, type Figure, type Options, type Scenario } from './scenario.ts';
import { Target, type Lap } from './target.ts';
import { VARIANTS, gzipBytes, variantOf, type Variant, type VariantName } from './variants.ts';
import { pinOurselves } from './workerd.ts';

interface Size {
  rounds: number;
  /** Rounds before them, uncounted: compiled code gets faster by being used. */
  warmUps: number;
  /** And for so long, in a chapter that settles. */
  settlesMs: number;
  /** Of the requests of a case. */
  share: number;
  /** Bodies of 8 MB at once, each in a fresh process. */
  bodies: number[];
  starts: number;
}

const SIZES: Record<Options['size'], Size> = {
  full: { rounds: 15, warmUps: 3, settlesMs: 45_000, share: 1, bodies: [1, 4, 16], starts: 9 },
  quick: { rounds: 3, warmUps: 1, settlesMs: 0, share: 0.2, bodies: [16], starts: 3 },
  smoke: { rounds: 1, warmUps: 1, settlesMs: 0, share: 0, bodies: [2], starts: 1 },
};

/** As few as shows that it works. */
const REQUESTS_LEAST = 4;

/** Laps by case and variant, one a round. */
type Laps = Map<string, Map<VariantName, Lap[]>>;

/** A lap is cut into so many slices at most, and these alternate. */
const SLICES_MOST = 8;

/** One of the cases that are measured together, asked of one variant. */
interface Pair {
  one: Case;
  target: Target;
  requests: number;
  /** One a round. */
  laps: Lap[];
}

/** Laps of cases that are measured together: a slice of each in turn, so that a second in which the machine is slow is a second of all. */
async function measure(cases: Case[], targets: Target[], settledAt: number, { rounds, warmUps, share }: Size): Promise<Pair[]> {
  const pairs = cases.flatMap((one) =>
    targets
      .filter(({ variant }) => one.variants.includes(variant.name))
      .map((target): Pair => ({ one, target, requests: Math.max(REQUESTS_LEAST, Math.round(one.requests * share)), laps: [] })),
  );
  // The last warm-up is repeated until it is settled.
  const goesOn = (round: number) => round !== -1 || performance.now() >= settledAt;
  for (let round = -warmUps; round < rounds; round += goesOn(round) ? 1 : 0) {
    for (const { one, target, requests } of pairs) await one.prepare?.(target, requests);
    for (const { one, target, laps, lap } of await alternating(pairs, Math.max(round, 0))) {
      await one.clear?.(target);
      if (round >= 0) laps.push(lap);
    }
  }
  return pairs;
}

/** One lap of each, in slices. Another one begins each time. */
async function alternating(pairs: Pair[], round: number): Promise<(Pair & { lap: Lap })[]> {
  const begun = await Promise.all(pairs.map(async (pair) => ({ ...pair, underWay: await pair.target.begin(pair.one.connections) })));
  const slices = Math.max(1, Math.min(SLICES_MOST, ...pairs.map(({ one, requests }) => Math.floor(requests / one.connections))));
  for (let slice = 0; slice < slices; slice += 1) {
    const first = (round + slice) % begun.length;
    for (const { one, target, requests, underWay } of [...begun.slice(first), ...begun.slice(0, first)]) {
      const upTo = (end: number) => Math.round((requests * end) / slices);
      const asked = upTo(slice + 1) - upTo(slice);
      await underWay.slice(asked, (n) => one.ask(target, n), (n, answer) => one.check(target, n, answer));
    }
  }
  return begun.map(({ underWay, ...pair }) => ({ ...pair, lap: underWay.end() }));
}

function ratios(of: Lap[] = [], over: Lap[] = []): number[] {
  return of.flatMap(({ cpuUs }, round) => (over[round] ? [cpuUs / over[round].cpuUs] : []));
}

const spread = (all: number[]) => `${median(all).toFixed(2)} (${quantile(all, 0.25).toFixed(2)}-${quantile(all, 0.75).toFixed(2)})`;
const us = (value: number) => (value < 1_000 ? `${Math.round(value)} us` : `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} ms`);
const perSecond = (value: number) => `${value < 100 ? value.toFixed(1) : Math.round(value)}/s`;

/** To whom a ratio is told, of those that are measured. */
const comparedTo = (names: VariantName[]) => (['before', 'hono', 'plain'] as const).filter((name) => names.includes(name));

function heading(names: VariantName[]): string {
  const ratios = comparedTo(names).map((name) => `to ${name}`.padStart(17));
  const cells = ['CPU'.padStart(9), ...ratios, 'rate'.padStart(8), 'p50'.padStart(10), 'p99'.padStart(10)];
  return `  ${'case'.padEnd(12)} ${'variant'.padEnd(8)} ${cells.join(' ')}`;
}

function line(one: Case, laps: Map<VariantName, Lap[]>, name: VariantName, names: VariantName[]): string {
  const own = laps.get(name) ?? [];
  const latencies = own.flatMap(({ latenciesMs }) => latenciesMs);
  const ratio = (other: VariantName) => (name === other || !laps.has(other) ? '' : spread(ratios(own, laps.get(other)))).padStart(17);
  const cells = [
    us(median(own.map(({ cpuUs }) => cpuUs))).padStart(9),
    ...comparedTo(names).map(ratio),
    perSecond(median(own.map((lap) => lap.perSecond))).padStart(8),
    `${median(latencies).toFixed(2)} ms`.padStart(10),
    // Of small requests it tells of collected garbage and of nothing else.
    one.tail ? `${quantile(latencies, 0.99).toFixed(2)} ms`.padStart(10) : '',
  ];
  return `  ${one.name.padEnd(12)} ${name.padEnd(8)} ${cells.join(' ')}`;
}

async function measureCases(variants: Variant[], chapters: Chapter[], size: Size): Promise<Laps> {
  const laps: Laps = new Map();
  if (chapters.length === 0) return laps;
  const names = variants.map(({ name }) => name);
  console.log(heading(names));
  for (const { cases, settles } of chapters) {
    const targets: Target[] = [];
    try {
      for (const variant of variants) targets.push(await Target.start(variant));
      const settledAt = settles ? performance.now() + size.settlesMs : 0;
      for (const together of cases) {
        const pairs = await measure(together, targets, settledAt, size);
        for (const one of together) {
          const own = new Map(pairs.filter((pair) => pair.one === one).map(({ target, laps }) => [target.variant.name, laps]));
          laps.set(one.name, own);
          for (const name of own.keys()) console.log(line(one, own, name, names));
        }
      }
    } finally {
      for (const target of targets) await target.stop();
    }
  }
  return laps;
}

/** Those of the cases that are asked for. */
function chaptersOf(isChosen: (name: string) => boolean): Chapter[] {
  const filled = <T>(lists: T[][]) => lists.filter(({ length }) => length > 0);
  const chapters = CHAPTERS.map(({ cases, ...chapter }) => ({ ...chapter, cases: filled(cases.map((together) => together.filter(({ name }) => isChosen(name)))) }));
  return chapters.filter(({ cases }) => cases.length > 0);
}

async function measureMemory(variants: Variant[], { bodies }: Size): Promise<Map<VariantName, Memory[]>> {
  const memory = new Map<VariantName, Memory[]>();
  console.log(`  memory: idle MB, and MB above it with ${bodies.join(' / ')} bodies of 8 MB at once`);
  for (const variant of variants) {
    const all: Memory[] = [];
    for (const count of bodies) all.push(await memoryOf(variant, count));
    memory.set(variant.name, all);
    const again = all.reduce((sum, { cameAgain }) => sum + cameAgain, 0);
    const peaks = all.map(({ peakMb }) => peakMb.toFixed(0)).join(' / ');
    console.log(`  ${variant.name.padEnd(8)} ${all[0]?.idleMb.toFixed(0)}, ${peaks}${again > 0 ? `; ${again} times a body was told to come again` : ''}`);
  }
  return memory;
}

async function measureStarts(variants: Variant[], { starts }: Size): Promise<Map<VariantName, number>> {
  const over = await startUps(variants, variantOf('empty'), starts);
  for (const variant of variants) {
    console.log(`  ${variant.name.padEnd(8)} starts ${over.get(variant.name)?.toFixed(1)} ms after an empty Worker; bundle ${(gzipBytes(variant) / 1_000).toFixed(1)} kB gzip`);
  }
  return over;
}

function judge(laps: Laps): Figure[] {
  return GOALS.flatMap(({ what, of, over, atMost }) => {
    const measured = laps.get(of);
    const other = measured?.get(over.variant);
    const all = ratios(measured?.get('gateway'), other);
    if (all.length === 0) return [];
    const least = 'variant' in over ? ratios(measured?.get('empty'), other) : [];
    return [goal(what, median(all), `${spread(all).padStart(17)}${least.length > 0 ? ` (handed on unread: ${median(least).toFixed(2)})` : ''}`, atMost)];
  });
}

const goal = (what: string, value: number, shown: string, atMost: number): Figure => ({
  what,
  value: shown.padStart(17),
  bar: { text: `at most ${atMost}`, met: value <= atMost },
});

/** Everything that was measured, for whoever draws it. */
function keep(result: object): string {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `peers-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
  const plain = (key: string, value: unknown) => {
    if (key === 'latenciesMs') return undefined;
    return value instanceof Map ? (Object.fromEntries(value) as object) : value;
  };
  writeFileSync(file, `${JSON.stringify(result, plain, 1)}\n`);
  return file;
}

export const peers: Scenario = {
  name: 'peers',
  about: 'the gateway beside Hono + zod, plain JavaScript, fal’s proxy and an empty Worker',
  async run({ size: asked, only, variants: names, build, before }: Options): Promise<Figure[]> {
    const size = SIZES[asked];
    const chosen = (name: string, list: string[]) => list.length === 0 || list.includes(name);
    const named = VARIANTS.filter((name) => (name === 'before' ? before !== undefined : chosen(name, names)));
    const variants = named.map((name) => variantOf(name, { build, before }));
    const bodied = variants.filter(({ name }) => name !== 'empty');
    const [gateway, hono] = [variants.find(({ name }) => name === 'gateway'), variants.find(({ name }) => name === 'hono')];
    const pinned = pinOurselves(true);
    try {
      console.log(`  ${pinned ? 'workerd on core 0, all else on core 1' : 'on any core: taskset or a second core is missing'}; ${cpus()[0]?.model}`);
      for (const variant of variants.filter(({ objects }) => Object.keys(objects).length > 0)) await doSameWork(variant);
      const laps = await measureCases(variants, chaptersOf((name) => chosen(name, only)), size);
      const figures = judge(laps);
      const memory = chosen('memory', only) ? await measureMemory(bodied, size) : new Map<VariantName, Memory[]>();
      const starts = chosen('start', only) ? await measureStarts(bodied, size) : new Map<VariantName, number>();
      const [own, others] = [memory.get('gateway')?.at(-1), memory.get('hono')?.at(-1)];
      if (own && others) {
        const ratio = own.peakMb / others.peakMb;
        figures.push(goal(`memory, ${size.bodies.at(-1)} × 8 MB, to hono`, ratio, ratio.toFixed(2), MEMORY_GOAL));
      }
      const [start, other] = [starts.get('gateway'), starts.get('hono')];
      if (start !== undefined && other !== undefined) figures.push(goal('start-up, to hono', start / other, (start / other).toFixed(2), START_GOAL));
      if (gateway && chosen('start', only)) {
        const bytes = gzipBytes(gateway);
        figures.push(goal('bundle, bytes gzip', bytes, String(bytes), BUNDLE_GOAL_BYTES));
      }
      const bundles = Object.fromEntries([gateway, hono].flatMap((variant) => (variant ? [[variant.name, gzipBytes(variant)]] : [])));
      const file = keep({ at: new Date().toISOString(), size: asked, pinned, cpu: cpus()[0]?.model, laps, memory, startMsOverEmpty: starts, bundleGzipBytes: bundles, goals: figures });
      console.log(`  kept in ${file}`);
      return figures;
    } finally {
      pinOurselves(false);
    }
  },
};
