// Who may go next, for the one FASHN key: slots, sliding windows, budgets, repeats. Its memory mirrors its rows.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { DEADLINE_MS, RESULT_TTL_MS } from './env.ts';
import { Window } from './window.ts';

export interface Application {
  ticket: string;
  visitor: string;
  credits: number;
  /** What makes two runs of a visitor the same. */
  fingerprint: string;
}

export type Admission =
  | { kind: 'go' }
  /** An equal run of this visitor is there already. */
  | { kind: 'repeats'; ticket: string }
  | { kind: 'refused'; why: string; retryAfterSeconds: number };

interface Account {
  day: number;
  reserved: number;
  spent: number;
}

interface InFlight {
  visitor: string;
  credits: number;
  fingerprint: string;
  leaseMs: number;
}

const DAY_MS = 24 * 3_600_000;
const LEASE_MS = DEADLINE_MS + 120_000;
const SWEEP_MS = 600_000;
const DAY_ACCOUNT = 'day';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS call (kind TEXT NOT NULL, at_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS run (ticket TEXT PRIMARY KEY, visitor TEXT NOT NULL, credits INTEGER NOT NULL, fingerprint TEXT NOT NULL, lease_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, day INTEGER NOT NULL, reserved INTEGER NOT NULL, spent INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS repeat (fingerprint TEXT PRIMARY KEY, ticket TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;
`;

export class DispatcherObject extends DurableObject<Env> {
  readonly #slots: number;
  readonly #dayCredits: number;
  readonly #visitorCredits: number;
  readonly #runs: Window;
  readonly #statuses: Window;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #accounts = new Map<string, Account>();
  #sweeps = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#slots = Number(env.CONCURRENT_RUNS);
    this.#dayCredits = Number(env.DAY_CREDITS);
    this.#visitorCredits = Number(env.VISITOR_DAY_CREDITS);
    this.#runs = Window.of(env.RUN_RATE);
    this.#statuses = Window.of(env.STATUS_RATE);
    this.#sql(SCHEMA);
    for (const row of this.#sql('SELECT kind, at_ms FROM call ORDER BY at_ms')) {
      (row['kind'] === 'run' ? this.#runs : this.#statuses).note(Number(row['at_ms']));
    }
    for (const row of this.#sql('SELECT * FROM run')) {
      this.#inFlight.set(String(row['ticket']), {
        visitor: String(row['visitor']),
        credits: Number(row['credits']),
        fingerprint: String(row['fingerprint']),
        leaseMs: Number(row['lease_ms']),
      });
    }
    for (const row of this.#sql('SELECT * FROM account')) {
      this.#accounts.set(String(row['name']), { day: Number(row['day']), reserved: Number(row['reserved']), spent: Number(row['spent']) });
    }
  }

  /** May this run be sent now. What is let in has its slot and its credits when this answers. */
  async admit({ ticket, visitor, credits, fingerprint }: Application): Promise<Admission> {
    const now = Date.now();
    for (const row of this.#sql('SELECT ticket, until_ms FROM repeat WHERE fingerprint = ?', fingerprint)) {
      if (Number(row['until_ms']) > now) return { kind: 'repeats', ticket: String(row['ticket']) };
    }
    if (this.#inFlight.size >= this.#slots) this.#endLeases(now);
    if (this.#inFlight.size >= this.#slots) return { kind: 'refused', why: 'too many runs are under way', retryAfterSeconds: 5 };
    const opensMs = this.#runs.opensMs(now);
    if (opensMs > now) return { kind: 'refused', why: 'too many runs', retryAfterSeconds: Math.ceil((opensMs - now) / 1_000) };
    const [day, own] = [this.#account(DAY_ACCOUNT, now), this.#account(visitor, now)];
    if (day.reserved + day.spent + credits > this.#dayCredits) return { kind: 'refused', why: 'the day’s budget is spent', retryAfterSeconds: untilMidnight(now) };
    if (own.reserved + own.spent + credits > this.#visitorCredits) return { kind: 'refused', why: 'your budget is spent', retryAfterSeconds: untilMidnight(now) };

    this.#call('run', this.#runs, now);
    this.#inFlight.set(ticket, { visitor, credits, fingerprint, leaseMs: now + LEASE_MS });
    this.#sql('INSERT INTO run VALUES (?, ?, ?, ?, ?)', ticket, visitor, credits, fingerprint, now + LEASE_MS);
    this.#sql('INSERT OR REPLACE INTO repeat VALUES (?, ?, ?)', fingerprint, ticket, now + RESULT_TTL_MS);
    day.reserved += credits;
    own.reserved += credits;
    this.#save(DAY_ACCOUNT, day);
    this.#save(visitor, own);
    if (!this.#sweeps) await this.ctx.storage.setAlarm(now + SWEEP_MS);
    this.#sweeps = true;
    return { kind: 'go' };
  }

  /** A run has ended and cost so much. Told again, it changes nothing. */
  async settle(ticket: string, credits: number): Promise<void> {
    this.#end(ticket, credits, Date.now());
  }

  /** FASHN refused a run: it cost nothing, and its like may come again. */
  async release(ticket: string): Promise<void> {
    const run = this.#inFlight.get(ticket);
    if (run) this.#sql('DELETE FROM repeat WHERE fingerprint = ?', run.fingerprint);
    this.#end(ticket, 0, Date.now());
  }

  /** Why no run of so many credits would be let in now; null if one would. */
  async closed(credits: number): Promise<'budget' | 'queue' | null> {
    const now = Date.now();
    const day = this.#account(DAY_ACCOUNT, now);
    if (day.reserved + day.spent + credits > this.#dayCredits) return 'budget';
    return this.#inFlight.size >= this.#slots || this.#runs.opensMs(now) > now ? 'queue' : null;
  }

  /** May FASHN be asked for a status now. */
  async statusPermit(): Promise<boolean> {
    const now = Date.now();
    if (this.#statuses.opensMs(now) > now) return false;
    this.#call('status', this.#statuses, now);
    return true;
  }

  async alarm(): Promise<void> {
    const now = Date.now();
    this.#sql('DELETE FROM repeat WHERE until_ms <= ?', now);
    this.#endLeases(now);
    await this.ctx.storage.setAlarm(now + SWEEP_MS);
  }

  #end(ticket: string, credits: number, now: number) {
    const run = this.#inFlight.get(ticket);
    if (!run) return;
    this.#inFlight.delete(ticket);
    this.#sql('DELETE FROM run WHERE ticket = ?', ticket);
    for (const name of [DAY_ACCOUNT, run.visitor]) {
      const account = this.#account(name, now);
      account.reserved = Math.max(0, account.reserved - run.credits);
      account.spent += credits;
      this.#save(name, account);
    }
  }

  /** Nobody told how these ended: they count as spent. */
  #endLeases(now: number) {
    for (const [ticket, run] of this.#inFlight) {
      if (run.leaseMs <= now) this.#end(ticket, run.credits, now);
    }
  }

  #account(name: string, now: number): Account {
    const today = Math.floor(now / DAY_MS);
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = { day: today, reserved: 0, spent: 0 };
      this.#accounts.set(name, account);
    } else if (account.day !== today) {
      account.day = today;
      account.spent = 0;
    }
    return account;
  }

  #save(name: string, { day, reserved, spent }: Account) {
    this.#sql('INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?)', name, day, reserved, spent);
  }

  #call(kind: 'run' | 'status', window: Window, now: number) {
    // Rows that are out of the window are deleted many at a time.
    if (window.isStale(now)) this.#sql('DELETE FROM call WHERE kind = ? AND at_ms <= ?', kind, window.forget(now));
    window.note(now);
    this.#sql('INSERT INTO call VALUES (?, ?)', kind, now);
  }

  #sql(query: string, ...values: (string | number | null)[]) {
    return this.ctx.storage.sql.exec(query, ...values);
  }
}

const untilMidnight = (now: number) => Math.ceil((DAY_MS - (now % DAY_MS)) / 1_000);
