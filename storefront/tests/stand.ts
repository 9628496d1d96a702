// A gateway on strings, for the states that a real one shows only now and then: a queue, each failure, a dead line.
// It serves the built shop with its headers, like the Worker's static assets. Whole try-ons are tested against the
// real gateway in `flows.spec.ts`; this file decides nothing about what is right.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

export interface ReceivedRun {
  body: { model_name: string; inputs: Record<string, string>; garment_signature?: string };
  idempotencyKey: string | undefined;
}

/** One answer to `POST /v1/run` or `GET /v1/status`; `hang` never answers, `cut` drops the connection. */
export type Answer = { status?: number; body: unknown; headers?: Record<string, string> } | 'hang' | 'cut';

export interface Stand {
  url: string;
  runs: ReceivedRun[];
  forgotten: string[];
  /** Answers to the next runs; when there are none left a run is accepted. */
  runAnswers: Answer[];
  /** What the status is, one after the other; the last one stays. */
  statuses: Answer[];
  statusRequests: number;
  /** Pages and routes of the shop under test, by path; they go before the built files. */
  pages: Map<string, string | Handler>;
  /** `GET /v1/shop`. */
  shop: object;
  reset(): void;
  stop(): Promise<void>;
}

export type Handler = (request: IncomingMessage, body: Buffer) => Answer | Promise<Answer>;

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const OPEN = { open: true, reason: null, models: ['tryon-v1.6', 'tryon-max'], consent_version: null, consent_mode: 'told', challenge: null };

export const ID = '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1';

export const status = (name: string, more: object = {}): Answer => ({ body: { id: ID, status: name, error: null, ...more } });
export const completed = (): Answer => status('completed', { output: [`/v1/outputs/${ID}/0`] });
export const failed = (name: string, more: object = {}): Answer =>
  status('failed', { error: { name, message: `${name}, for a test`, ...more } });
/** Statuses as a server-sent stream that stays open. */
export const stream = (...answers: Answer[]): Answer => ({
  headers: { 'content-type': 'text/event-stream' },
  body: answers.map((answer) => (typeof answer === 'object' ? `event: status\ndata: ${JSON.stringify(answer.body)}\n\n` : '')).join(': still here\n\n'),
});

