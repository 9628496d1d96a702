// The client's parsing: envelopes, refusals, streams, times, sizes.
import { describe, expect, test } from 'vitest';
import { parseEnvelope, verdict } from '../src/client/envelope.ts';
import { actionFor, refusal, retryAfterSeconds, TryOnError } from '../src/client/problems.ts';
import { eventData } from '../src/client/sse.ts';
import { canvasScale, fittedSize } from '../src/photo/limits.ts';

const base = 'https://try-on.example/apps/v1/status/a';
const judge = (value: unknown) => {
  const envelope = parseEnvelope(value, base);
  return envelope && verdict(envelope);
};

describe('a status envelope', () => {
  test.each([
    [{ id: 'a', status: 'starting' }, { progress: { stage: 'queued' } }],
    [{ id: 'a', status: 'in_queue', queue_position: 3, eta_seconds: 20 }, { progress: { stage: 'queued', place: 3, etaSeconds: 20 } }],
    [{ id: 'a', status: 'in_queue', queue_position: 0, eta_seconds: -1 }, { progress: { stage: 'queued' } }],
    [{ id: 'a', status: 'processing', eta_seconds: 4 }, { progress: { stage: 'working', etaSeconds: 4 } }],
    [{ id: 'a', status: 'completed', output: ['https://cdn.fashn.ai/a/0.png'] }, { result: { id: 'a', images: ['https://cdn.fashn.ai/a/0.png'] } }],
    [{ id: 'a', status: 'completed', output: ['/v1/outputs/a/0'] }, { result: { id: 'a', images: ['https://try-on.example/v1/outputs/a/0'] } }],
    [{ id: 'a', status: 'completed', output: { images: ['https://cdn.fashn.ai/a/0.png'] } }, { result: { id: 'a', images: ['https://cdn.fashn.ai/a/0.png'] } }],
    [{ id: 'a', status: 'completed', output: ['data:image/png;base64,AA=='] }, { result: { id: 'a', images: ['data:image/png;base64,AA=='] } }],
  ])('%j', (value, expected) => {
    expect(judge(value)).toEqual(expected);
  });

  test.each([
    [{ id: 'a', status: 'completed', output: [] }, 'Expired', 'retry'],
    [{ id: 'a', status: 'completed', output: ['javascript:alert(1)'] }, 'Expired', 'retry'],
    [{ id: 'a', status: 'failed', error: { name: 'PoseError', message: 'no body' } }, 'PoseError', 'retake'],
    [{ id: 'a', status: 'failed', error: { name: 'PoseError', message: 'no body', action: 'other_product' } }, 'PoseError', 'other_product'],
    [{ id: 'a', status: 'failed', error: { name: 'NewError', message: '?', action: 'dance' } }, 'NewError', 'retry'],
    [{ id: 'a', status: 'failed' }, 'PipelineError', 'retry'],
    [{ id: 'a', status: 'canceled' }, 'Canceled', 'retry'],
    [{ id: 'a', status: 'time_out' }, 'TimeoutError', 'retry'],
  ])('%j is an error', (value, code, action) => {
    const found = judge(value);
    const error = found && 'error' in found ? found.error : undefined;
    expect(error).toBeInstanceOf(TryOnError);
    expect({ code: error?.code, action: error?.action }).toEqual({ code, action });
  });

  test.each([null, 'text', [], {}, { id: 7, status: 'completed' }, { id: 'a', status: 'dancing' }])('%j is none', (value) => {
    expect(judge(value)).toBeUndefined();
  });

  test('tells when the picture expires, in text or numbers', () => {
    const at = new Date('2026-11-20T12:00:00Z');
    for (const expires_at of [at.toISOString(), at.getTime(), at.getTime() / 1000]) {
      expect(judge({ id: 'a', status: 'completed', output: ['/0'], expires_at })).toMatchObject({ result: { expiresAt: at } });
    }
  });
});

describe('a refusal', () => {
  test('names the field, and the field tells what helps', () => {
    const body = { error: 'BadRequest', message: 'bad', errors: [{ path: 'inputs.model_image', message: 'is no picture' }] };
    expect(refusal(400, body, undefined)).toMatchObject({ code: 'BadRequest', action: 'retake', status: 400, fields: body.errors });
    expect(actionFor('BadRequest', [{ path: 'inputs.garment_image', message: '' }])).toBe('other_product');
    expect(actionFor('BadRequest', [{ path: 'inputs.product_image', message: '' }])).toBe('other_product');
  });
  test.each<[number, unknown, string, string]>([
    [429, { error: 'OutOfCredits', message: 'none left' }, 'OutOfCredits', 'contact'],
    [429, undefined, 'RateLimitExceeded', 'retry'],
    [502, '<html>', 'UnexpectedAnswer', 'retry'],
    [500, { error: 3, errors: 'x' }, 'UnexpectedAnswer', 'retry'],
  ])('%i %j', (status, body, code, action) => {
    expect(refusal(status, body, undefined)).toMatchObject({ code, action });
  });
});

test.each<[string | null, number | undefined]>([
  [null, undefined],
  ['', undefined],
  ['5', 5],
  ['-5', 0],
  ['0.5', 0.5],
  ['soon', undefined],
  ['Fri, 20 Nov 2026 12:00:10 GMT', 10],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
])('Retry-After %j is %j seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, Date.parse('2026-11-20T12:00:00Z'))).toBe(seconds);
});

describe('an event stream', () => {
  const text = ': hello\n\ndata: {"a":1}\n\nevent: status\r\ndata: {"b":\r\ndata: "ä"}\r\n\r\nid: 4\n\ndata:last\n\ndata: cut off';
  const expected = ['{"a":1}', '{"b":\n"ä"}', 'last'];
  // Wherever the network cuts it, also within a character or a line end.
  test.each([1, 2, 3, 5, 7, 1000])('in chunks of %i bytes', async (size) => {
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const found: string[] = [];
    for await (const data of eventData(body)) found.push(data);
    expect(found).toEqual(expected);
  });
});

describe('a photo', () => {
  test.each([
    [4000, 3000, 2000, 1500],
    [3000, 4000, 1500, 2000],
    [2000, 2000, 2000, 2000],
    [640, 480, 640, 480],
    [20000, 3, 2000, 1],
  ])('of %i x %i px is sent at %i x %i', (width, height, toWidth, toHeight) => {
    expect(fittedSize(width, height)).toEqual({ width: toWidth, height: toHeight });
  });
  test.each([[8064, 6048], [6000, 8000], [4032, 3024], [100, 100]])('of %i x %i px fits on a canvas of iOS', (width, height) => {
    const scale = canvasScale(width, height);
    expect(Math.floor(width * scale) * Math.floor(height * scale)).toBeLessThanOrEqual(16_777_216);
    expect(scale).toBeLessThanOrEqual(1);
  });
});
