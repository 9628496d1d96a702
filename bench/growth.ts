// What a request costs with much going on: CPU of workerd, and its memory; and the Dispatcher's own step, natively. Each against how
// much there is. A full run writes the figures and their picture to docs/performance/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHOP, json, startGateway, startOwnFashn, tryOn, until, type Gateway, type GatewayInit, type OwnFashn } from '../tests/gateway.ts';
import { cpuMs, workerdPid } from './cpu.ts';
import { plot, type Chart } from './plot.ts';
import { MEMORY, median, ms, type Figure, type Scenario } from './scenario.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const DOOR = fileURLToPath(new URL('rows-door.mjs', import.meta.url));

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

interface Fashn extends OwnFashn {
  /** What was accepted and didn't end, oldest first. */
  live: { upstream: string; webhook: string }[];
}

async function startFashn(): Promise<Fashn> {
  const ended = new Map<string, object>();
  let accepted = 0;
  const live: Fashn['live'] = [];
  const own = await startOwnFashn((call, response) => {
    own.calls.length = 0;
    if (call.method === 'POST') {
      const upstream = `a-${(accepted += 1)}`;
      live.push({ upstream, webhook: new URL(call.query.get('webhook_url') ?? '').pathname });
      return json(response, 200, { id: upstream, error: null });
    }
    const id = call.path.split('/').at(-1) ?? '';
    return json(response, 200, { id, status: 'completed', output: [`https://cdn.fashn.ai/${id}/0.png`], error: null, ...ended.get(id) });
  });
  return { ...own, live };
}

/** A gateway, its FASHN, and who presses. */
interface Shop {
  gateway: Gateway;
  fashn: Fashn;
  visitors: string[];
}

const WIDE = { CONCURRENT_RUNS: '1000', RUN_RATE: '10000/1', STATUS_RATE: '10000/1', DAY_CREDITS: '100000000', VISITOR_DAY_CREDITS: '100000000' };
const QUEUE = { ...WIDE, CONCURRENT_RUNS: '6', QUEUE_LENGTH: '10000', QUEUE_LENGTH_PER_VISITOR: '10000', QUEUE_SECONDS: '86400' };

async function submit({ gateway, visitors }: Shop, number: number): Promise<string> {
  const visitor = visitors[number % Math.max(1, visitors.length)];
  const headers = visitor === undefined ? undefined : { origin: SHOP, 'x-visitor': visitor };
  const answer = await gateway.run(tryOn(), headers);
  const { id, message } = (await answer.json()) as { id?: string; message?: string };
  if (id === undefined) throw new Error(`a run was refused: ${answer.status} ${message}`);
  return id;
}

async function lookup({ gateway }: Shop, id: string): Promise<void> {
  const answer = await gateway.ask(`/v1/status/${id}`);
  if (answer.status !== 200) throw new Error(`a lookup was answered ${answer.status}`);
  await answer.arrayBuffer();
}

/** The oldest at FASHN is over. */
async function webhook({ gateway, fashn }: Shop): Promise<void> {
  const over = await until(() => fashn.live.shift());
  const body = JSON.stringify({ id: over.upstream, status: 'completed', output: [], error: null });
  const answer = await gateway.ask(over.webhook, { method: 'POST', body });
  if (answer.status !== 204) throw new Error(`a webhook was answered ${answer.status}`);
}

/** As many at a time as a browser would. */
async function many(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let number = (next += 1) - 1; number < count; number = (next += 1) - 1) await work(number);
  }));
}

