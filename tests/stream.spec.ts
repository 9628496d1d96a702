// GET /v1/status/{id} for those who wait: event streams, `?wait=`, ETag and Retry-After.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHOP, accountOf, startGateway, startOwnFashn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { DONE, RunsAtFashn, accepted, type Posted } from './runs.ts';

let fashn: OwnFashn;
let gateway: Gateway;
const atFashn = new RunsAtFashn();

beforeAll(async () => {
  fashn = await startOwnFashn(atFashn.answer);
  gateway = await startGateway(fashn.url, { CONCURRENT_RUNS: '1000', RUN_RATE: '1000/1', DAY_CREDITS: '100000' });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});

const sent = () => atFashn.sent(gateway);
const ends = (run: Posted, how?: object, at = gateway) => atFashn.ends(at, run, how);

interface Event {
  id: string;
  data: { status: string; queue_position?: number; eta_seconds?: number; output?: string[] };
}

interface Stream {
  response: Response;
  text: string;
  events: Event[];
  /** Resolves when the stream ends, rejects when it breaks. */
  over: Promise<void>;
  drop(): void;
}

/** A stream as a browser reads it. */
async function listen(id: string, headers: Record<string, string> = {}, from: Gateway = gateway): Promise<Stream> {
  const gone = new AbortController();
  const response = await from.ask(`/v1/status/${id}`, { headers: { accept: 'text/event-stream', ...headers }, signal: gone.signal });
  const stream: Stream = { response, text: '', events: [], over: Promise.resolve(), drop: () => gone.abort() };
  const body = response.body;
  if (!body) return stream;
  const read = async () => {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      stream.text += chunk;
      const blocks = stream.text.split('\n\n').slice(0, -1);
      stream.events = blocks.flatMap((block) => {
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        return fields['data'] === undefined ? [] : [{ id: fields['id'] ?? '', data: JSON.parse(fields['data']) as Event['data'] }];
      });
    }
  };
  stream.over = read();
  stream.over.catch(() => undefined);
  return stream;
}

const statuses = (stream: Stream) => stream.events.map(({ data }) => data.status);

