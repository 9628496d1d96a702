// A variant that runs, its own FASHN behind it, and what its callers hold: ids and visitor tokens.
import { Connection, headerOf, type Answer, type Ask } from './connection.ts';
import { cpuMs } from './cpu.ts';
import { startQuickFashn, type QuickFashn, type Taken } from './quick-fashn.ts';
import { PUBLIC_ORIGIN, type Variant } from './variants.ts';
import { startWorkerd, type Workerd } from './workerd.ts';
import { median, pause, quantile } from './scenario.ts';
import { SHOP } from '../tests/gateway.ts';

/** Shoppers, each at an address of their own. */
const VISITORS = 64;

export interface Lap {
  requests: number;
  /** CPU of workerd for one request, in microseconds. */
  cpuUs: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  latenciesMs: number[];
}

type Make = (n: number) => Ask;
type Check = (n: number, answer: Answer) => void;

/** A lap in slices, so that others' slices can lie between them. */
export class LapUnderWay {
  readonly #pid: number;
  readonly #open: Connection[];
  readonly #latenciesMs: number[] = [];
  #next = 0;
  #cpuMs = 0;
  #ms = 0;

  constructor(pid: number, open: Connection[]) {
    this.#pid = pid;
    this.#open = open;
  }

  /** So many requests, until workerd is still after them. */
  async slice(requests: number, make: Make, check: Check): Promise<void> {
    const last = this.#next + requests;
    const work = async (connection: Connection) => {
      while (this.#next < last) {
        const n = this.#next;
        this.#next += 1;
        const ask = make(n);
        const askedAt = performance.now();
        const answer = await connection.ask(ask);
        this.#latenciesMs.push(performance.now() - askedAt);
        check(n, answer);
      }
    };
    const [cpuBefore, begunAt] = [cpuMs(this.#pid), performance.now()];
    await Promise.all(this.#open.map(work));
    this.#ms += performance.now() - begunAt;
    this.#cpuMs += (await stillCpuMs(this.#pid)) - cpuBefore;
  }

  end(): Lap {
    for (const connection of this.#open) connection.close();
    const [requests, latenciesMs] = [this.#next, this.#latenciesMs];
    return {
      requests,
      cpuUs: (this.#cpuMs * 1_000) / requests,
      perSecond: (requests * 1_000) / this.#ms,
      p50Ms: median(latenciesMs),
      p99Ms: quantile(latenciesMs, 0.99),
      latenciesMs,
    };
  }
}

export class Target {
  readonly variant: Variant;
  readonly fashn: QuickFashn;
  readonly workerd: Workerd;
  readonly #tokens: (string | undefined)[] = [];

  private constructor(variant: Variant, fashn: QuickFashn, workerd: Workerd) {
    this.variant = variant;
    this.fashn = fashn;
    this.workerd = workerd;
  }

  /** With other settings, where `more` has some. */
  static async start(variant: Variant, more: Record<string, string> = {}): Promise<Target> {
    const fashn = await startQuickFashn();
    const vars = { ...variant.vars, FASHN_BASE_URL: `http://127.0.0.1:${fashn.port}`, ...more };
    const workerd = await startWorkerd({ ...variant, vars, upstreamPort: fashn.port });
    return new Target(variant, fashn, workerd);
  }

  async stop() {
    await this.workerd.stop();
    await this.fashn.stop();
  }

  /** A request of a shop's page. */
  head(method: string, path: string, headers: Record<string, string> = {}): string {
    const lines = Object.entries({ ...PAGE, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join('')}`;
  }

  /** What tells the nth visitor: an address, and the token that an answer gave. */
  visitor(n: number): Record<string, string> {
    const who = n % VISITORS;
    const token = this.#tokens[who];
    return { 'cf-connecting-ip': `203.0.113.${who}`, ...(token === undefined ? {} : { 'x-visitor': token }) };
  }

  /** Keeps the token that an answer gives to the nth visitor, as a page does. */
  greeted(n: number, answer: Answer) {
    this.#tokens[n % VISITORS] ??= headerOf(answer, 'x-visitor');
  }

  /** One request by itself. */
  async ask(ask: Ask): Promise<Answer> {
    const connection = await Connection.open(this.workerd.port);
    try {
      return await connection.ask(ask);
    } finally {
      connection.close();
    }
  }

  /** So many requests over so few connections. */
  async lap(requests: number, connections: number, make: Make, check: Check): Promise<Lap> {
    const lap = await this.begin(connections);
    await lap.slice(requests, make, check);
    return lap.end();
  }

  /** A lap over so few connections. They are made for it: one that was idle for long may be closed just when it is asked. */
  async begin(connections: number): Promise<LapUnderWay> {
    return new LapUnderWay(this.workerd.pid, await Promise.all(Array.from({ length: connections }, () => Connection.open(this.workerd.port))));
  }

  /** Ends what is live through its webhooks, so that slots and budgets are as before. */
  async endAll(): Promise<void> {
    const live = this.fashn.live.splice(0);
    await this.lap(live.length, 3, (n) => this.webhook(live[n]), expect(this, 'a webhook', 204));
  }

  webhook(taken: Taken | undefined): Ask {
    if (taken === undefined) throw new Error('there is no run to end');
    return { head: this.#fashnHead(taken.webhook), body: [this.fashn.end(taken)] };
  }

  #fashnHead(path: string) {
    return `POST ${path} HTTP/1.1\r\nhost: try.example\r\nuser-agent: FASHN\r\ncontent-type: application/json\r\n`;
  }
}

/** CPU so far, once nothing is done any more after the last answer. */
export async function stillCpuMs(pid: number): Promise<number> {
  for (let before = cpuMs(pid); ; ) {
    await pause(10);
    const now = cpuMs(pid);
    if (now - before < 0.2) return now;
    before = now;
  }
}

const PAGE = {
  host: new URL(PUBLIC_ORIGIN).host,
  origin: SHOP,
  referer: `${SHOP}/products/shirt`,
  'user-agent': 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  accept: '*/*',
  'accept-language': 'en-GB,en;q=0.9',
  'accept-encoding': 'gzip, deflate, br, zstd',
};

/** A wrong answer ends the bench. */
export function expect(target: Target, what: string, status: number, of: (body: string) => boolean = () => true) {
  return (_: number, answer: Answer) => {
    if (answer.status === status && of(answer.body)) return;
    throw new Error(`${target.variant.name} answered ${what} with ${answer.status}, not as it should: ${answer.body.slice(0, 400)}`);
  };
}
