// What a request costs with much going on: CPU of workerd, and its memory; and the Dispatcher's own step, natively. Each against how
// much there is. A full run writes the figures and their picture to docs/performance/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMs } from './cpu.ts';
import { plot, type Chart } from './plot.ts';
import { median, ms, type Figure, type Scenario } from './scenario.ts';
import { ask, greet, lookup, many, submit, webhook, withShop, type Shop } from './shop.ts';
import { MEMORY, memoryKb, pinOurselves } from './workerd.ts';

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

const FULL: Size = { finished: [10, 1_000, 100_000], queues: [10, 1_000, 9_000], visitors: [1, 8, 64], waiting: 1_000, rounds: 5, requests: 40, soak: 5_000 };
const QUICK: Size = { finished: [10, 1_000], queues: [10, 100], visitors: [1, 8], waiting: 50, rounds: 2, requests: 10, soak: 100 };
const SMOKE: Size = { finished: [10, 100], queues: [5, 10], visitors: [1, 2], waiting: 10, rounds: 1, requests: 3, soak: 20 };

/** Six at FASHN, all others wait. */
const QUEUE = { CONCURRENT_RUNS: '6', QUEUE_LENGTH: '10000', QUEUE_LENGTH_PER_VISITOR: '10000', QUEUE_SECONDS: '86400' };

/** CPU of one request, in milliseconds. */
type Costs = Record<string, number>;

interface Point {
  size: number;
  costs: Costs;
}

interface Native {
  over: string;
  points: { size: number; rows: number; restore_ms: number; steps: Record<string, { nanoseconds: number; bytes_written: number; rows_written: number }> }[];
}

/** CPU of each of so many, one after the other, with what goes on after their answers. */
async function costs({ workerd: { pid } }: Shop, size: Size, kinds: Record<string, (number: number) => Promise<unknown>>): Promise<Costs> {
  const measured: Record<string, number[]> = {};
  for (let round = 0; round < size.rounds + 1; round += 1) {
    for (const [kind, work] of Object.entries(kinds)) {
      const before = cpuMs(pid);
      for (let number = 0; number < size.requests; number += 1) await work(round * size.requests + number);
      // The first round warms up.
      if (round > 0) (measured[kind] ??= []).push((cpuMs(pid) - before) / size.requests);
    }
  }
  return Object.fromEntries(Object.entries(measured).map(([kind, all]) => [kind, median(all)]));
}

/** So many are over, and the Dispatcher remembers them. */
async function finished(size: Size, count: number): Promise<Point & { restoreMs: number }> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  try {
    const rows = growth('rows', String(count), String(Date.now()));
    await withShop({ store, visitors: 0, door: DOOR }, async (shop) => {
      const put = await ask(shop, '/v1/rows', { method: 'POST', body: rows });
      if (Number(await put.text()) < count) throw new Error(`${count} rows were not written`);
    });
    // It stops as a machine does that loses its power; what was answered is stored.
    return await withShop({ store, visitors: 0 }, async (shop) => {
      // The first request wakes the Dispatcher, which reads all of its rows.
      const before = cpuMs(shop.workerd.pid);
      await greet(shop, 0);
      const restoreMs = cpuMs(shop.workerd.pid) - before;
      const ids = [await submit(shop, 0)];
      await webhook(shop);
      const over = ids[0] ?? '';
      const measured = await costs(shop, size, {
        submit: async (number) => ids.push(await submit(shop, number)),
        'lookup, live': () => lookup(shop, ids.at(-1) ?? ''),
        webhook: () => webhook(shop),
        'lookup, finished': () => lookup(shop, over),
      });
      return { size: count, costs: measured, restoreMs };
    });
  } finally {
    rmSync(store, { recursive: true });
  }
}

/** So many wait, of so many visitors: one comes and one goes. */
async function queue(size: Size, count: number, visitors: number): Promise<Point> {
  return withShop({ vars: QUEUE, visitors }, async (shop) => {
    const ids: string[] = [];
    await many(6 + count, async (number) => ids.push(await submit(shop, number)));
    const measured = await costs(shop, size, {
      'submit, queued': async (number) => ids.push(await submit(shop, number)),
      'lookup, queued': (number) => lookup(shop, ids[ids.length - 1 - (number % count)] ?? ''),
      'webhook, and the next goes': () => webhook(shop),
    });
    return { size: count, costs: measured };
  });
}

