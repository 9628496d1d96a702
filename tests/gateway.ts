// The built gateway in workerd, and a FASHN that a test writes itself: for answers that the sandbox would not give.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startWorker, type RunningWorker, type Vars } from '../scripts/desk.ts';

export const STAFF_TOKEN = 'staff-token-of-the-tests';
export const SHOP = 'https://shop.example';

const DEFAULTS: Vars = {
  FASHN_API_KEY: 'the-key-that-never-leaves',
  SIGNING_SECRET: 'a signing secret of the tests'.replaceAll(' ', '-').padEnd(40, '-'),
  STAFF_TOKEN,
  ALLOWED_ORIGINS: SHOP,
  // Wide enough to be met by no test but those that are about them.
  CONCURRENT_RUNS: '1000',
  RUN_RATE: '10000/1',
  STATUS_RATE: '10000/1',
  VISITOR_DAY_CREDITS: '100000',
  VISITOR_DAY_ATTEMPTS: '100000',
};

export interface Gateway extends RunningWorker {
  /** What the Worker wrote to its console. */
  log: string[];
  /** A request as staff, unless its headers say otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** `POST /v1/run` with a JSON body, as staff unless the headers say otherwise. */
  run(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The daily cron trigger. */
  cron(): Promise<void>;
  /** `GET /readyz` as staff. */
  readyz(): Promise<Response>;
  /** How many runs are stored, of all accounts. */
  runs(): number;
  /** How many objects of a class have anything on disk. */
  objects(className: 'AccountObject' | 'BodyObject'): number;
  /** The platform takes an object out of memory, as it does with one that nobody has asked for a while. */
  evict(className: 'AccountObject' | 'BodyObject', name: string): Promise<void>;
}

export interface GatewayInit {
  /** A folder for the storage; without one it is gone at the end. */
  store?: string | undefined;
  /** Rate limits by binding: tests ask more often than people, so there are none unless a test says so. */
  rates?: Record<string, number>;
  /** A door that tells how much memory is used. */
  measured?: boolean;
  /** A module in front of the bundle: `WorkerInit.door`. */
  door?: string;
  /** Another bundle, and objects of other bundles: `WorkerInit`. */
  build?: string;
  objects?: { accounts: string; bodies: string };
  /** The port, for one that is started again; any free one otherwise. */
  port?: number;
}

/** The gateway in front of some FASHN. */
export async function startGateway(fashn: string, vars: Vars = {}, { store, rates, port = 0, measured = false, door, build, objects }: GatewayInit = {}): Promise<Gateway> {
  const persist = store ?? mkdtempSync(join(tmpdir(), 'fitting-room-'));
  const log: string[] = [];
  const worker = await startWorker('.', {
    vars: { ...DEFAULTS, FASHN_BASE_URL: fashn, ...vars },
    persist,
    port,
    measured,
    ...(door === undefined ? {} : { door }),
    ...(build === undefined ? {} : { build }),
    ...(objects === undefined ? {} : { objects }),
    rates: { VISITOR_RATE: 1e9, ADDRESS_RATE: 1e9, LOOKUP_RATE: 1e9, ...rates },
    onLog: (line) => log.push(line),
  });
  const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, worker.url), { redirect: 'manual', ...init });
  return {
    ...worker,
    log,
    ask,
    run: (body, headers = { authorization: `Bearer ${STAFF_TOKEN}` }) =>
      ask('/v1/run', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    cron: async () => {
      const entry = (await worker.miniflare.getWorker()) as unknown as { scheduled(options: object): Promise<{ outcome: string }> };
      const { outcome } = await entry.scheduled({ cron: '17 4 * * *' });
      if (outcome !== 'ok') throw new Error(`the cron trigger ended: ${outcome}`);
    },
    readyz: () => ask('/readyz', { headers: { authorization: `Bearer ${STAFF_TOKEN}` } }),
    runs: () => rowsOf(persist, 'runs'),
    objects: (className) => databasesOf(persist, className).length,
    evict: async (className, name) => {
      // One that isn't running has no memory to lose.
      await worker.miniflare.unsafeEvictDurableObject('fitting-room', className, { name }).catch(() => {});
    },
    async stop() {
      await worker.stop();
      if (store === undefined) rmSync(persist, { recursive: true, force: true });
    },
  };
}

