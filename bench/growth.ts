// What a request costs with much going on: CPU of workerd, and its memory; and the Dispatcher's own step, natively. Each against how
// much there is. A full run writes the figures and their picture to docs/performance/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMs } from './cpu.ts';
import { plot, type Chart } from './plot.ts';
import { median, ms, pause, type Figure, type Scenario } from './scenario.ts';
import { ask, greet, lookup, many, openShop, submit, webhook, withShop, type Shop } from './shop.ts';
import { MEMORY, pinOurselves } from './workerd.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const DOOR = 'rows-door.mjs';

interface Size {
  finished: number[];
  queues: number[];
  visitors: number[];
  /** How many wait while visitors grow. */
  waiting: number;
  rounds: number;
  /** Of each kind of request, in a round. */
  requests: number;
  /** Try-ons while the memory is watched. */
  soak: number;
}

const FULL: Size = { finished: [10, 1_000, 100_000], queues: [10, 1_000, 9_000], visitors: [1, 8, 64], waiting: 1_000, rounds: 7, requests: 30, soak: 6_000 };
const QUICK: Size = { finished: [10, 1_000], queues: [10, 100], visitors: [1, 8], waiting: 50, rounds: 2, requests: 10, soak: 100 };
const SMOKE: Size = { finished: [10, 100], queues: [5, 10], visitors: [1, 2], waiting: 10, rounds: 1, requests: 3, soak: 20 };

/** Six at FASHN, all others wait. */
const QUEUE = { CONCURRENT_RUNS: '6', QUEUE_LENGTH: '10000', QUEUE_LENGTH_PER_VISITOR: '10000', QUEUE_SECONDS: '86400' };

/** CPU of one request by its kind, in milliseconds. */
type Costs = Record<string, number>;

interface Point {
  size: number;
  costs: Costs;
  /** How much more than at the smallest size: of figures of the same round, the median. */
  ratios: Costs;
}

/** A shop as it is at one size, and what is asked of it. */
interface Place {
  size: number;
  shop: Shop;
  kinds: Record<string, (number: number) => Promise<unknown>>;
}

interface Native {
  over: string;
  points: { size: number; rows: number; restore_ms: number; steps: Record<string, { nanoseconds: number; bytes_written: number; rows_written: number }> }[];
}

/** All places are asked the same by turns, so that whatever else the machine does falls on each. */
async function measure({ rounds, requests }: Size, places: Place[]): Promise<Point[]> {
  const measured = places.map(({ size }) => ({ size, laps: {} as Record<string, number[]> }));
  for (let round = 0; round < rounds + 1; round += 1) {
    for (const kind of Object.keys(places[0]?.kinds ?? {})) {
      for (const [at, { shop, kinds }] of places.entries()) {
        const before = cpuMs(shop.workerd.pid);
        for (let number = 0; number < requests; number += 1) await kinds[kind]?.(round * requests + number);
        // What goes on after the last answer is its cost too.
        await still(shop);
        // The first round warms up.
        if (round > 0) (measured[at]!.laps[kind] ??= []).push((cpuMs(shop.workerd.pid) - before) / requests);
      }
    }
  }
  const smallest = measured[0]!.laps;
  const each = (laps: Record<string, number[]>, of: (laps: number[], kind: string) => number[]) =>
    Object.fromEntries(Object.entries(laps).map(([kind, all]) => [kind, median(of(all, kind))]));
  return measured.map(({ size, laps }) => ({
    size,
    costs: each(laps, (all) => all),
    ratios: each(laps, (all, kind) => all.map((lap, round) => lap / (smallest[kind]?.[round] ?? Number.NaN))),
  }));
}

/** Until workerd has nothing to do. */
async function still({ workerd: { pid } }: Shop): Promise<void> {
  for (let last = -1, now = cpuMs(pid); now - last > 0.3; last = now, now = cpuMs(pid)) await pause(10);
}

