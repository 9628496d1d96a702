// What an account costs that holds much: 100,000 finished runs, 50,000 deduplication rows and 1,000 runs that wait, beside one that
// holds nothing; 500 listeners; lookups beside bodies of 16 MB that move.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bodyRun, idIn, smallRun, tryOnAsk } from './cases.ts';
import { Connection, headerOf, type Answer } from './connection.ts';
import { median, ms, pause, quantile, type Figure, type Scenario } from './scenario.ts';
import { expect, stillCpuMs, Target } from './target.ts';
import { variantOf, type Variant } from './variants.ts';
import { MEMORY, memoryKb } from './workerd.ts';

const MB = 1 << 20;

interface Size {
  finished: number;
  dedup: number;
  queued: number;
  listeners: number;
  /** Submits of a lap, and lookups beside bodies. */
  submits: number;
  lookups: number;
  bodies: number;
  bodyBytes: number;
  /** How often an account wakes up. */
  wakes: number;
}

const FULL: Size = { finished: 100_000, dedup: 50_000, queued: 1_000, listeners: 500, submits: 300, lookups: 2_000, bodies: 10, bodyBytes: 16 * MB, wakes: 5 };
const QUICK: Size = { ...FULL, finished: 1_000, dedup: 500, queued: 50, listeners: 50, submits: 30, lookups: 100, bodies: 2, bodyBytes: MB, wakes: 2 };

/** One run is at FASHN and doesn’t end: whatever comes has to wait. */
const ONE_SLOT = { CONCURRENT_RUNS: '1', QUEUE_LENGTH: '10000', QUEUE_LENGTH_PER_VISITOR: '10000', QUEUE_SECONDS: '86400', MAX_BODY_BYTES: String(20 * MB) };

const FINISHED_MS = 24 * 3_600_000;

/** A folder of objects’ storage in which a gateway has one run that is finished, one at FASHN, and one that waits. */
async function seed(variant: Variant): Promise<{ store: string; finished: string; live: string }> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-growth-'));
  const target = await Target.start({ ...variant, store }, ONE_SLOT);
  try {
    const finished = await smallRun(target, 0);
    await target.endAll();
    const live = await smallRun(target, 1);
    await smallRun(target, 2);
    await stillCpuMs(target.workerd.pid);
    return { store, finished, live };
  } finally {
    await target.stop();
  }
}

const accountFiles = (store: string) =>
  readdirSync(join(store, 'AccountObject'))
    .filter((name) => name.includes('.sqlite') && !name.startsWith('metadata'))
    .map((name) => join(store, 'AccountObject', name));

/** Copies of rows under tickets of their own: the head of a ticket names account and second, the rest is random. */
function fill(store: string, { finished, dedup, queued }: Size) {
  const file = accountFiles(store).find((name) => name.endsWith('.sqlite'));
  if (file === undefined) throw new Error('the account has no database');
  const database = new DatabaseSync(file);
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all('runs').map(({ name }) => String(name));
  const first = (state: string) => {
    const row = database.prepare('SELECT * FROM runs WHERE state = ?').get(state);
    if (row === undefined) throw new Error(`no run is ${state}`);
    return row as Record<string, string | number | null>;
  };
  const insertRun = database.prepare(`INSERT INTO runs (${columns.join()}) VALUES (${columns.map(() => '?').join()})`);
  const insertDedup = database.prepare('INSERT INTO dedup (name, kind, fingerprint, ticket) VALUES (?, ?, ?, ?)');
  const put = (row: Record<string, string | number | null>) => insertRun.run(...columns.map((column) => row[column] ?? null));
  database.exec('BEGIN');
  const done = first('completed');
  const later = Date.now() + FINISHED_MS;
  for (let n = 0; n < finished; n += 1) {
    const ticket = another(String(done.ticket));
    const name = randomBytes(16).toString('base64url');
    if (n < dedup) insertDedup.run(name, 'key', randomBytes(32).toString('base64url'), ticket);
    put({ ...done, ticket, dedup_names: n < dedup ? JSON.stringify([name]) : '[]', expires_ms: later + n, delete_at_ms: later + n });
  }
  const waits = first('queued');
  for (let n = 1; n < queued; n += 1) {
    put({ ...waits, ticket: another(String(waits.ticket)), dedup_names: '[]', body_bytes: MB, turn_sequence: Number(waits.turn_sequence) + n, turn_round: n });
  }
  database.exec('COMMIT');
  database.close();
}

