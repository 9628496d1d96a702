// POST /v1/run
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GARMENT_IMAGE, MODEL_IMAGE, SHOP, STAFF_TOKEN, accepting, json, startGateway, tryOn, until, type Gateway } from './gateway.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

useGateway({ FASHN_TIMEOUT_SECONDS: '1', MAX_BODY_BYTES: '100000' });

test('a run is sent on with the key, the known fields and a webhook at this very Worker', async () => {
  const answer = await gateway.run({ ...tryOn({ garment_image: GARMENT_IMAGE, seed: 7, category: null }), timeout: 300, pollInterval: 1 });
  expect(answer.status).toBe(200);
  const { id, error } = (await answer.json()) as { id: string; error: unknown };
  expect(error).toBeNull();
  expect(id).not.toContain('a-u1');

  const [call] = fashn.calls;
  expect(fashn.calls).toHaveLength(1);
  expect(call?.headers.authorization).toBe('Bearer the-key-that-never-leaves');
  expect(JSON.parse(call?.body ?? '')).toEqual({
    model_name: 'tryon-v1.6',
    inputs: { model_image: MODEL_IMAGE, garment_image: GARMENT_IMAGE, seed: 7 },
  });
  const webhook = new URL(call?.query.get('webhook_url') ?? '');
  expect(webhook.origin).toBe(gateway.url.origin);
  expect(webhook.pathname).toMatch(/^\/webhooks\/fashn\/[\w-]{51}$/);
  expect(webhook.href).not.toContain(id);
});

describe('a large photograph reaches FASHN as it was sent, and nothing else of the body does', () => {
  const bytes = Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64');
  const photo = `data:image/png;base64,${Buffer.concat([bytes, Buffer.alloc(60_000, bytes)]).toString('base64')}`;
  const quoted = JSON.stringify(photo);
  const body = (inputs: string, beside = '') => `{${beside}"model_name":"tryon-v1.6","inputs":{${inputs}}}`;
  const garment = `"garment_image":"${GARMENT_IMAGE}"`;

  test.each<[string, string]>([
    ['as a page sends it', body(`"model_image":${quoted},${garment},"seed":1`)],
    ['behind all else', body(`"seed":2,${garment},"model_image":${quoted}`, '"timeout":300,"more":{"a":["b"]},')],
    ['between', body(`${garment},"model_image":${quoted},"seed":3`)],
    ['with room to breathe', body(`\n  "model_image" : ${quoted} ,\n  ${garment}, "seed": 4.0\n`, ' ')],
    ['with escapes', body(`"model_image":${quoted.replaceAll('/', '\\/')},${garment},"seed":5`)],
    ['before its model', `{"inputs":{"model_image":${quoted},${garment},"seed":6},"model_name":"tryon-v1.6"}`],
  ])('%s', async (_, body) => {
    const seed = Number(/"seed": ?(\d)/.exec(body)?.[1]);
    const expected = { model_name: 'tryon-v1.6', inputs: { model_image: photo, garment_image: GARMENT_IMAGE, seed } };
    const authorized = { authorization: `Bearer ${STAFF_TOKEN}`, 'idempotency-key': `photo-${seed}` };
    expect((await gateway.run(body, authorized)).status).toBe(200);
    expect(JSON.parse(fashn.calls[0]?.body ?? '')).toEqual(expected);
    // The same without a length that is known ahead is answered with the run there is: it is the same to the last byte.
    const chunked = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 10_000) controller.enqueue(Buffer.from(body.slice(at, at + 10_000)));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json', ...authorized };
    const init = { method: 'POST', headers, body: chunked, duplex: 'half' as const };
    expect((await gateway.ask('/v1/run', init)).status).toBe(200);
    expect(fashn.calls).toHaveLength(1);
  });
});

test('the run is written before FASHN is called', async () => {
  let writtenBefore = -1;
  const before = gateway.runs();
  fashn.answer = (call, response) => {
    writtenBefore = gateway.runs() - before;
    accepting('a-u1')(call, response);
  };
  await gateway.run(tryOn());
  expect(writtenBefore).toBe(1);
});