describe('a stream of events', () => {
  test('begins with what there is, tells the end, and is closed', async () => {
    const run = await sent();
    const stream = await listen(run.id, { origin: SHOP });
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.response.headers.get('access-control-allow-origin')).toBe(SHOP);
    await until(() => stream.events.length === 1);
    expect(stream.text).toMatch(/^retry: 1000\n\n/);
    await ends(run);
    await stream.over;
    expect(statuses(stream)).toEqual(['processing', 'completed']);
    expect(stream.events.at(-1)?.data).toMatchObject({ id: run.id, output: [`${gateway.url.origin}/v1/outputs/${run.id}/0`] });
    expect(stream.events.at(-1)?.id).toMatch(/^completed/);
  });

  test('is told to everybody who listens, whenever they came', async () => {
    const run = await sent();
    const streams = await Promise.all(Array.from({ length: 20 }, () => listen(run.id)));
    await until(() => streams.every(({ events }) => events.length === 1));
    await ends(run, { status: 'failed', error: { name: 'PoseError', message: 'No pose' } });
    await Promise.all(streams.map(({ over }) => over));
    for (const stream of streams) expect(statuses(stream)).toEqual(['processing', 'failed']);
    const late = await listen(run.id);
    await late.over;
    expect(statuses(late)).toEqual(['failed']);
  });

  test('does not repeat what was seen: Last-Event-ID', async () => {
    const run = await sent();
    const first = await listen(run.id);
    await until(() => first.events.length === 1);
    first.drop();
    const again = await listen(run.id, { 'last-event-id': first.events[0]?.id ?? '' });
    await ends(run);
    await again.over;
    expect(statuses(again)).toEqual(['completed']);
    // A browser's own reader comes back after the end: 204 keeps it away.
    const after = await listen(run.id, { 'last-event-id': again.events[0]?.id ?? '' });
    expect(after.response.status).toBe(204);
  });

  test('a dropped connection misses nothing: what happened meanwhile comes first', async () => {
    const run = await sent();
    const first = await listen(run.id);
    await until(() => first.events.length === 1);
    first.drop();
    await ends(run);
    const again = await listen(run.id, { 'last-event-id': first.events[0]?.id ?? '' });
    await again.over;
    expect(statuses(again)).toEqual(['completed']);
  });

  test('an object that was evicted meanwhile begins with what is stored', async () => {
    const run = await sent();
    await evict();
    const first = await listen(run.id);
    await until(() => first.events.length === 1);
    expect(statuses(first)).toEqual(['processing']);
    first.drop();
    await ends(run);
    await evict();
    const late = await listen(run.id, { 'last-event-id': first.events[0]?.id ?? '' });
    await late.over;
    expect(statuses(late)).toEqual(['completed']);
  });

  test('a restart under open streams breaks them, and who comes back sees the end', async () => {
    const store = mkdtempSync(join(tmpdir(), 'fitting-room-'));
    const before = await startGateway(fashn.url, {}, { store });
    const run = await atFashn.sent(before);
    const stream = await listen(run.id, {}, before);
    await until(() => stream.events.length === 1);
    await before.stop();
    await expect(stream.over).rejects.toThrow();
    const after = await startGateway(fashn.url, {}, { store });
    const again = await listen(run.id, { 'last-event-id': stream.events[0]?.id ?? '' }, after);
    await ends(run, DONE, after);
    await again.over;
    // What was seen doesn't come again: a restart that took long brings lower estimates, and nothing else.
    const lower = again.events.filter(({ data }) => data.status === 'processing');
    expect(statuses(again).slice(lower.length)).toEqual(['completed']);
    for (const { data } of lower) expect(data.eta_seconds).toBeLessThan(stream.events[0]?.data.eta_seconds ?? 0);
    await after.stop();
    rmSync(store, { recursive: true });
  });

  test('what is forgotten has no listeners any more', async () => {
    const run = await sent();
    const stream = await listen(run.id);
    await until(() => stream.events.length === 1);
    expect((await gateway.ask(`/v1/status/${run.id}`, { method: 'DELETE' })).status).toBe(204);
    await stream.over;
    expect(statuses(stream)).toEqual(['processing']);
    expect((await listen(run.id)).response.status).toBe(404);
  });

  test('pictures in base64 are told whole', async () => {
    const run = await sent();
    const streams = await Promise.all([listen(run.id), listen(run.id), listen(run.id)]);
    const picture = `data:image/png;base64,${Buffer.from(Array.from({ length: 900_001 }, (_, at) => at * 7)).toString('base64')}`;
    await ends(run, { status: 'completed', output: [picture] });
    await Promise.all(streams.map(({ over }) => over));
    for (const stream of streams) expect(stream.events.at(-1)?.data.output).toEqual([picture]);
  });

  test('an id that was not minted here is a 404, to whoever streams too', async () => {
    expect((await listen('x')).response.status).toBe(404);
  });

  test('only so many may listen to one prediction; who is too many is answered once, and those who go make room', async () => {
    const run = await sent();
    const streams = await Promise.all(Array.from({ length: 32 }, () => listen(run.id)));
    const one = await listen(run.id);
    expect(one.response.headers.get('content-type')).toBe('application/json');
    expect(one.response.headers.get('retry-after')).toMatch(/^\d+$/);
    streams.slice(0, 10).forEach((stream) => stream.drop());
    await until(async () => {
      const next = await listen(run.id);
      const streams = next.response.headers.get('content-type') === 'text/event-stream';
      next.drop();
      return streams;
    });
    await ends(run);
    await Promise.all(streams.slice(10).map(({ over }) => over));
    for (const stream of streams.slice(10)) expect(statuses(stream).at(-1)).toBe('completed');
  });
});

const evict = () => gateway.evict('AccountObject', accountOf());

