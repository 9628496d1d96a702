// Calls to FASHN. Each carries the key, follows no redirect, and has a time limit.
import { FASHN_TIMEOUT_MS, type Env } from './env.ts';

const OUTPUTS = 'https://cdn.fashn.ai/';

function call(env: Env, path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${env.FASHN_API_KEY}`, accept: 'application/json', ...init.headers };
  return fetch(env.FASHN_BASE_URL + path, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(FASHN_TIMEOUT_MS) });
}

export type RunAnswer = { upstream: string } | { refused: number; retryAfter: string | null };

/** `POST /v1/run?webhook_url=…`. Throws if there was no answer: FASHN may have the run then, and it is not sent again. */
export async function run(env: Env, body: BodyInit, webhookUrl: string): Promise<RunAnswer> {
  const path = `/v1/run?webhook_url=${encodeURIComponent(webhookUrl)}`;
  const answer = await call(env, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) {
    await answer.body?.cancel();
    return { refused: answer.status, retryAfter: answer.headers.get('retry-after') };
  }
  const { id } = (await answer.json()) as { id?: unknown };
  if (typeof id !== 'string' || id === '') throw new Error('FASHN took a run and gave it no id');
  return { upstream: id };
}

export interface Told {
  status: string;
  output: string[];
  error: { name: string; message: string } | null;
  creditsUsed: number | undefined;
}

/** `GET /v1/status/{id}` */
export async function status(env: Env, upstream: string): Promise<Told> {
  const answer = await call(env, `/v1/status/${encodeURIComponent(upstream)}`, {});
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`FASHN's status answered ${answer.status}`);
  }
  const told = (await answer.json()) as { id?: unknown; status?: unknown; output?: unknown; error?: Told['error'] };
  if (told.id !== upstream || typeof told.status !== 'string') throw new Error('FASHN answered with something else than this prediction');
  const credits = answer.headers.get('x-fashn-credits-used');
  return {
    status: told.status,
    // What does not come from FASHN is not passed on.
    output: Array.isArray(told.output) ? told.output.filter((item) => typeof item === 'string' && item.startsWith(OUTPUTS)) : [],
    error: told.error ?? null,
    creditsUsed: credits === null ? undefined : Number(credits),
  };
}
