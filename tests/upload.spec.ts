// Pictures as files: POST /v1/run with multipart/form-data, and how much of it an isolate holds.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bare, postHead } from './bare.ts';
import { GARMENT_IMAGE, MODEL_IMAGE, SHOP, STAFF_TOKEN, startGateway, tryOn, until } from './gateway.ts';
import { inspector } from './memory.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

const PNG = Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64');
const MIB = 1 << 20;

useGateway({ MAX_BODY_BYTES: '100000', PUBLIC_ORIGIN: 'https://try.example' });

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
/** A form's type and bytes. */
async function encoded(fields: Fields) {
  const request = new Request('http://try.example', { method: 'POST', body: form(fields) });
  return { type: request.headers.get('content-type') ?? '', bytes: Buffer.from(await request.arrayBuffer()) };
}
const GOOD: Fields = { model_name: 'tryon-v1.6', model_image: png(), garment_image: GARMENT_IMAGE, inputs: '{"seed":7}', category: 'tops' };

test('a form with a photograph is FASHN’s JSON by the time that FASHN has it', async () => {
  const answer = await send(GOOD);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ error: null, id: expect.stringMatching(/^[\w-]{48}$/) });
  expect(JSON.parse(fashn.calls[0]?.body ?? '')).toEqual({
    model_name: 'tryon-v1.6',
    inputs: { model_image: MODEL_IMAGE, garment_image: GARMENT_IMAGE, category: 'tops', seed: 7 },
  });
});

test('a file without a type is known by its bytes, and one that was left empty is left out', async () => {
  expect((await send({ ...GOOD, inputs: '{"seed":8}', model_image: png(PNG, ''), mask: new Blob([]) })).status).toBe(200);
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
    const before = gateway.runs();
    const answer = await send(fields);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { errors: { path: string }[] }).errors.map((fault) => fault.path)).toContain(path);
    expect(fashn.calls).toEqual([]);
    expect(gateway.runs()).toBe(before);
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
    const port = Number(gateway.url.port);
    const { type, bytes } = await encoded(GOOD);
    for (const wrong of ['multipart/form-data', 'multipart/mixed; boundary=x', 'multipart/form-data; boundary="']) {
      const answer = await bare(port, postHead('/v1/run', { origin: SHOP, 'content-type': wrong }, bytes.length));
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining('multipart/form-data') });
    }
    // A browser sends a form to any origin without asking first; it says from where.
    for (const origin of ['https://evil.example', 'null']) {
      expect((await bare(port, postHead('/v1/run', { origin, 'content-type': type }, bytes.length))).status).toBe(403);
    }
    expect(fashn.calls).toEqual([]);
  });

  test('a file over the cap', async () => {
    const { type, bytes } = await encoded({ ...GOOD, model_image: png(Buffer.alloc(100_000)) });
    const answer = await bare(Number(gateway.url.port), postHead('/v1/run', { origin: SHOP, 'content-type': type }, bytes.length));
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'PayloadTooLarge', message: expect.stringContaining('2000 pixels') });
  });
});