describe('?wait=', () => {
  test('answers when it ends', async () => {
    const run = await sent();
    const answer = gateway.ask(`/v1/status/${run.id}?wait=25`);
    await ends(run);
    expect(await (await answer).json()).toMatchObject({ status: 'completed' });
  });

  test('answers at once when it is over', async () => {
    const run = await sent();
    await ends(run);
    expect(await (await gateway.ask(`/v1/status/${run.id}?wait=25`)).json()).toMatchObject({ status: 'completed' });
  });

  test('answers at once when the caller has seen something older', async () => {
    const run = await sent();
    const answer = await gateway.ask(`/v1/status/${run.id}?wait=25`, { headers: { 'if-none-match': '"in_queue-1.20x0"' } });
    expect(await answer.json()).toMatchObject({ status: 'processing' });
  });

  test('answers at the end of the wait with what there is, and 304 to whoever has it', async () => {
    const run = await sent();
    const plain = await gateway.ask(`/v1/status/${run.id}?wait=1`);
    expect(await plain.json()).toMatchObject({ status: 'processing' });
    // Whoever waits may ask again at once.
    expect(plain.headers.get('retry-after')).toBeNull();
    const known = await gateway.ask(`/v1/status/${run.id}?wait=1`, { headers: { 'if-none-match': '*' } });
    expect(known.status).toBe(304);
  });

  test('several wait for one run', async () => {
    const run = await sent();
    const answers = Array.from({ length: 5 }, () => gateway.ask(`/v1/status/${run.id}?wait=25`));
    await ends(run);
    for (const answer of answers) expect(await (await answer).json()).toMatchObject({ status: 'completed' });
  });

  test.each(['0', '26', '1.5', '', 'long'])('%s seconds are refused, with the field’s name', async (wait) => {
    const run = await sent();
    const answer = await gateway.ask(`/v1/status/${run.id}?wait=${wait}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: 'wait', message: 'must be a whole number of seconds from 1 to 25' }] });
  });
});

describe('ETag and Retry-After', () => {
  test('what has not changed is a 304 without a body, and what has is sent again', async () => {
    const run = await sent();
    await ends(run);
    const first = await gateway.ask(`/v1/status/${run.id}`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"completed[^"]*"$/);
    const second = await gateway.ask(`/v1/status/${run.id}`, { headers: { 'if-none-match': etag, origin: SHOP } });
    expect([second.status, await second.text(), second.headers.get('etag')]).toEqual([304, '', etag]);
    expect(second.headers.get('access-control-allow-origin')).toBe(SHOP);
    const other = await gateway.ask(`/v1/status/${run.id}`, { headers: { 'if-none-match': '"processing-0.0x0"' } });
    expect(other.status).toBe(200);
    expect(await other.json()).toEqual(await first.json());
  });

  test('an unfinished run says when to ask again, within what it should take; a finished one does not', async () => {
    const run = await sent();
    const live = await gateway.ask(`/v1/status/${run.id}`);
    const { eta_seconds } = (await live.json()) as { eta_seconds: number };
    expect(eta_seconds % 5).toBe(0);
    expect(live.headers.get('retry-after')).toBe(String(Math.ceil(eta_seconds / 2)));
    await ends(run);
    expect((await gateway.ask(`/v1/status/${run.id}`)).headers.get('retry-after')).toBeNull();
  });

  test('a page of the shop may send and read what it takes', async () => {
    const { headers } = await gateway.ask('/v1/status/x', { method: 'OPTIONS', headers: { origin: SHOP } });
    expect(headers.get('access-control-allow-headers')).toMatch(/if-none-match.*last-event-id/);
    expect(headers.get('access-control-expose-headers')).toMatch(/retry-after, etag/);
  });
});

describe('a run that queues', () => {
  let narrow: Gateway;
  beforeAll(async () => {
    narrow = await startGateway(fashn.url, { CONCURRENT_RUNS: '1' });
  });
  afterAll(() => narrow.stop());

  test('tells its place as it moves up, and then that it runs', async () => {
    const from = atFashn.posted.length;
    const posted = (number: number) => until(() => atFashn.posted[from + number]);
    await accepted(narrow);
    await accepted(narrow);
    const stream = await listen(await accepted(narrow), {}, narrow);
    await until(() => stream.events.length > 0);
    expect(stream.events[0]?.data).toMatchObject({ status: 'in_queue', queue_position: 2, eta_seconds: expect.any(Number) });
    await ends(await posted(0), DONE, narrow);
    await until(() => stream.events.some(({ data }) => data.queue_position === 1));
    await ends(await posted(1), DONE, narrow);
    await until(() => stream.events.some(({ data }) => data.status === 'processing'));
    await ends(await posted(2), DONE, narrow);
    await stream.over;
    expect(statuses(stream).at(-1)).toBe('completed');
  });
});
