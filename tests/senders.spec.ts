// What real senders send, kind by kind, through the built gateway: its answers, and what FASHN gets.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bare, postHead } from './bare.ts';
import { GARMENT_IMAGE, MODEL_IMAGE, SHOP, STAFF_TOKEN, accepting, startGateway, tryOn, webhookOf } from './gateway.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

useGateway({ PUBLIC_ORIGIN: 'https://try.example' });

const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
const page = { origin: SHOP };
const PNG = Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64');
/** A JPEG of 864×1296 with a fill byte before its frame. */
const JPEG = Buffer.from('ffd8ffffc0000b080510036001011100ffda0008010100003f00', 'hex');
const data = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`;
const sent = () => JSON.parse(fashn.calls.find(({ method }) => method === 'POST')?.body ?? '{}') as { inputs?: Record<string, unknown> };
const faults = async (answer: Response) => {
  const { errors = [] } = (await answer.json()) as { errors?: { path: string }[] };
  return { status: answer.status, paths: errors.map(({ path }) => path) };
};

/** A form with parts as they are written, on a bare connection. */
const rawForm = async (boundary: string, parts: [head: string, content: string | Buffer][], headers: Record<string, string> = staff) => {
  const name = boundary.replaceAll('"', '');
  const body = Buffer.concat([
    ...parts.flatMap(([head, content]) => [Buffer.from(`--${name}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`, 'latin1'), Buffer.from(content), Buffer.from('\r\n')]),
    Buffer.from(`--${name}--\r\n`),
  ]);
  const type = `multipart/form-data; boundary=${boundary}`;
  return bare(Number(gateway.url.port), Buffer.concat([Buffer.from(postHead('/v1/run', { 'content-type': type, ...headers }, body.length)), body]));
};

describe('addresses', () => {
  test.each(['http://example.com/path/to/model.jpg', 'http://images.example:8080/a.jpg', 'http://203.0.113.9/a.jpg'])('%s is staff’s to send, and no shopper’s', async (address) => {
    expect((await gateway.run(tryOn({ garment_image: address }))).status).toBe(200);
    expect(sent().inputs).toMatchObject({ garment_image: address });
    expect(await faults(await gateway.run(tryOn({ garment_image: address }), page))).toEqual({ status: 400, paths: ['inputs.garment_image'] });
  });

  test.each(['files/shirt.jpg', 'products/shirt.png', 'files/a%20b.webp'])('a shop’s own /cdn/shop/%s', async (path) => {
    expect((await gateway.run(tryOn({ garment_image: `${SHOP}/cdn/shop/${path}?v=1&width=2000` }), page)).status).toBe(200);
  });
});

describe('pictures', () => {
  test.each([['image/png', JPEG, 'image/jpeg'], ['image/jpeg', PNG, 'image/png'], ['application/octet-stream', JPEG, 'image/jpeg'], ['', JPEG, 'image/jpeg'], ['image/pjpeg', JPEG, 'image/jpeg']])(
    'called %s are what their bytes are', async (word, bytes, type) => {
      expect((await gateway.run(tryOn({ model_image: data(word, bytes) }), page)).status).toBe(200);
      expect(sent().inputs).toMatchObject({ model_image: data(type, bytes) });
    },
  );
});

describe('forms', () => {
  const fields = { model_name: 'tryon-v1.6', garment_image: GARMENT_IMAGE };
  let seed = 0;
  const form = (more: Record<string, string | Blob>) => {
    const form = new FormData();
    seed += 1;
    for (const [name, value] of Object.entries({ ...fields, garment_image: `${GARMENT_IMAGE}?form=${seed}`, model_image: new Blob([JPEG], { type: 'image/png' }), ...more })) form.append(name, value);
    return gateway.ask('/v1/run', { method: 'POST', headers: page, body: form });
  };

  test.each<[string, Record<string, string | Blob>, object]>([
    ['inputs as a Blob of JSON', { inputs: new Blob(['{"seed":7}'], { type: 'application/json' }) }, { seed: 7 }],
    ['inputs as a Blob with a byte order mark', { inputs: new Blob(['\ufeff{"seed":8}']) }, { seed: 8 }],
    ['the model as a Blob', { model_name: new Blob(['tryon-v1.6']) }, {}],
    ['a text as a file of text', { category: new Blob(['tops'], { type: 'text/plain' }) }, { category: 'tops' }],
    ['nested names', { 'inputs[category]': 'tops' }, { category: 'tops' }],
    ['a picture without a type', { model_image: new Blob([JPEG]) }, { model_image: data('image/jpeg', JPEG) }],
  ])('%s', async (_, more, inputs) => {
    expect((await form(more)).status).toBe(200);
    expect(sent().inputs).toMatchObject(inputs);
  });

  const parts: [string, string | Buffer][] = [['name="model_name"', 'tryon-v1.6'], ['name=garment_image', GARMENT_IMAGE], ['name=model_image', JPEG]];
  test.each(['"a b"', '"a, b: (c)"', "'+_x-y", '"----=_Part 1.2"'])('with the boundary %s', async (boundary) => {
    expect((await rawForm(boundary, parts)).status).toBe(200);
  });
  test.each(['name="model_image"; filename="ü; name=x.jpg"', 'name=model_image; filename=a.jpg; filename*=utf-8\'\'a.jpg', 'name="model_image"; filename="a\\".jpg"', 'name="model_image"; filename="C:\\photos\\"'])(
    'with the picture’s part %s', async (head) => {
      expect((await rawForm('x', [...parts.slice(0, 2), [head, JPEG]])).status).toBe(200);
      expect(sent().inputs).toMatchObject({ model_image: data('image/jpeg', JPEG) });
    },
  );
});

describe('bodies', () => {
  test.each(['gzip', 'br', 'deflate, gzip'])('with Content-Encoding: %s are refused with what is read', async (encoding) => {
    const body = gzipSync(JSON.stringify(tryOn()));
    const answer = await bare(Number(gateway.url.port), Buffer.concat([Buffer.from(postHead('/v1/run', { ...staff, 'content-type': 'application/json', 'content-encoding': encoding }, body.length)), body]));
    expect(answer.status).toBe(415);
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining('Content-Encoding') });
  });

  test('with a byte order mark, the caller’s and FASHN’s', async () => {
    fashn.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('\ufeff{"id":"a-u1","error":null}');
    for (const mark of ['\ufeff', '\ufeff\n ']) expect((await gateway.run(`${mark}${JSON.stringify(tryOn())}`)).status).toBe(200);
  });

  test.each([['category', 'tops'], ['seed', 7], ['num_samples', 2], ['prompt', 'by the sea'], ['webhook_url', 'https://a.example'], ['consent', 7], ['cache', 'no']])(
    'with %s beside the inputs are refused before a credit is spent', async (name, value) => {
      expect(await faults(await gateway.run({ ...tryOn(), [name]: value }))).toEqual({ status: 400, paths: [name] });
      expect(fashn.calls).toEqual([]);
    },
  );

  test('with what the SDKs add there are taken', async () => {
    expect((await gateway.run({ ...tryOn(), pollInterval: 1, timeout: 2, maxRetries: 3 })).status).toBe(200);
  });

  test('with several faults are told all of them: pictures, policy and names', async () => {
    const answer = await gateway.run({ seed: 1, ...tryOn({ garment_image: 'https://evil.example/a.jpg', num_samples: 4, hat: 1 }) }, page);
    expect(await faults(answer)).toEqual({ status: 400, paths: ['seed', 'inputs.garment_image', 'inputs.hat', 'inputs.num_samples'] });
  });
});

describe('what FASHN’s pages don’t have', () => {
  const packshot = { model_name: 'packshot', inputs: { product_image: GARMENT_IMAGE, style: { light: [1, 'soft'] } } };
  const backdrop = { model_name: 'background-change', inputs: { image: MODEL_IMAGE, background_prompt: 'by the sea' } };
  const ratio = { model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: GARMENT_IMAGE, aspect_ratio: '4:5' } };

  test('is passed on for staff as it came, and costs what FASHN says', async () => {
    const passing = await startGateway(fashn.url, { PASS_THROUGH_CREDITS: '5' });
    for (const body of [packshot, backdrop, ratio]) {
      const text = JSON.stringify(body, undefined, 1);
      fashn.answer = accepting('a-u1');
      const { id } = (await (await passing.run(text)).json()) as { id: string };
      const call = fashn.calls.at(-1);
      expect(call?.body).toBe(text);
      const done = { id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'], error: null };
      fashn.answer = accepting('a-u1', done, { 'x-fashn-credits-used': '3' });
      expect((await passing.ask(webhookOf(call), { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
      const status = await passing.ask(`/v1/status/${id}`);
      expect([await status.json(), status.headers.get('x-fashn-credits-used')]).toMatchObject([{ status: 'completed' }, '3']);
      const quote = await passing.ask('/v1/quote', { method: 'POST', headers: { ...staff, 'content-type': 'application/json' }, body: text });
      expect(await quote.json()).toMatchObject({ credits: 5, admitted: true });
    }
    const calls = fashn.calls.length;
    expect(await faults(await passing.run(packshot, page))).toEqual({ status: 400, paths: ['model_name'] });
    expect(await faults(await passing.run({ ...packshot, model_name: '../credits' }))).toEqual({ status: 400, paths: ['model_name'] });
    expect(await faults(await passing.run({ ...ratio, inputs: { ...ratio.inputs, seed: 'one' } }))).toEqual({ status: 400, paths: ['inputs.seed', 'inputs.aspect_ratio'] });
    expect(fashn.calls.length).toBe(calls);
    await passing.stop();
  });

  test.each([[packshot, 'model_name'], [backdrop, 'model_name'], [ratio, 'inputs.aspect_ratio']])('is refused with the setting’s name where that isn’t set', async (body, path) => {
    const answer = await gateway.run(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path, message: expect.stringContaining('PASS_THROUGH_CREDITS') as string }] });
    expect(fashn.calls).toEqual([]);
  });
});

describe('pages', () => {
  const HEADERS = 'baggage, sentry-trace, traceparent, newrelic, x-datadog-trace-id, x-any-tool';
  test('of the shop may send what their tracing adds', async () => {
    const headers = { ...page, 'access-control-request-method': 'POST', 'access-control-request-headers': HEADERS };
    const answer = await gateway.ask('/v1/run', { method: 'OPTIONS', headers });
    const allowed = answer.headers.get('access-control-allow-headers')?.split(/, */) ?? [];
    expect(HEADERS.split(', ').filter((name) => !allowed.includes(name) && !allowed.includes('*'))).toEqual([]);
  });

  test.each(['https://evil.example', 'null', 'http://localhost:3000'])('of %s read why they are refused, and can do nothing else', async (origin) => {
    const prepared = await gateway.ask('/v1/run', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect(prepared.headers.get('access-control-allow-origin')).toBe('*');
    expect(prepared.headers.get('access-control-allow-methods')).toBe('POST');
    const answer = await gateway.run(tryOn(), { origin });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, '*']);
    expect(await answer.json()).toMatchObject({ error: 'OriginNotAllowed', message: expect.stringContaining('ALLOWED_ORIGINS') });
    const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
    const status = await gateway.ask(`/v1/status/${id}`, { headers: { origin } });
    expect(status.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('of a gateway that isn’t set up read that, and SDKs don’t wait for it', async () => {
    const bareGateway = await startGateway(fashn.url, { FASHN_API_KEY: undefined });
    try {
      for (const headers of [page, staff, { origin: 'https://evil.example' }]) {
        const answer = await bareGateway.run(tryOn(), headers);
        expect([answer.status, answer.headers.get('x-should-retry'), answer.headers.get('access-control-allow-origin')]).toEqual([503, 'false', '*']);
      }
      const prepared = await bareGateway.ask('/v1/run', { method: 'OPTIONS', headers: { ...page, 'access-control-request-method': 'POST' } });
      expect(prepared.headers.get('access-control-allow-methods')).toBe('POST');
    } finally {
      await bareGateway.stop();
    }
  });

  test('of any origin read the contract', async () => {
    const { headers, status } = await gateway.ask('/openapi.json');
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  });
});

describe('heads', () => {
  test.each(['/v1/status/', '/v1/credits', '/healthz', '/openapi.json'])('HEAD %s is GET’s head', async (path) => {
    const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
    fashn.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"a-u1","status":"processing","credits":{"total":3}}');
    const at = path === '/v1/status/' ? `${path}${id}` : path;
    const [get, head] = [await gateway.ask(at, { headers: staff }), await gateway.ask(at, { method: 'HEAD', headers: staff })];
    expect(head.status).toBe(get.status);
    for (const name of ['content-type', 'cache-control', 'etag']) expect(head.headers.get(name), name).toBe(get.headers.get(name));
    expect(await head.text()).toBe('');
  });
});

describe('a run that is answered by an earlier one', () => {
  test('says so, unless it may not be', async () => {
    const run = tryOn();
    const asked = async (more: object = {}) => {
      const answer = await gateway.run({ ...run, ...more }, page);
      return { joined: answer.headers.get('x-joined'), id: ((await answer.json()) as { id: string }).id };
    };
    const first = await asked();
    expect(first.joined).toBeNull();
    expect(await asked()).toEqual({ joined: 'true', id: first.id });
    const own = await asked({ cache: false });
    expect(own.joined).toBeNull();
    expect(own.id).not.toBe(first.id);
  });

  test('is told by its key too, and two processes of staff’s have a run each', async () => {
    const run = tryOn();
    const keyed = { ...staff, 'idempotency-key': 'a-key-of-staff' };
    const answers = [await gateway.run(run, keyed), await gateway.run(run, keyed), await gateway.run(run), await gateway.run(run)];
    expect(answers.map(({ headers }) => headers.get('x-joined'))).toEqual([null, 'true', null, null]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(3);
  });
});

describe('answers of FASHN in another shape', () => {
  const ended = async (status: object) => {
    const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
    fashn.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'a-u1', ...status }));
    const webhook = new URL(fashn.calls.find(({ method }) => method === 'POST')?.query.get('webhook_url') ?? '').pathname;
    expect((await gateway.ask(webhook, { method: 'POST', body: '\ufeff{"id":"a-u1","status":"completed","error":"text"}' })).status).toBe(204);
    return (await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string; output?: string[]; error: { name: string; message: string } | null };
  };

  test.each<[string, object, string, string]>([
    ['an error in words', { status: 'failed', error: 'out of memory' }, 'failed', 'out of memory'],
    ['an error without a name', { status: 'failed', error: { message: 'no face' } }, 'failed', 'no face'],
    ['an error that is a name', { status: 'failed', error: 'PoseError' }, 'failed', ''],
    ['an empty list', { status: 'completed', output: [] }, 'failed', 'The run completed, and FASHN gave no output.'],
    ['no output at all', { status: 'completed' }, 'failed', 'The run completed, and FASHN gave no output.'],
    ['a time-out in its own words', { status: 'time_out', error: { name: 'TimeOut', message: 'took 300 s' } }, 'time_out', 'took 300 s'],
    ['a time-out without words', { status: 'time_out', error: null }, 'time_out', 'FASHN stopped the run because it took too long.'],
  ])('%s ends the run at once', async (_, answer, status, message) => {
    expect(await ended(answer)).toMatchObject({ status, error: { message } });
  });

  test.each<[string, unknown]>([
    ['a text', 'https://cdn.fashn.ai/a/output_0.png'],
    ['objects with an address', [{ url: 'https://cdn.fashn.ai/a/output_0.png', width: 864 }]],
    ['one object', { url: 'https://cdn.fashn.ai/a/output_0.png' }],
  ])('outputs as %s are shown', async (_, output) => {
    const { status, output: shown } = await ended({ status: 'completed', output });
    expect([status, shown?.length]).toEqual(['completed', 1]);
  });
});