/** So many are over, and the Dispatcher remembers them. */
async function afterMany(count: number): Promise<Place & { wakeMs: number; store: string }> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  const rows = growth('rows', String(count), String(Date.now()));
  await withShop({ store, visitors: 0, door: DOOR }, async (shop) => {
    const put = await ask(shop, '/v1/rows', { method: 'POST', body: rows });
    if (Number(await put.text()) < count) throw new Error(`${count} rows were not written`);
  });
  // It stopped as a machine does that loses its power; what was answered is stored.
  const shop = await openShop({ store, visitors: 0 });
  // The first request wakes the Dispatcher, which reads all of its rows.
  const before = cpuMs(shop.workerd.pid);
  await greet(shop, 0);
  const wakeMs = cpuMs(shop.workerd.pid) - before;
  const ids = [await submit(shop, 0)];
  await webhook(shop);
  const over = ids[0] ?? '';
  const kinds = {
    submit: async (number: number) => ids.push(await submit(shop, number)),
    'lookup, live': () => lookup(shop, ids.at(-1) ?? ''),
    webhook: () => webhook(shop),
    'lookup, finished': () => lookup(shop, over),
  };
  return { size: count, shop, kinds, wakeMs, store };
}

/** So many wait, of so many visitors: one comes and one goes. */
async function whileMany(wait: number, visitors: number, size: number): Promise<Place> {
  const shop = await openShop({ vars: QUEUE, visitors });
  const ids: string[] = [];
  await many(6 + wait, async (number) => ids.push(await submit(shop, number)));
  const kinds = {
    'submit, queued': async (number: number) => ids.push(await submit(shop, number)),
    'lookup, queued': (number: number) => lookup(shop, ids[ids.length - 1 - (number % wait)] ?? ''),
    'webhook, and the next goes': () => webhook(shop),
  };
  return { size, shop, kinds };
}

/** Each is closed, whatever happens. */
async function compared<P extends Place>(size: Size, sizes: number[], open: (size: number) => Promise<P>): Promise<{ points: Point[]; places: P[] }> {
  const places: P[] = [];
  try {
    for (const one of sizes) places.push(await open(one));
    return { points: await measure(size, places), places };
  } finally {
    for (const { shop } of places) await shop.close();
  }
}

/** Memory of the process after so many try-ons, in MB; file pages aside. */
async function soak(size: Size): Promise<Figures['memory']> {
  const parts = 20;
  return withShop({}, async (shop) => {
    const points = [];
    for (let part = 1; part <= parts; part += 1) {
      await many(size.soak / parts, async (number) => {
        const id = await submit(shop, number);
        await lookup(shop, id);
        await webhook(shop);
        await lookup(shop, id);
      });
      const status = readFileSync(`/proc/${shop.workerd.pid}/status`, 'utf8');
      points.push({ tryOns: (part * size.soak) / parts, memoryMb: Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1024 });
    }
    return points;
  });
}

/** The native half: `growth/`. */
function growth(...words: string[]): string {
  const args = ['run', '--quiet', '--profile', 'simulation', '--package', 'growth', '--', ...words];
  return execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30 });
}

/** What `docs/performance/growth.json` holds. */
interface Figures {
  workerd: Record<string, Point[]>;
  wakes: { size: number; wakeMs: number }[];
  memory: { tryOns: number; memoryMb: number }[];
  native: Native[];
}

