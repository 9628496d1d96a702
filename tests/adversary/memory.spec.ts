// What is declared, chunked or endless takes no more memory than its bound, and none from others.
import { describe, expect, test } from 'vitest';
import { bare, postHead } from '../bare.ts';
import { MODEL_IMAGE, STAFF_TOKEN, until, type Gateway } from '../gateway.ts';
import { megabytes, prints, residentAbove, stopwatch } from './figures.ts';
import { callerThatHangsUp } from './hang-up.ts';
import { StandIn, endOf, idOf, labelled, photo, shopper, statusOf } from './stand-in.ts';

/** Above idle, as much as leaves an isolate of 128 MB alive. */
const ABOVE_IDLE_MAX = 100e6;
const MIB = 1 << 20;

test('two connections that declare 24 MiB and send 700 bytes take nothing', async () => {
  const { fashn, gateway } = await StandIn.start({});
  await idOf(await gateway.run(labelled('first'), shopper('203.0.113.1')));
  const waits = stopwatch();
  let above = 0;
  prints('F9', () => `others are at FASHN ${waits}; ${megabytes(above)} above idle`);
  above = await residentAbove(async () => {
    const stalled = [16, 8].map((size) =>
      callerThatHangsUp(
        gateway,
        shopper(`198.51.100.${size}`),
        ' '.repeat(size * MIB),
        700 / (size * MIB),
      ),
    );
    await Promise.all(stalled.map(({ sent }) => sent));
    for (const label of ['small', 'another'])
      await idOf(await gateway.run(labelled(label), shopper('203.0.113.1')));
    await idOf(
      await gateway.run(labelled('large', { model_image: photo(4 * MIB) }), shopper('203.0.113.2')),
    );
    waits.stop();
    await Promise.all(stalled.map((caller) => caller.reset()));
    await idOf(
      await gateway.run(
        labelled('large, later', { model_image: photo(4 * MIB) }),
        shopper('203.0.113.3'),
      ),
    );
  });
  expect(fashn.labels).toEqual(['first', 'small', 'another', 'large', 'large, later']);
  expect(above).toBeLessThan(ABOVE_IDLE_MAX);
});

test('a status of 300 MB without a length is cut, and the run is shown later', async () => {
  const { fashn, gateway } = await StandIn.start({});
  const [chunk, chunks] = [Buffer.alloc(MIB, ' '), 300];
  let [taken, above] = [0, 0];
  prints('F11', () => `FASHN could send ${taken} MiB of ${chunks}; ${megabytes(above)} above idle`);
  await endOf(gateway, await idOf(await gateway.run(labelled('first'), shopper('203.0.113.1'))));
  fashn.deliversWebhooks = false;
  const id = await idOf(await gateway.run(labelled('run'), shopper('203.0.113.1')));
  let isEndless = true;
  fashn.onStatus = (response) => {
    if (!isEndless) return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      if (response.destroyed || taken === chunks) return void response.end();
      taken += 1;
      response.write(chunk, () => setImmediate(more));
    };
    more();
    return true;
  };
  above = await residentAbove(async () => {
    expect(await fashn.report('run')).not.toBe(204);
  });
  expect(await statusOf(gateway, id)).toMatchObject({ status: 'processing' });
  isEndless = false;
  await until(async () => (await fashn.report('run')) === 204);
  expect(await endOf(gateway, id)).toMatchObject({ status: 'completed' });
  expect(taken).toBeLessThan(chunks / 2);
  expect(above).toBeLessThan(ABOVE_IDLE_MAX);
});

const EIGHT_MB = photo(8 * MIB);
const asJson = (label: string): string =>
  JSON.stringify(labelled(label, { model_image: EIGHT_MB }));
const JSON_TYPE = { 'content-type': 'application/json' };

// Those with a length are the bench's.
test.each<[string, (label: string) => RequestInit]>([
  [
    'without a length',
    (label) => ({ headers: JSON_TYPE, body: new Blob([asJson(label)]).stream(), duplex: 'half' }),
  ],
  [
    'as forms',
    (label) => {
      const { model_name, inputs } = labelled(label);
      const body = new FormData();
      body.set('model_name', model_name);
      for (const [name, value] of Object.entries(inputs)) body.set(name, String(value));
      body.set('model_image', new Blob([Buffer.from(EIGHT_MB.split(',')[1] ?? '', 'base64')]));
      return { body };
    },
  ],
])('sixteen bodies of 8 MB at once are all taken, each in its turn: %s', async (kind, request) => {
  const { fashn, gateway } = await StandIn.start({});
  // Idle is a process that has compiled what it runs.
  for (let n = 0; n < 8; n += 1)
    await idOf(await gateway.run(labelled(`small-${n}`), shopper('203.0.113.1')));
  let above = 0;
  prints('bodies', () => `sixteen of 8 MB ${kind}: ${megabytes(above)} above idle`);
  let left = Array.from({ length: 16 }, (_, n) => n);
  const send = async (n: number) => {
    const { headers, ...rest } = request(`body-${n}`);
    const all = { ...(headers as Record<string, string>), ...shopper(`203.0.113.${n}`) };
    // A body that is sent away unread may be cut before its answer was seen.
    const asked = gateway.ask('/v1/run', { method: 'POST', ...rest, headers: all });
    const answer = await asked.catch(() => undefined);
    if (answer && answer.status !== 503) await idOf(answer);
    return answer?.status === 200 ? [] : [n];
  };
  above = await residentAbove(async () => {
    while (left.length > 0) {
      const again = (await Promise.all(left.map(send))).flat();
      expect(again.length).toBeLessThan(left.length);
      left = again;
    }
  });
  expect(fashn.labels).toHaveLength(24);
  expect(above).toBeLessThan(ABOVE_IDLE_MAX);
});

