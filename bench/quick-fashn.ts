// A FASHN that answers at once, and fal's queue beside it. It takes any run, remembers its webhook, and says that it has completed
// once it was told to end.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Taken {
  upstream: string;
  /** Path and query of its webhook on the Worker that sent it. */
  webhook: string;
}

export interface QuickFashn {
  port: number;
  /** Runs that were taken and not ended yet, oldest first. */
  live: Taken[];
  /** From now on these have completed. Answers what their webhooks say. */
  end(taken: Taken): Uint8Array;
  /** Requests so far, by kind. */
  calls: { run: number; status: number };
  /** The last run, unless it is large. */
  lastRun: string;
  stop(): Promise<void>;
}

export async function startQuickFashn(): Promise<QuickFashn> {
  const ended = new Set<string>();
  let count = 0;
  const completed = (id: string) => ({ id, status: 'completed', output: [`https://cdn.fashn.ai/${id}/output_0.png`], error: null });

  const server = createServer((request, response) => {
    const reply = (body: object, headers: Record<string, string> = {}) => {
      const json = JSON.stringify(body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(json.length), ...headers });
      response.end(json);
    };
    const url = request.url ?? '/';
    if (request.method === 'POST') {
      drain(request, (run) => {
        count += 1;
        const upstream = `fa-${count}-u1`;
        fashn.calls.run += 1;
        fashn.lastRun = run;
        const query = url.indexOf('?webhook_url=');
        if (query >= 0) {
          const { pathname, search } = new URL(decodeURIComponent(url.slice(query + '?webhook_url='.length)));
          fashn.live.push({ upstream, webhook: pathname + search });
        }
        reply({ id: upstream, error: null });
      });
      return;
    }
    fashn.calls.status += 1;
    const id = url.replace(/\/status$/, '').split('/').at(-1) ?? '';
    if (url === '/v1/credits') return reply({ credits: { total: 1_000_000, subscription: 0, on_demand: 1_000_000 } });
    if (ended.has(id) || url.startsWith('/fal-ai/')) return reply(completed(id), { 'x-fashn-credits-used': '1' });
    return reply({ id, status: 'processing', error: null });
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fashn: QuickFashn = {
    port: (server.address() as AddressInfo).port,
    live: [],
    end({ upstream }) {
      ended.add(upstream);
      return Buffer.from(JSON.stringify(completed(upstream)));
    },
    calls: { run: 0, status: 0 },
    lastRun: '',
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fashn;
}

function drain(request: IncomingMessage, done: (small: string) => void) {
  let small = '';
  request.on('data', (chunk: Buffer) => {
    if (small.length + chunk.length < 4_096) small += chunk.toString('latin1');
  });
  request.on('end', () => done(small));
}
