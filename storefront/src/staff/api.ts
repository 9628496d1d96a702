// `/staff/api/*`: what is asked of the gateway, and how its refusals are told.
import type { Account, Brakes, Change, DeadLetter, Figures, Me, RunReport, Silent } from './answers.ts';
import type { BrakesChange, FieldErrors } from './brakes.ts';

const TIME_LIMIT_MS = 20_000;

/** An answer that is no success, or none at all (`status` 0). Its message says what to do. */
export class Refused extends Error {
  readonly status: number;
  readonly fields: FieldErrors;

  constructor(status: number, message: string, fields: FieldErrors = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

export class Api {
  /** None where Cloudflare Access tells the gateway who asks. */
  readonly token: string | null;

  constructor(token: string | null) {
    this.token = token;
  }

  me = (): Promise<Me> => this.#ask('me');
  figures = (days: number, shop: string | null): Promise<Figures> => this.#ask('figures', { days: String(days), shop });
  accounts = async (shop: string | null): Promise<(Account | Silent)[]> =>
    (await this.#ask<{ accounts: (Account | Silent)[] }>('account', { shop })).accounts;
  brakes = async (shop: string | null): Promise<Brakes[]> => (await this.#ask<{ brakes: Brakes[] }>('brakes', { shop })).brakes;
  changes = async (shop: string | null): Promise<Change[]> => (await this.#ask<{ changes: Change[] }>('audit', { shop })).changes;
  deadLetters = async (): Promise<DeadLetter[]> => (await this.#ask<{ dead_letters: DeadLetter[] }>('dead-letters')).dead_letters;
  run = (id: string): Promise<RunReport> => this.#ask('runs', {}, { id });

  setBrakes = (change: BrakesChange): Promise<unknown> => this.#ask('brakes', {}, change);
  closeBreaker = (shop: string | null): Promise<unknown> => this.#ask('breaker/close', {}, shop ? { shop } : {});
  clearQuarantine = (shop: string | null): Promise<unknown> => this.#ask('quarantine/clear', {}, shop ? { shop } : {});
  freeSlot = (id: string): Promise<unknown> => this.#ask('slots/free', {}, { id });
  resetVisitor = (id: string): Promise<unknown> => this.#ask('visitors/reset', {}, { id });
  sendAgain = (id: string): Promise<unknown> => this.#ask(`dead-letters/${encodeURIComponent(id)}/send`, {}, {});

  /** A GET, or a POST with a body. */
  async #ask<T>(path: string, query: Record<string, string | null> = {}, body?: object): Promise<T> {
    const address = new URL(`/staff/api/${path}`, location.href);
    for (const [name, value] of Object.entries(query)) if (value !== null) address.searchParams.set(name, value);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.token !== null) headers['authorization'] = `Bearer ${this.token}`;
    if (body) headers['content-type'] = 'application/json';
    const init: RequestInit = {
      headers,
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    };
    const answer = await fetch(address, init).catch(() => {
      throw new Refused(0, 'The gateway can’t be reached. Check your connection; the page tries again by itself.');
    });
    // Cloudflare Access sends a sign-in that has ended to its own page.
    if (answer.type === 'opaqueredirect') throw new Refused(401, 'Your sign-in has ended. Reload the page to sign in again.');
    const text = await answer.text().catch(() => '');
    const told = parsed(text);
    if (answer.ok && (told !== undefined || text === '')) return told as T;
    throw refusal(answer.ok ? 502 : answer.status, told);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The gateway's problem: a sentence, and sentences at fields. */
export function refusal(status: number, told: unknown): Refused {
  const { message, errors } = (told ?? {}) as { message?: unknown; errors?: { path: string; message: string }[] };
  const fields: FieldErrors = {};
  for (const error of Array.isArray(errors) ? errors : []) fields[error.path] = sentence(error.message);
  const known = typeof message === 'string' && message !== '' ? message : undefined;
  return new Refused(status, known ?? `The gateway answered with ${status}. Try again in a minute; if it stays, look at its log.`, fields);
}

/** The gateway's field errors follow the field's name: "must be …". */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