describe('the isolate’s memory', () => {
  test('is released after callers that left, once FASHN has had its time', async () => {
    const silent = await startGateway(fashn.url, { FASHN_TIMEOUT_SECONDS: '1' });
    try {
      fashn.answer = () => {};
      const photo = png(Buffer.concat([PNG, Buffer.alloc(8_000_000)]));
      const uploads = await Promise.all(Array.from({ length: 7 }, (_, seed) => encoded({ ...GOOD, model_image: photo, inputs: JSON.stringify({ seed }) })));
      for (const { type, bytes } of uploads) {
        // One for which there is no memory comes again.
        await until(async () => {
          const calls = fashn.calls.length;
          const leaves = new AbortController();
          const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': type };
          const asked = silent.ask('/v1/run', { method: 'POST', headers, body: new Uint8Array(bytes), signal: leaves.signal });
          const status = asked.then((answer) => answer.status, () => 0);
          const taken = until(async () => fashn.calls.length > calls || (await Promise.race([status, Promise.resolve(undefined)])) !== undefined);
          await taken;
          leaves.abort();
          return fashn.calls.length > calls;
        });
      }
    } finally {
      await silent.stop();
    }
  });

  test('stays under 128 MB with 50 uploads of 8 MB at once; those for which there is no memory are refused, and taken when they come again', async () => {
    const large = await startGateway(fashn.url, {}, { measured: true });
    const memory = await inspector(large);
    try {
      const photo = png(Buffer.concat([PNG, Buffer.alloc(8_000_000)]));
      const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
      // One run first, so that everything is loaded.
      expect((await large.run(tryOn())).status).toBe(200);
      const before = await memory.usage();
      let most = before;
      let done = false;
      const watching = (async () => {
        while (!done) {
          most = Math.max(most, await memory.usage());
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      const uploads = await Promise.all(Array.from({ length: 50 }, (_, seed) => encoded({ ...GOOD, model_image: photo, inputs: JSON.stringify({ seed }) })));
      const sent = ({ type, bytes }: { type: string; bytes: Buffer }) => bare(Number(large.url.port), Buffer.concat([Buffer.from(postHead('/v1/run', { ...staff, 'content-type': type }, bytes.length)), bytes]));
      const answers = await Promise.all(uploads.map(sent));
      done = true;
      await watching;
      // A sender that still writes when the connection is closed may lose the answer.
      const refused = answers.filter(({ status }) => status === 503 || status === 0);
      console.log(`50 uploads of 8 MB at once: ${50 - refused.length} taken, ${refused.length} told to come back; isolate at most ${(most / 1e6).toFixed(1)} MB (${(before / 1e6).toFixed(1)} MB before)`);
      expect(answers.filter((answer) => !refused.includes(answer)).map(({ status }) => status)).toEqual(Array(50 - refused.length).fill(200));
      const told = refused.filter(({ status }) => status === 503);
      expect(told.length).toBeGreaterThan(0);
      for (const { headers, body } of told) {
        expect(headers.get('retry-after')).toBe('2');
        expect(JSON.parse(body)).toMatchObject({ error: 'ServiceUnavailable', action: 'retry' });
      }
      // One after the other they are all taken: the memory is released.
      for (const upload of uploads) {
        expect((await sent(upload)).status).toBe(200);
        most = Math.max(most, await memory.usage());
      }
      console.log(`and ${uploads.length} one after the other: at most ${(most / 1e6).toFixed(1)} MB`);
      expect(most).toBeLessThan(128_000_000);
    } finally {
      memory.close();
      await large.stop();
    }
  });

  test('a body that stops arriving holds what has arrived only while its sender is there', async () => {
    const large = await startGateway(fashn.url, {});
    try {
      const from = (address: string) => ({ origin: SHOP, 'content-type': 'application/json', 'cf-connecting-ip': address });
      const stalled = ['203.0.113.1', '203.0.113.2'].map((address) => {
        const socket = connect(Number(large.url.port), '127.0.0.1').on('error', () => undefined);
        // What is declared only takes nothing; what has arrived does.
        socket.write(Buffer.concat([Buffer.from(postHead('/v1/run', from(address), 16 * MIB)), Buffer.alloc(8 * MIB, ' ')]));
        return socket;
      });
      const big = JSON.stringify(tryOn({ model_image: `data:image/png;base64,${'A'.repeat(4 * MIB)}` }));
      const status = async () => (await bare(Number(large.url.port), Buffer.concat([Buffer.from(postHead('/v1/run', from('203.0.113.3'), big.length)), Buffer.from(big)]))).status;
      // The two fill the memory for large bodies; small ones still come through.
      await until(async () => (await status()) === 503);
      expect((await large.run(tryOn(), { origin: SHOP })).status).toBe(200);
      for (const socket of stalled) socket.resetAndDestroy();
      await until(async () => (await status()) === 400);
    } finally {
      await large.stop();
    }
  });
});
