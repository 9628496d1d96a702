// One prediction: written before FASHN is called, confirmed when its webhook comes, wiped when its time is over.
import { DurableObject } from 'cloudflare:workers';
import { dispatcherOf, RESULT_TTL_MS, type Env } from './env.ts';
import * as fashn from './fashn.ts';

export interface Prediction {
  id: string;
  ticket: string;
  status: string;
  upstream: string | null;
  output: string[] | null;
  error: { name: string; message: string } | null;
  credits: number;
  creditsUsed: number | undefined;
  deadlineMs: number;
  /** Once it has ended. */
  expiresMs: number | null;
}

const RECORD = 'record';
const FIRST_POLL_MS = 18_000;
const POLL_EVERY_MS = 30_000;
const TERMINAL = new Set(['completed', 'failed', 'canceled', 'time_out']);

export class PredictionObject extends DurableObject<Env> {
  async create(record: Prediction): Promise<void> {
    if (this.#load()) throw new Error('this prediction exists');
    this.ctx.storage.kv.put(RECORD, record);
    void this.ctx.storage.setAlarm(record.deadlineMs);
  }

  async read(): Promise<Prediction | undefined> {
    const record = this.#load();
    return record && (record.expiresMs === null || record.expiresMs > Date.now()) ? record : undefined;
  }

  /** FASHN has taken it. */
  async accepted(upstream: string): Promise<void> {
    const record = this.#load();
    if (!record || record.expiresMs !== null) return;
    this.ctx.storage.kv.put(RECORD, { ...record, upstream, status: 'processing' });
    void this.ctx.storage.setAlarm(Math.min(record.deadlineMs, Date.now() + FIRST_POLL_MS));
  }

  /** FASHN has surely refused it, and nobody holds its id. */
  async refused(): Promise<void> {
    await this.#wipe();
  }

  /** Somebody says that it is over: FASHN itself is asked. */
  async confirm(upstream: string): Promise<'done' | 'again' | 'unknown'> {
    const record = this.#load();
    if (!record || (record.upstream !== null && record.upstream !== upstream)) return 'unknown';
    if (record.expiresMs !== null) return 'done';
    if (!(await dispatcherOf(this.env).statusPermit())) return 'again';
    const told = await fashn.status(this.env, upstream);
    if (!TERMINAL.has(told.status)) return 'again';
    await this.#end(told);
    return 'done';
  }

  async alarm(): Promise<void> {
    const record = this.#load();
    if (!record) return;
    const now = Date.now();
    if (record.expiresMs !== null) {
      if (record.expiresMs <= now) return this.#wipe();
      return void this.ctx.storage.setAlarm(record.expiresMs);
    }
    if (record.deadlineMs <= now) {
      return this.#end({ status: 'time_out', output: [], error: null, creditsUsed: record.credits });
    }
    void this.ctx.storage.setAlarm(Math.min(record.deadlineMs, now + POLL_EVERY_MS));
    if (record.upstream !== null) await this.confirm(record.upstream);
  }

  /** The Dispatcher first: what is lost after it comes again, and is told again. */
  async #end(told: fashn.Told): Promise<void> {
    const ticket = this.#load()?.ticket;
    if (ticket === undefined) return;
    const completed = told.status === 'completed';
    await dispatcherOf(this.env).settle(ticket, completed || told.status === 'time_out' ? (told.creditsUsed ?? 0) : 0);
    const record = this.#load();
    if (!record || record.expiresMs !== null) return;
    const expiresMs = Date.now() + RESULT_TTL_MS;
    const { status, output, error, creditsUsed } = told;
    this.ctx.storage.kv.put(RECORD, { ...record, status, output: completed ? output : null, error, creditsUsed, expiresMs });
    void this.ctx.storage.setAlarm(expiresMs);
  }

  async #wipe(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #load(): Prediction | undefined {
    return this.ctx.storage.kv.get<Prediction>(RECORD);
  }
}