/** CPU of each of so many, one after the other, with what goes on after their answers. */
async function costs(size: Size, kinds: Record<string, (number: number) => Promise<unknown>>): Promise<Costs> {
  const pid = workerdPid();
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

async function withShop<T>(vars: Record<string, string>, init: GatewayInit, work: (shop: Shop) => Promise<T>): Promise<T> {
  const fashn = await startFashn();
  const gateway = await startGateway(fashn.url, vars, { ...init, direct: true });
  try {
    return await work({ gateway, fashn, visitors: [] });
  } finally {
    await gateway.stop();
    await fashn.stop();
  }
}

/** So many are over, and the Dispatcher remembers them. */
async function finished(size: Size, count: number): Promise<Point & { restoreMs: number }> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  try {
    const rows = growth('rows', String(count), String(Date.now()));
    await withShop(WIDE, { store, door: DOOR }, async ({ gateway }) => {
      const put = await gateway.ask('/v1/rows', { method: 'POST', body: rows });
      if (Number(await put.text()) < count) throw new Error(`${count} rows were not written`);
    });
    return await withShop(WIDE, { store }, async (shop) => {
      const before = cpuMs(workerdPid());
      const ids = [await submit(shop, 0)];
      const restoreMs = cpuMs(workerdPid()) - before;
      await webhook(shop);
      const over = ids[0] ?? '';
      const measured = await costs(size, {
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
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  try {
    return await withShop(QUEUE, { store }, async (shop) => {
      for (let number = 0; number < visitors; number += 1) {
        const headers = { origin: SHOP, 'cf-connecting-ip': `203.0.113.${number}`, 'content-type': 'application/json' };
        const answer = await shop.gateway.ask('/v1/quote', { method: 'POST', headers, body: JSON.stringify(tryOn()) });
        shop.visitors.push(answer.headers.get('x-visitor') ?? '');
      }
      const ids: string[] = [];
      await many(6 + count, async (number) => ids.push(await submit(shop, number)));
      const measured = await costs(size, {
        'submit, queued': async (number) => ids.push(await submit(shop, number)),
        'lookup, queued': (number) => lookup(shop, ids[ids.length - 1 - (number % count)] ?? ''),
        'webhook, and the next goes': () => webhook(shop),
      });
      return { size: count, costs: measured };
    });
  } finally {
    rmSync(store, { recursive: true });
  }
}

/** Memory after so many try-ons, in MB: the process's, and wasm's. */
async function soak(size: Size): Promise<{ tryOns: number; rssMb: number; wasmMb: number }[]> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  const parts = 10;
  try {
    return await withShop(WIDE, { store, measured: true }, async (shop) => {
      const points = [];
      for (let part = 1; part <= parts; part += 1) {
        await many(size.soak / parts, async (number) => {
          const id = await submit(shop, number);
          await lookup(shop, id);
          await webhook(shop);
          await lookup(shop, id);
        });
        const { wasmBytes } = (await (await shop.gateway.ask('/v1/measured')).json()) as { wasmBytes: number };
        const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${workerdPid()}/status`, 'utf8'))?.[1];
        points.push({ tryOns: (part * size.soak) / parts, rssMb: Number(rss) / 1024, wasmMb: wasmBytes / 2 ** 20 });
      }
      return points;
    });
  } finally {
    rmSync(store, { recursive: true });
  }
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
  const line = (name: string, of: (point: (typeof memory)[number]) => number) => ({
    name,
    points: memory.map((point) => [point.tryOns, of(point)] as [number, number]),
  });
  const charts: Chart[] = [
    requests('finished', 'Finished runs that are remembered', 'finished'),
    steps('finished', 'Finished runs that are remembered', 'finished'),
    requests('in the queue', 'Runs that wait', 'waiting'),
    steps('queue', 'Runs that wait', 'waiting'),
    requests('visitors', 'Visitors whose runs wait', 'visitors'),
    steps('live', 'Runs at FASHN', 'at FASHN'),
    { title: 'Memory', x: 'try-ons', y: 'MB', log: false, lines: [line('the process', ({ rssMb }) => rssMb), line('wasm', ({ wasmMb }) => wasmMb)] },
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
  async run(quick): Promise<Figure[]> {
    const size = quick ? QUICK : FULL;
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
    const [half, end] = [memory[memory.length >> 1], memory.at(-1)];
    const mb = (value = Number.NaN) => `${value.toFixed(0)} MB`;
    figures.push({ what: 'wasm’s memory, half and end', value: `${mb(half?.wasmMb)}  ${mb(end?.wasmMb)}` });
    figures.push({ what: 'the process, half and end', value: `${mb(half?.rssMb)}  ${mb(end?.rssMb)}` });
    if (!quick) {
      const folder = join(root, 'docs', 'performance');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'growth.json'), `${JSON.stringify({ workerd, memory, native }, null, 1)}\n`);
      writeFileSync(join(folder, 'growth.svg'), picture(workerd, native, memory));
    }
    return figures;
  },
};
