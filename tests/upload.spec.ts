// Pictures as files: POST /v1/run with multipart/form-data, and how much of it an isolate holds.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GARMENT_IMAGE, MODEL_IMAGE, SHOP, STAFF_TOKEN, accepting, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';

const PNG = Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64');
const MIB = 1 << 20;

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url, { MAX_BODY_BYTES: '100000', PUBLIC_ORIGIN: 'https://try.example' });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});
beforeEach(() => {
  fashn.calls.length = 0;
  fashn.answer = accepting('a-u1');
});

type Fields = Record<string, string | Blob>;
const form = (fields: Fields) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, 'a; name="x".png');
  }
  return data;
};
const png = (bytes: Buffer = PNG, type = 'image/png') => new Blob([new Uint8Array(bytes)], { type });
const send = (fields: Fields, headers: Record<string, string> = { origin: SHOP }, to = gateway) =>
  to.ask('/v1/run', { method: 'POST', headers, body: form(fields) });
const GOOD: Fields = { model_name: 'tryon-v1.6', model_image: png(), garment_image: GARMENT_IMAGE, inputs: '{"seed":7}', category: 'tops' };

test('a form with a photograph is FASHN’s JSON by the time that FASHN has it', async () => {
  const answer = await send(GOOD);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ error: null, id: expect.stringMatching(/^[\w-]{43}$/) });
  expect(JSON.parse(fashn.calls[0]?.body ?? '')).toEqual({
    model_name: 'tryon-v1.6',
    inputs: { model_image: MODEL_IMAGE, garment_image: GARMENT_IMAGE, category: 'tops', seed: 7 },
  });
});

test('a file without a type is known by its bytes, and one that was left empty is left out', async () => {
  expect((await send({ ...GOOD, model_image: png(PNG, ''), mask: new Blob([]) })).status).toBe(200);
  expect(JSON.parse(fashn.calls[0]?.body ?? '').inputs.model_image).toBe(MODEL_IMAGE);
});

test('a quote takes a form too', async () => {
  const answer = await gateway.ask('/v1/quote', { method: 'POST', headers: { origin: SHOP }, body: form(GOOD) });
  expect(await answer.json()).toMatchObject({ credits: 1 });
});

describe('what is wrong with a form is told with its path, and nothing is spent', () => {
  test.each<[string, Fields, string]>([
    ['no model', { model_image: png() }, 'model_name'],
    ['no photograph', { model_name: 'tryon-v1.6', garment_image: GARMENT_IMAGE }, 'inputs.model_image'],
    ['an empty file for a photograph', { ...GOOD, model_image: new Blob([]) }, 'inputs.model_image'],
    ['a PDF', { ...GOOD, model_image: png(Buffer.from('%PDF-1.7'), 'application/pdf') }, 'inputs.model_image'],
    ['a page as PNG', { ...GOOD, model_image: png(Buffer.from('<html>')) }, 'inputs.model_image'],
    ['an SVG', { ...GOOD, model_image: png(Buffer.from('<svg/>'), 'image/svg+xml') }, 'inputs.model_image'],
    ['a photograph’s address', { ...GOOD, model_image: GARMENT_IMAGE }, 'inputs.model_image'],
    ['a product that is not the shop’s', { ...GOOD, garment_image: png() }, 'inputs.garment_image'],
    ['a product from elsewhere', { ...GOOD, garment_image: 'https://evil.example/a.jpg' }, 'inputs.garment_image'],
    ['a number as text', { ...GOOD, num_samples: '1' }, 'inputs.num_samples'],
    ['inputs that are no object', { ...GOOD, inputs: '[]' }, 'inputs'],
    ['inputs that break out', { ...GOOD, inputs: '{}},"x":{' }, 'inputs'],
    ['an input twice', { ...GOOD, inputs: '{"category":"tops"}' }, 'inputs.category'],
    ['an unknown input', { ...GOOD, hat: 'yes' }, 'inputs.hat'],
    ['a webhook', { ...GOOD, webhook_url: 'https://evil.example' }, 'inputs.webhook_url'],
    ['more than the shop pays', { ...GOOD, inputs: '{"num_samples":4}' }, 'inputs.num_samples'],
  ])('%s', async (_, fields, path) => {
    const before = gateway.predictions();
    const answer = await send(fields);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { errors: { path: string }[] }).errors.map((fault) => fault.path)).toContain(path);
    expect(fashn.calls).toEqual([]);
    expect(gateway.predictions()).toBe(before);
  });

  test.each([
    ['nothing', 'multipart/form-data; boundary=x', ''],
    ['no end', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="model_name"\r\n\r\nedit'],
    ['another boundary', 'multipart/form-data; boundary=y', '--x\r\nContent-Disposition: form-data; name="model_name"\r\n\r\nedit\r\n--x--'],
    ['nothing but delimiters', 'multipart/form-data; boundary=x', '--x\r\n'.repeat(5_000)],
  ])('a form that is %s', async (_, type, body) => {
    const answer = await gateway.ask('/v1/run', { method: 'POST', headers: { origin: SHOP, 'content-type': type }, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: 'body' }] });
    expect(fashn.calls).toEqual([]);
  });

  test('no boundary, another kind of form, or a foreign page', async () => {
    for (const type of ['multipart/form-data', 'multipart/mixed; boundary=x', 'multipart/form-data; boundary="']) {
      const answer = await gateway.ask('/v1/run', { method: 'POST', headers: { origin: SHOP, 'content-type': type }, body: '--x--' });
      expect(answer.status).toBe(415);
      expect(await answer.json()).toMatchObject({ message: expect.stringContaining('multipart/form-data') });
    }
    // A browser sends a form to any origin without asking first; it says from where.
    expect((await send(GOOD, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send(GOOD, { origin: 'null' })).status).toBe(403);
    expect(fashn.calls).toEqual([]);
  });

  test('a file over the cap', async () => {
    const answer = await send({ ...GOOD, model_image: png(Buffer.alloc(100_000)) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: 'PayloadTooLarge', message: expect.stringContaining('2000 pixels') });
  });
});