export async function startStand(): Promise<Stand> {
  const headers = parseHeaders(await readFile(join(dist, '_headers'), 'utf8'));
  const result = await picturePlaceholder({ width: 900, height: 1200, colour: '#7d8f6b' });
  const server: Server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  const stand: Stand = {
    url: '',
    runs: [],
    forgotten: [],
    runAnswers: [],
    statuses: [],
    statusRequests: 0,
    pages: new Map(),
    shop: OPEN,
    reset() {
      Object.assign(stand, { runs: [], forgotten: [], runAnswers: [], statuses: [], statusRequests: 0, pages: new Map(), shop: OPEN });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand');
    if (ENGINE === 'webkit' && pathname === '/recorder.js') {
      return answer(response, { body: (await import('./engines/webkit.ts')).RECORDER, headers: { 'content-type': 'text/javascript' } });
    }
    if (ENGINE === 'webkit' && pathname === '/framed') return answer(response, { body: framed(searchParams), headers: HTML });
    const page = stand.pages.get(pathname);
    if (page !== undefined) {
      const wanted = typeof page === 'string' ? { body: page } : await page(request, await bodyOf(request));
      return answer(response, typeof wanted === 'object' ? { ...wanted, headers: { ...HTML, ...wanted.headers } } : wanted);
    }
    if (pathname === '/v1/shop') return answer(response, { body: stand.shop });
    // What a page counts, where a test doesn't look at it.
    if (pathname === '/v1/events') return answer(response, { status: 204, body: '' });
    if (pathname === '/v1/run') {
      const form = await formDataOf(request, await bodyOf(request));
      stand.runs.push({
        body: await asJson(form),
        idempotencyKey: request.headers['idempotency-key'] as string | undefined,
      });
      return answer(response, stand.runAnswers.shift() ?? { body: { id: ID, error: null } });
    }
    if (pathname.startsWith('/v1/status/')) {
      if (request.method === 'DELETE') {
        stand.forgotten.push(pathname.slice('/v1/status/'.length));
        return answer(response, { status: 204, body: '' });
      }
      stand.statusRequests += 1;
      const next = stand.statuses.length > 1 ? stand.statuses.shift() : stand.statuses[0];
      return answer(response, next ?? status('processing'));
    }
    if (pathname.startsWith('/v1/outputs/')) {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': 'no-store' }).end(result);
      return;
    }
    await file(pathname, response);
  }

  function answer(response: ServerResponse, wanted: Answer): void {
    if (wanted === 'hang') return;
    if (wanted === 'cut') {
      response.destroy();
      return;
    }
    const text = typeof wanted.body === 'string' ? recorded(wanted.body) : JSON.stringify(wanted.body);
    response.writeHead(wanted.status ?? 200, { 'content-type': 'application/json', ...wanted.headers }).end(text);
  }

  async function file(pathname: string, response: ServerResponse): Promise<void> {
    const path = pathname.endsWith('/') ? `${pathname}index.html` : extname(pathname) === '' ? `${pathname}.html` : pathname;
    // Of two rules with one header both hold.
    const extra = new Headers(headers.filter(({ matches }) => matches.test(pathname)).flatMap(({ pairs }) => pairs));
    try {
      const read = await readFile(join(dist, path));
      const bytes = extname(path) === '.html' ? recorded(read.toString()) : read;
      response.writeHead(200, { ...Object.fromEntries(extra), 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stand.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return stand;
}

/** A page in a frame of a size that the window can't have. */
function framed(wanted: URLSearchParams): string {
  const [width, height, address] = ['width', 'height', 'address'].map((name) => wanted.get(name)?.replace(/"/g, '&quot;'));
  return `<!doctype html><style>body { margin: 0 } iframe { border: 0; display: block }</style><iframe allow="camera" width="${width}" height="${height}" src="${address}"></iframe>`;
}

/** A page of a browser whose driver tells nothing of its console: the first script keeps that. */
function recorded(page: string): string {
  if (ENGINE !== 'webkit' || !/^<!doctype html>/i.test(page) || page.includes('<iframe allow="camera"')) return page;
  const at = /<head>/.exec(page);
  const from = at ? at.index + at[0].length : '<!doctype html>'.length;
  return `${page.slice(0, from)}<script src="/recorder.js"></script>${page.slice(from)}`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The form as FASHN's JSON, as the gateway makes it: files become data URLs. */
async function asJson(form: FormData): Promise<ReceivedRun['body']> {
  const inputs: Record<string, string> = {};
  const top: Record<string, string> = {};
  for (const [name, value] of form) {
    if (name === 'inputs') Object.assign(inputs, JSON.parse(String(value)));
    else if (['model_name', 'consent', 'garment_signature'].includes(name)) top[name] = String(value);
    else inputs[name] = typeof value === 'string' ? value : `data:${value.type};base64,${Buffer.from(await value.arrayBuffer()).toString('base64')}`;
  }
  return { model_name: '', ...top, inputs };
}

function formDataOf(request: IncomingMessage, body: Buffer): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  return new Response(new Uint8Array(body), { headers }).formData();
}

/** The fields of a form as a browser sends it, the last of each name. */
export async function formOf(request: IncomingMessage, body: Buffer): Promise<Record<string, string>> {
  const form = await formDataOf(request, body);
  return Object.fromEntries([...form].map(([name, value]) => [name, String(value)]));
}

/** The `_headers` file of Workers' static assets: a path pattern, then indented headers. */
function parseHeaders(text: string): { matches: RegExp; pairs: [string, string][] }[] {
  const rules: { matches: RegExp; pairs: [string, string][] }[] = [];
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s+([\w-]+):\s*(.+)$/.exec(line) ?? [];
    // WebKit shows a small page in a frame.
    if (name !== undefined && value !== undefined) rules.at(-1)?.pairs.push([name, ENGINE === 'webkit' ? value.replace("frame-ancestors 'none'", "frame-ancestors 'self'") : value]);
    else if (line.trim() !== '') rules.push({ matches: new RegExp(`^${line.trim().replace(/[.]/g, '\\.').replace(/\*/g, '.*')}$`), pairs: [] });
  }
  return rules;
}