/** Memory of the process after so many try-ons, in MB. */
async function soak(size: Size): Promise<{ tryOns: number; rssMb: number }[]> {
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
      points.push({ tryOns: (part * size.soak) / parts, rssMb: memoryKb(shop.workerd.pid).now / 1024 });
    }
    return points;
  });
}

/** The native half: `growth/`. */
function growth(...words: string[]): string {
  const args = ['run', '--quiet', '--profile', 'simulation', '--package', 'growth', '--', ...words];
  return execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30 });
}

/** What `docs/performance/growth.svg` shows. */
function picture(workerd: Record<string, Point[]>, native: Native[], memory: Awaited<ReturnType<typeof soak>>): string {
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
  const process = { name: 'workerd', points: memory.map(({ tryOns, rssMb }) => [tryOns, rssMb] as [number, number]) };
  const charts: Chart[] = [
    requests('finished', 'Finished runs that are remembered', 'finished'),
    steps('finished', 'Finished runs that are remembered', 'finished'),
    requests('in the queue', 'Runs that wait', 'waiting'),
    steps('queue', 'Runs that wait', 'waiting'),
    requests('visitors', 'Visitors whose runs wait', 'visitors'),
    steps('live', 'Runs at FASHN', 'at FASHN'),
    { title: 'Memory', x: 'try-ons', y: 'MB', log: false, lines: [process] },
  ];
  return plot(charts, 'Cost of a request, and of a step of the Dispatcher, against how much there is; memory against try-ons. docs/performance/growth.json has the figures.');
}

/** By how much more the dearest costs than the cheapest. */
function rise(points: Point[], kind: string): number {
  const values = points.map(({ costs }) => costs[kind] ?? Number.NaN);
  return Math.max(...values) / Math.min(...values);
}

export const growing: Scenario = {
  name: 'growth',
  about: 'a request’s cost over many finished, many waiting, many visitors; memory over time',
  async run(options): Promise<Figure[]> {
    const quick = options.size !== 'full';
    const size = { full: FULL, quick: QUICK, smoke: SMOKE }[options.size];
    pinOurselves(true);
    const native = JSON.parse(growth(...(quick ? ['--quick'] : []))) as Native[];
    const overFinished = [];
    for (const count of size.finished) overFinished.push(await finished(size, count));
    const overQueue = [];
    for (const count of size.queues) overQueue.push(await queue(size, count, 64));
    const overVisitors = [];
    for (const visitors of size.visitors) overVisitors.push({ ...(await queue(size, size.waiting, visitors)), size: visitors });
    const memory = await soak(size);

    const figures: Figure[] = [];
    const workerd: Record<string, Point[]> = { finished: overFinished, 'in the queue': overQueue, visitors: overVisitors };
    for (const [over, points] of Object.entries(workerd)) {
      for (const kind of Object.keys(points[0]?.costs ?? {})) {
        const value = points.map((point) => `${point.size}: ${ms(point.costs[kind] ?? Number.NaN)}`).join('  ');
        figures.push({ what: `${kind}, by ${over}`, value, bar: { text: 'at most 1.5 times', met: rise(points, kind) <= 1.5 } });
      }
    }
    figures.push({ what: 'the Dispatcher wakes up', value: overFinished.map(({ size, restoreMs }) => `${size}: ${ms(restoreMs)}`).join('  ') });
    for (const { over, points } of native) {
      for (const kind of Object.keys(points[0]?.steps ?? {})) {
        const value = points.map(({ size, steps }) => `${size}: ${((steps[kind]?.nanoseconds ?? Number.NaN) / 1e3).toFixed(1)} µs`).join('  ');
        figures.push({ what: `step ${kind}, by ${over}`, value });
      }
    }
    const at = (share: number) => memory[Math.floor((memory.length - 1) * share)];
    const mb = (share: number) => `${at(share)?.tryOns}: ${at(share)?.rssMb.toFixed(0)} MB`;
    figures.push({ what: 'the process after try-ons', value: [0, 0.25, 0.5, 0.75, 1].map(mb).join('  ') });
    pinOurselves(false);
    if (!quick) {
      const folder = join(root, 'docs', 'performance');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'growth.json'), `${JSON.stringify({ workerd, memory, native }, null, 1)}\n`);
      writeFileSync(join(folder, 'growth.svg'), picture(workerd, native, memory));
    }
    return figures;
  },
};