describe('the isolate’s memory', () => {
  /** What V8 holds for the gateway's isolate, by its inspector: the heap, and all buffers beside it, wasm's memory too. */
  async function inspector(worker: Gateway) {
    const url = await worker.miniflare.getInspectorURL();
    const targets = (await (await fetch(new URL('/json', url.href.replace(/^ws/, 'http')))).json()) as { id: string; webSocketDebuggerUrl: string }[];
    const own = targets.find(({ id }) => id.includes('fitting-room'));
    const socket = new WebSocket(own?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
    let next = 0;
    return {
      async usage(): Promise<number> {
        const id = (next += 1);
        const answer = new Promise<{ usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number }>((resolve) => {
          socket.addEventListener('message', function listen({ data }) {
            const message = JSON.parse(String(data)) as { id?: number; result?: { usedSize: number } };
            if (message.id !== id || !message.result) return;
            socket.removeEventListener('message', listen);
            resolve(message.result);
          });
        });
        socket.send(JSON.stringify({ id, method: 'Runtime.getHeapUsage' }));
        const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await answer;
        return usedSize + embedderHeapUsedSize + backingStorageSize;
      },
      close: () => socket.close(),
    };
  }

  test('stays under 128 MB with 50 uploads of 8 MB at once; who has no room is sent away unread', async () => {
    const large = await startGateway(fashn.url, {}, { inspect: true });
    const memory = await inspector(large);
    try {
      const photo = Buffer.concat([PNG, Buffer.alloc(8 * 1_000_000)]);
      let most = await memory.usage();
      const before = most;
      let done = false;
      const watching = (async () => {
        while (!done) {
          most = Math.max(most, await memory.usage());
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      const answers = await Promise.all(
        Array.from({ length: 50 }, async (_, seed) => {
          const answer = await send({ ...GOOD, model_image: png(photo), inputs: JSON.stringify({ seed }) }, { authorization: `Bearer ${STAFF_TOKEN}` }, large);
          return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: (await answer.json()) as object };
        }),
      );
      done = true;
      await watching;
      const taken = answers.filter(({ status }) => status === 200);
      const sentAway = answers.filter(({ status }) => status === 503);
      console.log(`50 uploads of 8 MB at once: ${taken.length} taken, ${sentAway.length} told to come back; isolate at most ${(most / 1e6).toFixed(1)} MB (${(before / 1e6).toFixed(1)} MB before)`);
      expect(taken.length + sentAway.length).toBe(50);
      expect(taken.length).toBeGreaterThan(0);
      for (const { retryAfter, body } of sentAway) {
        expect(retryAfter).toBe('2');
        expect(body).toMatchObject({ error: 'ServiceUnavailable', action: 'retry' });
      }
      expect(most).toBeLessThan(128_000_000);
      // Whoever comes back is taken: the room is given back.
      await until(async () => (await send({ ...GOOD, model_image: png(photo) }, { authorization: `Bearer ${STAFF_TOKEN}` }, large)).status === 200);
      expect(await memory.usage()).toBeLessThan(128_000_000);
    } finally {
      memory.close();
      await large.stop();
    }
  });

  test('a body that never comes keeps its room only while its sender is there', async () => {
    const large = await startGateway(fashn.url, {});
    try {
      const stalled = Array.from({ length: 4 }, () => new AbortController());
      const waiting = stalled.map(({ signal }) =>
        large.ask('/v1/run', {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: SHOP, 'content-length': String(10 * MIB) },
          body: new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('{')) }),
          duplex: 'half',
          signal,
        } as RequestInit).then(({ status }) => status, () => 0),
      );
      // Two fill the room; the others are sent away at once.
      await until(async () => (await large.run(tryOn(), { origin: SHOP })).status === 503);
      for (const controller of stalled) controller.abort();
      await Promise.all(waiting);
      await until(async () => (await large.run(tryOn(), { origin: SHOP })).status === 200);
    } finally {
      await large.stop();
    }
  });
});
