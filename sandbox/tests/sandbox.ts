// Starts the built sandbox in workerd, as wrangler would, and talks to it.
import { startWorker, type RunningWorker } from '../../scripts/desk.ts';

/** The reply of `GET /_sandbox/journal`, as far as tests read it. */
export interface Journal {
  now_ms: number;
  clock_ahead_ms: number;
  seed: string;
  greatest_in_flight: number;
  most_starts_in_a_window: number;
  starts_ms: number[];
  requests: Record<string, number>;
  refused: Record<string, number>;
  faults_met: Record<string, number>;
  faults_waiting: unknown[];
  accounts: Record<string, Account>;
  runs: Entry[];
}

export interface Account {
  balance: { subscription: number; on_demand: number };
  credits_reserved: number;
  credits_charged: number;
  in_flight: number;
  greatest_in_flight: number;
}

export interface Entry {
  number: number;
  id: string;
  account: string;
  model: string;
  inputs_sha256: string;
  status: string;
  error: { name: string; message: string } | null;
  accepted_at_ms: number;
  takes_ms: number;
  ended_at_ms: number | null;
  credits: number;
  credits_charged: number;
  webhook: { url: string; delivered: boolean; attempts: Attempt[] } | null;
}

export interface Attempt {
  number: number;
  kind: 'genuine' | 'duplicate' | { forged: Record<string, unknown> };
  due_at_ms: number;
  sent_at_ms: number | null;
  outcome: { answered: number } | { unanswered: string } | 'dropped' | null;
}

/** FASHN's envelope. */
export interface Prediction {
  id: string;
  status: string;
  output?: string[] | { images: string[] };
  error: { name: string; message: string } | null;
}

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}

export class Sandbox {
  readonly #worker: RunningWorker;
  readonly origin: string;

  private constructor(worker: RunningWorker) {
    this.#worker = worker;
    this.origin = worker.url.origin;
  }

  /** The sandbox with the control route on and, unless `vars` say otherwise, without processing times. */
  static async open(vars: Record<string, string> = {}): Promise<Sandbox> {
    return new Sandbox(await startWorker('sandbox', { vars: { SANDBOX_CONTROL: 'on', TIME_SCALE: '0', SEED: '1', ...vars } }));
  }

  async close(): Promise<void> {
    await this.#worker.stop();
  }

  /**
   * Evicts the Durable Object as the platform may at any time; the next request restores it from storage. While it
   * handles a request it can't be evicted.
   */
  async evict(): Promise<void> {
    for (;;) {
      try {
        return await this.#worker.miniflare.unsafeEvictDurableObject('fashn-sandbox', 'DeskObject', { name: 'desk' });
      } catch (error) {
        if (!String(error).includes('active references')) throw error;
      }
    }
  }

  async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply<T>> {
    const init: RequestInit = { method, headers: { ...headers }, redirect: 'manual' };
    if (body !== undefined) {
      init.body = typeof body === 'string' ? body : JSON.stringify(body);
      init.headers = { 'content-type': 'application/json', ...headers };
    }
    const answer = await fetch(new URL(path, this.origin), init);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  run<T = { id: string; error: null }>(body: unknown, webhookUrl?: string, key = 'key'): Promise<Reply<T>> {
    const query = webhookUrl === undefined ? '' : `?webhook_url=${encodeURIComponent(webhookUrl)}`;
    return this.call('POST', `/v1/run${query}`, body, { authorization: `Bearer ${key}` });
  }

  status<T = Prediction>(id: string, key = 'key'): Promise<Reply<T>> {
    return this.call('GET', `/v1/status/${id}`, undefined, { authorization: `Bearer ${key}` });
  }

  credits<T = { credits: { total: number; subscription: number; on_demand: number } }>(key = 'key'): Promise<Reply<T>> {
    return this.call('GET', '/v1/credits', undefined, { authorization: `Bearer ${key}` });
  }

  /** Sends a run that must be accepted; returns its id. */
  async accepted(body: unknown, webhookUrl?: string): Promise<string> {
    const reply = await this.run(body, webhookUrl);
    if (reply.status !== 200) throw new Error(`not accepted: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body.id;
  }

  /** Waits until a run is over. It reads the journal, which has no rate limit. */
  async ended(id: string): Promise<Entry> {
    return until(`run ${id} to end`, async () => {
      const entry = (await this.journal()).runs.find((run) => run.id === id);
      return entry !== undefined && entry.ended_at_ms !== null ? entry : undefined;
    });
  }

  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.call<T>(method, `/_sandbox/${path}`, body);
    if (reply.status !== 200) throw new Error(`control ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  journal(): Promise<Journal> {
    return this.control('GET', 'journal');
  }

  fault(fault: unknown): Promise<unknown> {
    return this.control('POST', 'faults', fault);
  }

  /** Moves the clock; what is due by then happens before the next reply. */
  advance(ms: number): Promise<unknown> {
    return this.control('POST', 'clock', { advance_ms: ms });
  }
}

/** Waits until `look` returns something. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
