// Waits for a prediction: by event stream where the gateway streams, else by polling.
import { route } from './address.ts';
import { parseEnvelope, verdict, type Verdict } from './envelope.ts';
import { refusal, retryAfterSeconds, TryOnError } from './problems.ts';
import { checkReach, lineProgress } from './reach.ts';
import { eventData, type Guard } from './sse.ts';
import type { ResumeOptions, TryOnResult } from './types.ts';
import { backoffMs, pause } from './wait.ts';

const FIRST_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 4_000;
/** A stream says every 15 seconds that it is there. */
const SILENCE_MS = 40_000;
/** Server trouble in a row before the shopper is told; with the back-off about half a minute. */
const MOST_FAILURES = 6;
/** Beyond every model's time and any queue that a shopper would sit through. */
const PATIENCE_MS = 15 * 60_000;

/** Follow a run that was accepted before, to its end. The id is all it takes, so a page that was reloaded can. */
export async function resume(options: ResumeOptions): Promise<TryOnResult> {
  const { signal, onProgress } = options;
  const url = route(options.gateway, `/v1/status/${encodeURIComponent(options.id)}`);
  const giveUpAt = performance.now() + PATIENCE_MS;
  let failures = 0;
  let polls = 0;

  while (performance.now() < giveUpAt) {
    signal?.throwIfAborted();
    // (1) Ask. Without a connection there is no hurry and no fault.
    let response: Response;
    try {
      response = await fetch(url, {
        headers: { accept: 'text/event-stream, application/json;q=0.9' },
        cache: 'no-store',
        ...(signal && { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      if (navigator.onLine && ++failures > MOST_FAILURES) {
        throw new TryOnError('ConnectionError', 'The gateway cannot be reached.', { cause });
      }
      onProgress?.(lineProgress());
      if (failures === 1) await checkReach(options.gateway, signal);
      await pause(backoffMs(failures, 1_000, 8_000), signal);
      continue;
    }

    // (2) A refusal: wait if waiting helps, else say so.
    if (!response.ok) {
      const problem = await readRefusal(response);
      if (response.status !== 429 && response.status < 500) throw problem;
      if (++failures > MOST_FAILURES) throw problem;
      await pause((problem.retryAfterSeconds ?? backoffMs(failures, 1, 8)) * 1000, signal);
      continue;
    }

    // (3) News, once or as a stream.
    try {
      const outcome = isStream(response) ? await follow(response, url, options) : await once(response, url, options);
      failures = 0;
      if (outcome) return outcome;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TryOnError && (error.code !== 'UnexpectedAnswer' || ++failures > MOST_FAILURES)) throw error;
      if (!(error instanceof TryOnError)) onProgress?.(lineProgress());
    }
    // (4) Not done. Slow down gently, unless the gateway says when to ask again.
    const wanted = retryAfterSeconds(response.headers.get('retry-after'), Date.now());
    await pause(wanted === undefined ? Math.min(SLOWEST_POLL_MS, FIRST_POLL_MS * 1.2 ** polls) : wanted * 1000, signal);
    polls += 1;
  }
  throw new TryOnError('TimeoutError', 'The run did not end in time.');
}

/** Forget a run: inputs, picture and record are wiped at the gateway. Also how a run is canceled. Never throws. */
export async function forget(options: { gateway: string; id: string }): Promise<boolean> {
  try {
    const url = route(options.gateway, `/v1/status/${encodeURIComponent(options.id)}`);
    return (await fetch(url, { method: 'DELETE', keepalive: true })).ok;
  } catch {
    return false;
  }
}

function isStream(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').includes('text/event-stream') && response.body !== null;
}

async function once(response: Response, url: string, options: ResumeOptions): Promise<TryOnResult | undefined> {
  return settle(await response.text(), url, options);
}

async function follow(response: Response, url: string, options: ResumeOptions): Promise<TryOnResult | undefined> {
  if (!response.body) return undefined;
  for await (const data of eventData(response.body, unlessCut)) {
    const result = settle(data, url, options);
    if (result) return result;
  }
  return undefined;
}

/** A connection that is gone doesn't always say so: a stream that is silent, or on a device without a network, is left. */
function unlessCut(stop: () => void): Guard {
  let timer = setTimeout(stop, SILENCE_MS);
  addEventListener('offline', stop);
  // It may have happened while the stream was opened.
  if (!navigator.onLine) stop();
  return {
    heard() {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
    },
    done() {
      clearTimeout(timer);
      removeEventListener('offline', stop);
    },
  };
}

/** One envelope as text: report progress, hand back a result, throw a failure. */
function settle(text: string, url: string, options: ResumeOptions): TryOnResult | undefined {
  const envelope = parseEnvelope(parseJson(text), url);
  if (!envelope) throw new TryOnError('UnexpectedAnswer', 'The gateway answered something that is no status.');
  const found: Verdict = verdict(envelope);
  if ('error' in found) throw found.error;
  if ('result' in found) return found.result;
  options.onProgress?.(found.progress);
  return undefined;
}

async function readRefusal(response: Response): Promise<TryOnError> {
  const wait = retryAfterSeconds(response.headers.get('retry-after'), Date.now());
  if (response.status === 404) return new TryOnError('Expired', 'The gateway does not know this run (any more).', { status: 404 });
  return refusal(response.status, parseJson(await response.text().catch(() => '')), wait);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