/** What `docs/performance/growth.svg` shows. */
function picture({ workerd, wakes, memory, native }: Figures): string {
  const requests = (over: string, title: string, x: string): Chart => {
    const points = workerd[over] ?? [];
    const lines = Object.keys(points[0]?.costs ?? {}).map((name) => ({
      name,
      points: points.map(({ size, costs }) => [size, costs[name] ?? Number.NaN] as [number, number]),
    }));
    return { title, x, y: 'CPU of workerd a request, ms', log: true, lines };
  };
  const steps = (over: string, title: string, x: string): Chart => {
    const points = native.find((series) => series.over === over)?.points ?? [];
    const lines = Object.keys(points[0]?.steps ?? {}).map((name) => ({
      name,
      points: points.map(({ size, steps }) => [size, (steps[name]?.nanoseconds ?? Number.NaN) / 1e3] as [number, number]),
    }));
    return { title, x, y: 'a step of the Dispatcher, natively, µs', log: true, lines };
  };
  const process = { name: 'workerd', points: memory.map(({ tryOns, memoryMb }) => [tryOns, memoryMb] as [number, number]) };
  const charts: Chart[] = [
    requests('finished', 'Finished runs that are remembered', 'finished'),
    steps('finished', 'Finished runs that are remembered', 'finished'),
    requests('in the queue', 'Runs that wait', 'waiting'),
    steps('queue', 'Runs that wait', 'waiting'),
    requests('visitors', 'Visitors whose runs wait', 'visitors'),
    steps('live', 'Runs at FASHN', 'at FASHN'),
    { title: 'A Dispatcher wakes up', x: 'finished runs that it remembers', y: 'CPU of workerd, ms', log: true, lines: [{ name: 'first request', points: wakes.map(({ size, wakeMs }) => [size, wakeMs]) }] },
    { title: 'Memory', x: 'try-ons', y: 'MB', log: false, lines: [process] },
  ];
  return plot(charts, 'Cost of a request, and of a step of the Dispatcher, against how much there is; memory against try-ons. docs/performance/growth.json has the figures.');
}

export const growing: Scenario = {
  name: 'growth',
  about: 'a request’s cost over many finished, many waiting, many visitors; memory over time',
  async run(options): Promise<Figure[]> {
    const quick = options.size !== 'full';
    const size = { full: FULL, quick: QUICK, smoke: SMOKE }[options.size];
    pinOurselves(true);
    const native = JSON.parse(growth(...(quick ? ['--quick'] : []))) as Native[];
    const over = await compared(size, size.finished, afterMany);
    for (const { store } of over.places) rmSync(store, { recursive: true });
    const waiting = await compared(size, size.queues, (wait) => whileMany(wait, 64, wait));
    const visiting = await compared(size, size.visitors, (visitors) => whileMany(size.waiting, visitors, visitors));
    const memory = await soak(size);
    pinOurselves(false);

    const figures: Figure[] = [];
    const workerd: Record<string, Point[]> = { finished: over.points, 'in the queue': waiting.points, visitors: visiting.points };
    for (const [by, points] of Object.entries(workerd)) {
      for (const kind of Object.keys(points[0]?.costs ?? {})) {
        const ratio = points.at(-1)?.ratios[kind] ?? Number.NaN;
        const value = points.map((point) => `${point.size}: ${ms(point.costs[kind] ?? Number.NaN)}`).join('  ');
        figures.push({ what: `${kind}, by ${by}`, value: `${value}  ${ratio.toFixed(2)} times`, bar: { text: 'at most 1.5', met: ratio <= 1.5 } });
      }
    }
    const wakes = over.places.map(({ size, wakeMs }) => ({ size, wakeMs }));
    figures.push({ what: 'the Dispatcher wakes up', value: wakes.map(({ size, wakeMs }) => `${size}: ${ms(wakeMs)}`).join('  ') });
    for (const { over: by, points } of native) {
      for (const kind of Object.keys(points[0]?.steps ?? {})) {
        const value = points.map(({ size, steps }) => `${size}: ${((steps[kind]?.nanoseconds ?? Number.NaN) / 1e3).toFixed(1)} µs`).join('  ');
        figures.push({ what: `step ${kind}, by ${by}`, value });
      }
    }
    const at = (share: number) => memory[Math.floor((memory.length - 1) * share)];
    const mb = (share: number) => `${at(share)?.tryOns}: ${at(share)?.memoryMb.toFixed(0)} MB`;
    figures.push({ what: 'the process after try-ons', value: [0, 0.25, 0.5, 0.75, 1].map(mb).join('  ') });
    if (!quick) {
      const folder = join(root, 'docs', 'performance');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'growth.json'), `${JSON.stringify({ workerd, wakes, memory, native }, null, 1)}\n`);
      writeFileSync(join(folder, 'growth.svg'), picture({ workerd, wakes, memory, native }));
    }
    return figures;
  },
};
