// FASHN's status envelope, parsed at the door.
import { parseAddress } from './address.ts';
import { isAction, isRecord, TryOnError } from './problems.ts';
import type { Action, Progress, Status, TryOnResult } from './types.ts';

const STATUSES: readonly string[] = ['starting', 'in_queue', 'processing', 'completed', 'failed', 'canceled', 'time_out'] satisfies Status[];

export interface Envelope {
  id: string;
  status: Status;
  images: string[];
  error?: { name: string; message: string; action?: Action };
  queuePosition?: number;
  etaSeconds?: number;
  expiresAt?: Date;
}

/** The envelope in `value`, or nothing if it isn't one. Picture addresses become absolute against `base`. */
export function parseEnvelope(value: unknown, base: string): Envelope | undefined {
  if (!isRecord(value) || typeof value['id'] !== 'string' || !isStatus(value['status'])) return undefined;
  const envelope: Envelope = { id: value['id'], status: value['status'], images: pictures(value['output'], base) };
  const error = value['error'];
  if (isRecord(error) && typeof error['name'] === 'string') {
    const message = typeof error['message'] === 'string' ? error['message'] : error['name'];
    envelope.error = { name: error['name'], message };
    if (isAction(error['action'])) envelope.error.action = error['action'];
  }
  const place = value['queue_position'];
  if (typeof place === 'number' && place >= 1) envelope.queuePosition = Math.floor(place);
  const eta = value['eta_seconds'];
  if (typeof eta === 'number' && eta >= 0) envelope.etaSeconds = eta;
  const expires = parseDate(value['expires_at']);
  if (expires) envelope.expiresAt = expires;
  return envelope;
}

/** FASHN answers `output: [..]` for most models and `output: {"images": [..]}` for some. */
function pictures(output: unknown, base: string): string[] {
  const list = isRecord(output) ? output['images'] : output;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const address = isRecord(item) ? item['url'] : item;
    if (typeof address !== 'string') return [];
    const url = parseAddress(address, base);
    return url && ['https:', 'http:', 'data:'].includes(url.protocol) ? [url.href] : [];
  });
}

/** ISO text, or a number of milliseconds or seconds since 1970. */
function parseDate(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const date = new Date(typeof value === 'number' && value < 1e11 ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'string' && STATUSES.includes(value);
}

/** What an envelope means to whoever waits: still going, a result, or an error. */
export type Verdict = { progress: Progress } | { result: TryOnResult } | { error: TryOnError };

export function verdict(envelope: Envelope): Verdict {
  switch (envelope.status) {
    case 'starting':
    case 'in_queue': {
      const progress: Progress = { stage: 'queued' };
      if (envelope.queuePosition !== undefined) progress.place = envelope.queuePosition;
      if (envelope.etaSeconds !== undefined) progress.etaSeconds = envelope.etaSeconds;
      return { progress };
    }
    case 'processing':
      return { progress: envelope.etaSeconds === undefined ? { stage: 'working' } : { stage: 'working', etaSeconds: envelope.etaSeconds } };
    case 'completed': {
      if (envelope.images.length === 0) return { error: new TryOnError('Expired', 'The picture is no longer kept.') };
      const result: TryOnResult = { id: envelope.id, images: envelope.images };
      if (envelope.expiresAt) result.expiresAt = envelope.expiresAt;
      return { result };
    }
    case 'failed': {
      const { name, message, action } = envelope.error ?? { name: 'PipelineError', message: 'The run failed and gave no reason.' };
      return { error: new TryOnError(name, message, { action }) };
    }
    case 'canceled':
      return { error: new TryOnError('Canceled', 'The run was canceled.') };
    case 'time_out':
      return { error: new TryOnError('TimeoutError', 'The run took longer than it may.') };
    default:
      return envelope.status satisfies never;
  }
}