/** Second, jurisdiction and account are nine bytes: twelve characters. */
const another = (ticket: string) => `${ticket.slice(0, 12)}${randomBytes(11).toString('base64url').slice(0, ticket.length - 13)}${ticket.slice(-1)}`;

interface Woken {
  ms: number;
  memoryMb: number;
}

/** A fresh process looks up one run, which wakes the account up, after it answered without it. */
async function wake(variant: Variant, store: string, id: string): Promise<Woken> {
  const target = await Target.start({ ...variant, store }, ONE_SLOT);
  try {
    await target.ask({ head: target.head('GET', '/healthz') });
    await stillCpuMs(target.workerd.pid);
    const idleKb = memoryKb(target.workerd.pid).now;
    const askedAt = performance.now();
    const answer = await target.ask({ head: target.head('GET', `/v1/status/${id}`) });
    const took = performance.now() - askedAt;
    expect(target, 'a lookup', 200)(0, answer);
    await stillCpuMs(target.workerd.pid);
    return { ms: took, memoryMb: (memoryKb(target.workerd.pid).now - idleKb) / 1_024 };
  } finally {
    await target.stop();
  }
}

/** CPU of one submit that has to wait, in microseconds. Each is deleted again. */
async function submitUs(variant: Variant, store: string, { submits }: Size): Promise<number> {
  const target = await Target.start({ ...variant, store }, ONE_SLOT);
  try {
    const ids: string[] = [];
    const lap = async (count: number) => {
      const { cpuUs } = await target.lap(count, 4, (n) => tryOnAsk(target, n), (n, answer) => {
        expect(target, 'a submit', 200)(n, answer);
        target.greeted(n, answer);
        ids.push(idIn(answer));
      });
      const made = ids.splice(0);
      await target.lap(made.length, 4, (n) => ({ head: target.head('DELETE', `/v1/status/${made[n]}`) }), expect(target, 'a delete', 204));
      return cpuUs;
    };
    await lap(Math.ceil(submits / 3));
    return median([await lap(submits), await lap(submits), await lap(submits)]);
  } finally {
    await target.stop();
  }
}

/** Listeners of the run at FASHN and of those that wait, 32 a run at most. */
async function listen(target: Target, ids: string[], count: number): Promise<Socket[]> {
  const open = Array.from({ length: count }, (_, n) => {
    const socket = connect(target.workerd.port, '127.0.0.1');
    socket.write(`${target.head('GET', `/v1/status/${ids[n % ids.length]}`, { accept: 'text/event-stream' })}\r\n`);
    return new Promise<Socket>((resolve, reject) => {
      let text = '';
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('a stream was closed')));
      socket.on('data', (chunk) => {
        text += chunk;
        if (text.includes('data: ')) resolve(socket);
        else if (/^HTTP\/1.1 [45]/.test(text)) reject(new Error(`a listener was answered ${text.slice(0, 200)}`));
      });
    });
  });
  return Promise.all(open);
}

interface Beside {
  idleP95Ms: number;
  movingP95Ms: number;
  listenersMb: number;
}