describe('bad input is told with its paths, spends nothing and creates nothing', () => {
  const data = (type: string, bytes: string) => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
  const cases: [string, unknown, string[]][] = [
    ['no body', '', ['body']],
    ['broken JSON', '{"model_name":', ['body']],
    ['not an object', '[]', ['body']],
    ['nothing in it', {}, ['model_name', 'inputs']],
    ['unknown model', { ...tryOn(), model_name: 'tryon-v9' }, ['model_name']],
    ['no inputs', { model_name: 'tryon-v1.6' }, ['inputs']],
    ['inputs of the wrong type', { model_name: 'tryon-v1.6', inputs: 'all' }, ['inputs']],
    ['a missing input', tryOn({ garment_image: undefined }), ['inputs.garment_image']],
    ['an unknown input', tryOn({ hat: true }), ['inputs.hat']],
    ['a value that is not in the list', tryOn({ category: 'hats' }), ['inputs.category']],
    ['a seed out of range', tryOn({ seed: 4294967296 }), ['inputs.seed']],
    ['a seed below zero', tryOn({ seed: -1 }), ['inputs.seed']],
    ['too many samples', tryOn({ num_samples: 5 }), ['inputs.num_samples']],
    ['a flag that is a string', tryOn({ return_base64: 'true' }), ['inputs.return_base64']],
    ['a picture over ftp', tryOn({ model_image: 'ftp://example.com/a.jpg' }), ['inputs.model_image']],
    ['a private address', tryOn({ model_image: 'https://192.168.0.1/a.jpg' }), ['inputs.model_image']],
    ['a loopback address', tryOn({ model_image: 'https://127.0.0.1/a.jpg' }), ['inputs.model_image']],
    ['another port of this machine', tryOn({ model_image: 'http://127.0.0.1:1/a.jpg' }), ['inputs.model_image']],
    ['the metadata service', tryOn({ model_image: 'https://169.254.169.254/latest' }), ['inputs.model_image']],
    ['a data URL that is no picture', tryOn({ model_image: data('image/png', 'hello') }), ['inputs.model_image']],
    ['a data URL of text', tryOn({ model_image: data('text/html', '<b>') }), ['inputs.model_image']],
    ['a data URL that is not base64', tryOn({ model_image: 'data:image/png;base64,***' }), ['inputs.model_image']],
    [
      'everything at once',
      tryOn({ model_image: 7, garment_image: 'ftp://x', mode: 'fast', hat: 1 }),
      ['inputs.model_image', 'inputs.garment_image', 'inputs.mode', 'inputs.hat'],
    ],
  ];
  test.each(cases)('%s', async (_, body, paths) => {
    const before = gateway.runs();
    const answer = await gateway.run(body);
    const problem = (await answer.json()) as { error: string; message: string; errors: { path: string; message: string }[] };
    expect(answer.status).toBe(400);
    expect(problem.error).toBe('BadRequest');
    expect(problem.message).toMatch(/\w/);
    expect(problem.errors.map(({ path }) => path)).toEqual(paths);
    expect(fashn.calls).toEqual([]);
    expect(gateway.runs()).toBe(before);
  });

  test('a body over the cap, declared or not', async () => {
    const body = JSON.stringify(tryOn({ model_image: `https://a.example/${'x'.repeat(100_000)}` }));
    expect((await gateway.run(body)).status).toBe(413);
    const chunked = await gateway.ask('/v1/run', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${STAFF_TOKEN}` },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(fashn.calls).toEqual([]);
  });

  test('a body that is not declared as JSON', async () => {
    const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'text/plain' };
    expect((await gateway.run(tryOn(), headers)).status).toBe(415);
    expect(fashn.calls).toEqual([]);
  });
});

describe('who may ask', () => {
  test.each<[string, Record<string, string>, number]>([
    ['a page of an allowed origin', { origin: SHOP }, 200],
    ['staff', { authorization: `Bearer ${STAFF_TOKEN}` }, 200],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['somebody with a wrong token', { authorization: 'Bearer wrong' }, 401],
    ['an allowed page with a wrong token', { origin: SHOP, authorization: 'Bearer wrong' }, 401],
    ['nobody', {}, 401],
  ])('%s', async (_, headers, status) => {
    const answer = await gateway.run(tryOn(), headers);
    expect(answer.status).toBe(status);
    expect(fashn.calls).toHaveLength(status === 200 ? 1 : 0);
  });

  test('a page of the gateway’s own origin', async () => {
    expect((await gateway.run(tryOn(), { origin: gateway.url.origin })).status).toBe(200);
  });
});

describe('when FASHN says no', () => {
  // What it says holds back later runs, so each has a gateway of its own.
  let own: Gateway;
  beforeEach(async () => void (own = await startGateway(fashn.url)));
  afterEach(() => own.stop());

  test.each([
    [400, 'BadRequest'],
    [413, 'PayloadTooLarge'],
    [429, 'OutOfCredits'],
  ])('%i %s passes through, and nothing is left behind', async (status, code) => {
    const tokens: string[] = [];
    fashn.answer = (call, response) => {
      const webhook = call.query.get('webhook_url');
      if (webhook) tokens.push(new URL(webhook).pathname);
      json(response, status, { error: code, message: 'in its words' }, { 'retry-after': '3' });
    };
    const answer = await own.run(tryOn());
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: code, message: 'in its words', advice: expect.any(String), action: expect.any(String) });
    expect(answer.headers.get('retry-after')).toBe('3');
    // The SDKs honour it: what waiting doesn't help is asked once.
    expect(answer.headers.get('x-should-retry')).toBe('false');
    const late = await own.ask(tokens[0] ?? '', { method: 'POST', body: JSON.stringify({ id: 'a-u1', status: 'completed' }) });
    expect(late.status).toBe(404);
  });

  test.each([
    [401, 'UnauthorizedAccess', 'FASHN_API_KEY'],
    [403, 'Forbidden', 'FASHN_API_KEY'],
    [404, 'NotFound', 'FASHN_BASE_URL'],
  ])('%i %s is about the gateway, whose setting staff are told, and nobody else', async (status, code, setting) => {
    fashn.answer = (_, response) => json(response, status, { error: code, message: 'Unauthorized: Invalid token' });
    for (const [headers, told] of [[undefined, true], [{ origin: SHOP }, false]] as const) {
      const answer = await own.run(tryOn(), headers);
      expect(answer.status).toBe(502);
      expect(answer.headers.get('x-should-retry')).toBe('false');
      const { error, message } = (await answer.json()) as { error: string; message: string };
      expect(error).toBe('BadGateway');
      expect(message.includes(setting)).toBe(told);
      expect(message).not.toContain('Invalid token');
    }
  });

  test('a redirect is not followed: the key would go along', async () => {
    fashn.answer = (_, response) => response.writeHead(307, { location: '/elsewhere' }).end();
    expect((await own.run(tryOn())).status).toBe(502);
    expect(fashn.calls.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual(['/v1/run']);
  });

  test.each([
    [429, 'RateLimitExceeded'],
    [429, 'ConcurrencyLimitExceeded'],
    [500, 'InternalServerError'],
  ])('after %i %s the caller has an id, the run waits and is sent again', async (status, code) => {
    let first = true;
    fashn.answer = (call, response) => {
      if (!first || call.method !== 'POST') return accepting('a-u1')(call, response);
      first = false;
      json(response, status, { error: code, message: 'in its words' }, { 'retry-after': '1' });
    };
    const answer = await own.run(tryOn());
    expect(answer.status).toBe(200);
    const { id } = (await answer.json()) as { id: string };
    await until(async () => ((await (await own.ask(`/v1/status/${id}`)).json()) as { status: string }).status === 'processing');
    const runs = fashn.calls.filter(({ method }) => method === 'POST');
    expect(runs).toHaveLength(2);
    expect(runs[1]?.body).toBe(runs[0]?.body);
    // Each send has a webhook of its own: that of an earlier one binds nothing.
    expect(runs[1]?.query.get('webhook_url')).not.toBe(runs[0]?.query.get('webhook_url'));
  });

  test('when its credits are gone, the next are refused here until there are some again', async () => {
    fashn.answer = (call, response) =>
      call.path === '/v1/credits'
        ? json(response, 200, { credits: { total: 0 } })
        : json(response, 429, { error: 'OutOfCredits', message: 'no more' });
    expect((await own.run(tryOn())).status).toBe(429);
    const sent = fashn.calls.length;
    const refused = await own.run(tryOn());
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: 'OutOfCredits', action: 'contact' });
    expect(fashn.calls.slice(sent).filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('when FASHN says nothing', () => {
  // Webhooks and alarms of earlier runs ask for statuses meanwhile.
  const sent = () => fashn.calls.filter(({ method }) => method === 'POST');

  async function unanswered(status: number) {
    const answer = await gateway.run(tryOn());
    const problem = (await answer.json()) as { error: string; message: string; id: string };
    expect(answer.status).toBe(status);
    expect(problem.message).toMatch(/\w/);
    // Nobody knows whether it runs: it must not be sent again, and its id is told.
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(sent()).toHaveLength(1);
    const looked = await gateway.ask(`/v1/status/${problem.id}`);
    expect(await looked.json()).toMatchObject({ id: problem.id, status: 'starting', error: null });
  }

  test('a connection that breaks is a 502', async () => {
    fashn.answer = (_, response) => response.destroy();
    await unanswered(502);
  });
  test('an answer that takes too long is a 504', async () => {
    fashn.answer = () => {};
    await unanswered(504);
  });
  test('an acceptance that can’t be read is a 502', async () => {
    fashn.answer = (_, response) => response.writeHead(200).end('<html>');
    await unanswered(502);
  });
  test('nobody there at all is a 502', async () => {
    const alone = await startGateway('http://127.0.0.1:9');
    try {
      const answer = await alone.run(tryOn());
      expect(answer.status).toBe(502);
      expect(await answer.json()).toMatchObject({ error: 'BadGateway' });
    } finally {
      await alone.stop();
    }
  });
});