const LONG = 15_000_000;

// Each is one request of a shopper. An escape is what makes a text be copied.
test.each<[string, string, () => RequestInit]>([
  [
    'a form whose text is six times as long in JSON',
    'is too long for a text that is no picture',
    () => {
      const body = new FormData();
      body.set('model_name', 'tryon-v1.6');
      body.set('category', '\u0001'.repeat(LONG));
      return { body };
    },
  ],
  [
    'a name that the error would quote',
    'holds a name of more than 1024 bytes',
    () => ({ headers: JSON_TYPE, body: JSON.stringify({ [`\n${'n'.repeat(LONG)}`]: MODEL_IMAGE }) }),
  ],
  [
    'a prompt',
    'has more than 65536 bytes',
    () => {
      const inputs = { image: photo(8_000), prompt: `\n${'a'.repeat(LONG)}` };
      return { headers: JSON_TYPE, body: JSON.stringify({ model_name: 'edit', inputs }) };
    },
  ],
])('a long text takes little more than it is: %s', async (kind, sentence, request) => {
  const { fashn, gateway } = await StandIn.start({ POLICY: { models: ['tryon-v1.6', 'edit'] } });
  await idOf(await gateway.run(labelled('first'), shopper('203.0.113.1')));
  let above = 0;
  prints('texts', () => `15 MB of ${kind}: ${megabytes(above)} above idle`);
  above = await residentAbove(async () => {
    const { headers, ...rest } = request();
    const all = { ...(headers as Record<string, string>), ...shopper('203.0.113.2') };
    const refused = await gateway.ask('/v1/run', { method: 'POST', ...rest, headers: all });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(sentence);
  });
  expect(fashn.labels).toEqual(['first']);
  expect(above).toBeLessThan(ABOVE_IDLE_MAX);
});

test('bodies without a length, many at once, are all taken', async () => {
  const { fashn, gateway } = await StandIn.start({});
  const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' };
  const statuses: number[] = [];
  prints('F12', () => `ten chunked bodies at once: ${statuses.join(', ')}`);
  const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  // Each has begun before any is whole.
  const begun = gateway.ask('/healthz');
  const sent = Array.from({ length: 10 }, async (_, number) => {
    const body = JSON.stringify(labelled(`chunked-${number}`));
    const head = postHead(
      '/v1/run',
      { ...headers, host: gateway.url.host, 'transfer-encoding': 'chunked' },
      0,
    ).replace(/content-length: 0\r\n/, '');
    const rest = begun
      .then(() => gateway.ask('/healthz'))
      .then(() => Buffer.from(`${chunked(body.slice(100))}0\r\n\r\n`));
    statuses.push(
      (await bare(Number(gateway.url.port), head + chunked(body.slice(0, 100)), { rest })).status,
    );
  });
  await Promise.all(sent);
  expect(statuses).toEqual(Array(10).fill(200));
  expect(fashn.labels.toSorted()).toEqual(
    Array.from({ length: 10 }, (_, number) => `chunked-${number}`),
  );
});

describe('base64 output', () => {
  const FOUR_4K = {
    image: MODEL_IMAGE,
    prompt: 'a red hat',
    resolution: '4k',
    generation_mode: 'quality',
    num_images: 4,
    output_format: 'png',
    return_base64: true,
  };
  const edit = (gateway: Gateway, changes: object) =>
    gateway.run({ model_name: 'edit', inputs: { ...FOUR_4K, ...changes } });

  test('that the gateway may be unable to hold is refused before anything is sent', async () => {
    const { fashn, gateway } = await StandIn.start({});
    let told = 'no answer';
    prints('F13', () => `four 4k PNGs in base64: ${told}`);
    const refused = await edit(gateway, {});
    told = `${refused.status} ${await refused.text()}`;
    expect(refused.status).toBe(400);
    expect(told).toMatch(/num_images|output_format|return_base64/);
    expect(gateway.runs()).toBe(0);
    expect(fashn.labels).toEqual([]);
  });

  test.each([
    ['as addresses', { return_base64: false }],
    ['one small picture', { resolution: '1k', num_images: 1, output_format: 'jpeg' }],
  ])('that fits, or none, is taken: %s', async (_, changes) => {
    const { fashn, gateway } = await StandIn.start({});
    await idOf(await edit(gateway, changes));
    expect(fashn.labels).toEqual(['edit']);
  });
});