/** (1) 500 listeners. (2) Lookups alone. (3) Lookups while bodies come in, are judged and stored. */
async function beside(variant: Variant, store: string, finished: string, size: Size): Promise<Beside> {
  const target = await Target.start({ ...variant, store }, ONE_SLOT);
  const sockets: Socket[] = [];
  try {
    const lookups = (count: number) => target.lap(count, 1, () => ({ head: target.head('GET', `/v1/status/${finished}`) }), expect(target, 'a lookup', 200));
    await lookups(Math.ceil(size.lookups / 4));
    const ids: string[] = [];
    for (let n = 0; n < Math.ceil(size.listeners / 25); n += 1) ids.push(await smallRun(target, n));
    await stillCpuMs(target.workerd.pid);
    // (1)
    const before = memoryKb(target.workerd.pid).now;
    sockets.push(...(await listen(target, ids, size.listeners)));
    await stillCpuMs(target.workerd.pid);
    const listenersMb = (memoryKb(target.workerd.pid).now - before) / 1_024;
    // (2)
    const idle = await lookups(size.lookups);
    // (3)
    let moved = 0;
    const moving = Array.from({ length: size.bodies }, async (_, n) => {
      for (;;) {
        const answer = await bodyRun(target, n, size.bodyBytes).catch(() => undefined);
        if (answer?.status === 200) break;
        await pause(1_000 * (Number(answer && headerOf(answer, 'retry-after')) || 1));
      }
      moved += 1;
    });
    const latencies: number[] = [];
    const connection = await Connection.open(target.workerd.port);
    while (moved < size.bodies) {
      const askedAt = performance.now();
      const answer = await connection.ask({ head: target.head('GET', `/v1/status/${finished}`) });
      latencies.push(performance.now() - askedAt);
      expect(target, 'a lookup', 200)(0, answer);
    }
    connection.close();
    await Promise.all(moving);
    return { idleP95Ms: quantile(idle.latenciesMs, 0.95), movingP95Ms: quantile(latencies, 0.95), listenersMb };
  } finally {
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
    await target.stop();
  }
}

export const growth: Scenario = {
  name: 'growth',
  about: 'an account with 100,000 finished runs, 50,000 deduplication rows, 1,000 runs that wait and 500 listeners, beside an empty one',
  async run({ size: asked, build }): Promise<Figure[]> {
    const size = asked === 'full' ? FULL : QUICK;
    const variant = variantOf('gateway', { build });
    const [empty, full] = [await seed(variant), await seed(variant)];
    try {
      fill(full.store, size);
      const bytes = accountFiles(full.store).reduce((sum, name) => sum + statSync(name).size, 0);
      const woken = { empty: [] as Woken[], full: [] as Woken[] };
      for (let n = 0; n < size.wakes; n += 1) {
        woken.empty.push(await wake(variant, empty.store, empty.finished));
        woken.full.push(await wake(variant, full.store, full.finished));
      }
      const wakeMs = median(woken.full.map(({ ms: took }) => took));
      const wakeMb = median(woken.full.map(({ memoryMb }) => memoryMb));
      const submit = { full: await submitUs(variant, full.store, size), empty: await submitUs(variant, empty.store, size) };
      const lookups = await beside(variant, full.store, full.finished, size);
      const dearer = submit.full / submit.empty;
      const slower = lookups.movingP95Ms / lookups.idleP95Ms;
      return [
        { what: 'the account’s database', value: `${(bytes / MB).toFixed(1)} MB`, bar: { text: 'under 64 MB', met: bytes < 64 * MB } },
        { what: 'waking up; an empty account', value: `${ms(wakeMs)}; ${ms(median(woken.empty.map(({ ms: took }) => took)))}`, bar: { text: 'under 1 s', met: wakeMs < 1_000 } },
        { what: 'memory of waking up', value: `${wakeMb.toFixed(1)} MB`, bar: { text: 'under 64 MB', met: wakeMb < 64 } },
        { what: 'CPU of a submit; to an empty account', value: `${Math.round(submit.full)} µs; ${dearer.toFixed(2)}`, bar: { text: 'at most 1.3', met: dearer <= 1.3 } },
        { what: `memory of ${size.listeners} listeners`, value: `${lookups.listenersMb.toFixed(1)} MB`, bar: { text: 'under 100 MB', met: lookups.listenersMb < 100 } },
        { what: 'lookup p95; while bodies move', value: `${ms(lookups.idleP95Ms)}; ${slower.toFixed(1)} times`, bar: { text: 'under 3 times', met: slower < 3 } },
      ];
    } finally {
      for (const { store } of [empty, full]) rmSync(store, { recursive: true, force: true });
    }
  },
};
