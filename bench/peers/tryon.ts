// A try-on from its valid body to its end: what is no library's.
import { DEADLINE_MS, dispatcherOf, type Env } from './env.ts';
import * as fashn from './fashn.ts';
import type { Prediction } from './prediction.ts';
import { asText, macOf, mintTicket, open, seal } from './signing.ts';

/** An answer that isn't a 2xx, in FASHN's shape. */
export interface Problem {
  status: 400 | 403 | 404 | 405 | 413 | 415 | 429 | 500 | 502 | 503;
  error: string;
  message: string;
  errors?: { path: string; message: string }[];
  retryAfter?: string;
}

export const NOT_FOUND: Problem = { status: 404, error: 'NotFound', message: 'There is nothing here.' };

/** Lets a valid run in, writes it down, sends it. Answers its id. `body` is what FASHN gets. */
export async function submit(env: Env, visitor: string, credits: number, body: Uint8Array<ArrayBuffer>): Promise<string | Problem> {
  const bytes = mintTicket();
  const [id, token, fingerprint] = await Promise.all([seal(env, 'id', bytes), seal(env, 'webhook', bytes), fingerprintOf(env, body)]);
  const ticket = asText(bytes);
  const dispatcher = dispatcherOf(env);
  const admission = await dispatcher.admit({ ticket, visitor, credits, fingerprint: `${visitor}.${asText(fingerprint)}` });
  if (admission.kind === 'repeats') return seal(env, 'id', Uint8Array.fromBase64(admission.ticket, { alphabet: 'base64url' }));
  if (admission.kind === 'refused') {
    return { status: 429, error: 'RateLimitExceeded', message: `Not now: ${admission.why}.`, retryAfter: String(admission.retryAfterSeconds) };
  }
  const prediction = env.PREDICTION.getByName(ticket);
  await prediction.create({
    id,
    ticket,
    status: 'starting',
    upstream: null,
    output: null,
    error: null,
    credits,
    creditsUsed: undefined,
    deadlineMs: Date.now() + DEADLINE_MS,
    expiresMs: null,
  });
  let answer: fashn.RunAnswer;
  try {
    answer = await fashn.run(env, body, `${env.PUBLIC_ORIGIN}/webhooks/fashn/${token}`);
  } catch {
    // FASHN may have it. It isn't sent again: its webhook or its deadline tells.
    return { status: 502, error: 'NoAnswer', message: 'There was no answer: look the run up, and do not send it again.' };
  }
  if ('refused' in answer) {
    await Promise.all([dispatcher.release(ticket), prediction.refused()]);
    const retryAfter = answer.retryAfter === null ? {} : { retryAfter: answer.retryAfter };
    return { status: answer.refused === 429 ? 429 : 502, error: 'Refused', message: 'The run was refused.', ...retryAfter };
  }
  await prediction.accepted(answer.upstream);
  return id;
}

/** What makes two bodies the same, and says nothing of either to whoever lacks the secret. */
async function fingerprintOf(env: Env, body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return macOf(env, 'repeat', new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
}

/** The prediction of an id. A forged one costs no storage access. */
export async function lookUp(env: Env, id: string): Promise<Prediction | undefined> {
  const ticket = await open(env, 'id', id);
  return ticket && env.PREDICTION.getByName(asText(ticket)).read();
}

/** The Dispatcher's last word, which is good for a second. */
let opening: { atMs: number; reason: string | null } | undefined;

/** What a page is told of its shop. */
export async function shopState(env: Env) {
  const now = Date.now();
  if (opening === undefined || now - opening.atMs >= 1_000) opening = { atMs: now, reason: await dispatcherOf(env).closed(1) };
  const { reason } = opening;
  return { open: reason === null, reason, models: ['tryon-v1.6', 'tryon-max'], consent_version: null, consent_mode: 'told', challenge: null };
}

/** FASHN's envelope, with the outputs at addresses of our own. */
export function envelope(env: Env, { id, status, output, error, expiresMs }: Prediction) {
  return {
    id,
    status,
    error,
    ...(expiresMs === null ? {} : { expires_at: Math.floor(expiresMs / 1_000) }),
    ...(output === null ? {} : { output: output.map((_, n) => `${env.PUBLIC_ORIGIN}/v1/outputs/${id}/${n}`) }),
  };
}

export const tagOf = ({ status, expiresMs }: Prediction) => `"${status}-${expiresMs ?? 0}"`;

/** The ticket of a webhook's token, which is looked at before anything else of a webhook. */
export const webhookTicket = (env: Env, token: string) => open(env, 'webhook', token);

/** A webhook is a hint. It is thanked for once what it says was confirmed and written. */
export async function hinted(env: Env, ticket: Uint8Array, upstream: string): Promise<Problem | undefined> {
  switch (await env.PREDICTION.getByName(asText(ticket)).confirm(upstream)) {
    case 'done':
      return undefined;
    case 'unknown':
      return NOT_FOUND;
    case 'again':
      return { status: 503, error: 'Busy', message: 'Come again.', retryAfter: '2' };
  }
}

/** Headers of every JSON answer. */
export const PRIVATE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
} as const;

/** Of an answer that a cache may keep. */
export const PUBLIC_FOR_30_S = 'public, max-age=30';

export const EXPOSED = ['x-fashn-credits-used', 'retry-after', 'etag', 'x-should-retry', 'x-visitor', 'accept-ranges', 'content-range'];
export const ALLOWED = ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'x-visitor', 'x-consent'];

/** The hosts or origins of a setting. */
export const listed = (setting: string) => setting.split(/[\s,]+/).filter((word) => word !== '');