/** The name of a FASHN key's account object (`AccountId::object_name` in src/auth/ids.rs). */
export const accountOf = (key = 'FASHN_API_KEY') => createHash('sha256').update(key).digest('hex').slice(0, 8);

/** The name of a run's `Body` object: its ticket, which its id begins with (src/auth/ids.rs). */
export const bodyOf = (id: string) => Buffer.from(id, 'base64url').subarray(0, 20).toString('base64url');

/** The databases of a class's objects, of a store that no gateway has open. */
export function databasesOf(folder: string, className: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.includes(className) && /[0-9a-f]{64}\.sqlite$/.test(name)).map((name) => join(folder, name));
}

/** The rows of a table in the databases of all accounts of a store, or of all bodies. */
export const rowsOf = (store: string, table: string, className: 'AccountObject' | 'BodyObject' = 'AccountObject') =>
  databasesOf(store, className).reduce((sum, file) => sum + countRows(file, table), 0);

/** How many photographs wait; all of those here are one piece. */
export const bodiesOf = (store: string) => rowsOf(store, 'pieces', 'BodyObject');

/** workerd has a database to itself while it runs, so a copy is read. */
function countRows(file: string, table: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-copy-'));
  const copy = join(folder, 'copy.sqlite');
  try {
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    const database = new DatabaseSync(copy);
    const tables = database.prepare('SELECT name FROM sqlite_master WHERE name = ?').all(table);
    const [row] = tables.length > 0 ? database.prepare(`SELECT count(*) AS rows FROM ${table}`).all() : [];
    database.close();
    return Number(row?.['rows'] ?? 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

/** The path of the webhook that a run was sent with. */
export const webhookOf = (call: Call | undefined) => new URL(call?.query.get('webhook_url') ?? '').pathname;

export interface OwnFashn {
  url: string;
  calls: Call[];
  /** How the next calls are answered. */
  answer: (call: Call, response: ServerResponse) => void;
  stop(): Promise<void>;
}

/** A FASHN that answers as the test says and remembers who called. */
export async function startOwnFashn(answer: OwnFashn['answer'] = accepting('a-u1')): Promise<OwnFashn> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fashn');
      const call = {
        method: request.method ?? '',
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      own.calls.push(call);
      own.answer(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own: OwnFashn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    answer,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return own;
}

/** Accepts every run with this id, and says of every status what `status` says. */
export function accepting(id: string, status: object = { status: 'processing' }, headers: Record<string, string> = {}) {
  return (call: Call, response: ServerResponse) => {
    const isRun = call.method === 'POST';
    json(response, 200, isRun ? { id, error: null } : { id, error: null, ...status }, isRun ? {} : headers);
  };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** What the gateway looks at of a photograph: a PNG's signature and its header, 864×1296. */
export const MODEL_IMAGE = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a0000000d4948445200000360000005100806000000', 'hex').toString('base64')}`;
export const GARMENT_IMAGE = 'https://cdn.shopify.com/s/files/shirt.jpg';

let wishes = 0;

/**
 * A good `tryon-v1.6` request, with other inputs where the test says so. No two are alike: an equal one of the same
 * visitor would be answered with the run that there is.
 */
export function tryOn(inputs: Record<string, unknown> = {}): { model_name: string; inputs: Record<string, unknown> } {
  wishes += 1;
  const garment_image = `${GARMENT_IMAGE}?v=${wishes}`;
  return { model_name: 'tryon-v1.6', inputs: { model_image: MODEL_IMAGE, garment_image, ...inputs } };
}

/** Look until something is there; the test's own time limit is the bound. */
export async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
