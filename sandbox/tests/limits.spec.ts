// Keys, rate limits, slots and credits.
import { afterEach, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

let sandbox: Sandbox;
const body = { model_name: 'model-create', inputs: { prompt: 'a model' } };

afterEach(() => sandbox.close());

it('asks for a key, and takes any unless a list says which', async () => {
  sandbox = await Sandbox.open();
  const refused = { error: 'UnauthorizedAccess', message: 'Unauthorized: Invalid token' };
  for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer ' }, { authorization: 'Basic a2V5' }]) {
    for (const [method, path] of [['POST', '/v1/run'], ['GET', '/v1/status/x'], ['GET', '/v1/credits']] as const) {
      const reply = await sandbox.call(method, path, method === 'POST' ? body : undefined, headers);
      expect([reply.status, reply.body]).toEqual([401, refused]);
    }
  }
  expect((await sandbox.credits('any')).status).toBe(200);
  await sandbox.control('PATCH', 'settings', { api_keys: ['one', 'two'] });
  expect((await sandbox.credits('any')).status).toBe(401);
  expect((await sandbox.credits('two')).status).toBe(200);
});

it('refuses what can’t be a run, with every fault and its field', async () => {
  sandbox = await Sandbox.open();
  const cases: [unknown, RegExp][] = [
    ['', /body .*empty/],
    ['{', /body .*JSON/],
    ['[]', /body must be an object/],
    [{ inputs: {} }, /model_name is required/],
    [{ model_name: 'x', inputs: {} }, /model_name must be one of: tryon-v1.6/],
    [{ model_name: 'edit' }, /inputs is required/],
    [{ model_name: 'edit', inputs: {} }, /inputs.image is required; inputs.prompt is required/],
    [{ model_name: 'reframe', inputs: { image: 'http://h/a.png', aspect_ratio: '2:1' } }, /inputs.aspect_ratio must be one of/],
    [{ model_name: 'model-create', inputs: { prompt: 'x', num_images: 5 } }, /inputs.num_images/],
    [{ model_name: 'model-create', inputs: { promt: 'x' } }, /did you mean prompt/],
    [{ model_name: 'image-to-video', inputs: { image: 'http://h/a.png', end_image: 'http://h/b.png', resolution: '480p' } }, /1080p/],
  ];
  for (const [wrong, message] of cases) {
    const reply = await sandbox.run(wrong);
    expect(reply.status, JSON.stringify(wrong)).toBe(400);
    expect(reply.body).toEqual({ error: 'BadRequest', message: expect.stringMatching(message) });
  }
  const hook = await sandbox.run(body, 'ftp://example.com/');
  expect([hook.status, hook.body]).toEqual([400, { error: 'BadRequest', message: 'webhook_url must be an http or https address' }]);
  await sandbox.control('PATCH', 'settings', { max_body_bytes: 10 });
  expect(await sandbox.run(body)).toMatchObject({ status: 500, body: { error: 'InternalServerError' } });
  const { runs, accounts } = await sandbox.journal();
  expect(runs).toEqual([]);
  expect(Object.values(accounts)[0]?.credits_reserved).toBe(0);
});

it('answers 404 and 405 in FASHN’s shape', async () => {
  sandbox = await Sandbox.open();
  const unknown = await sandbox.status('9dafef71-6e90-4bc9-ac05-d0d97c612722');
  expect([unknown.status, unknown.body]).toEqual([404, { error: 'NotFound', message: 'Prediction not found' }]);
  const id = await sandbox.accepted(body);
  expect((await sandbox.status(id, 'another key')).status).toBe(404);
  expect((await sandbox.call('GET', '/v2/run')).status).toBe(404);
  expect((await sandbox.call('GET', '/v1/run')).status).toBe(405);
  expect((await sandbox.call('GET', `/cdn/${id}/output_9.png`)).status).toBe(404);
});

it.each([
  ['run', 50, 60, () => sandbox.run('')],
  ['status', 50, 10, () => sandbox.status('x')],
  ['credits', 30, 10, () => sandbox.credits()],
] as const)('lets %s through %i times in %i s, then again when the window has moved on', async (place, requests, seconds, call) => {
  sandbox = await Sandbox.open();
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: requests + 3 }, () => call()));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(3);
  expect(refused[0]?.body).toEqual({ error: 'RateLimitExceeded', message: `Rate limit exceeded: ${requests} requests per ${seconds} seconds` });
  expect(await sandbox.journal()).toMatchObject({ requests: { [place]: requests + 3 }, refused: { RateLimitExceeded: 3 } });
  // The sandbox's clock has run by itself while a busy machine answered.
  const tookMs = Math.round(performance.now() - began);
  await sandbox.advance((seconds - 2) * 1000 - tookMs);
  expect((await call()).status).toBe(429);
  await sandbox.advance(2000 + tookMs);
  expect((await call()).status).not.toBe(429);
});

it('has each key counted by itself', async () => {
  sandbox = await Sandbox.open({ CREDITS_LIMIT: '1/60000' });
  expect((await sandbox.credits('one')).status).toBe(200);
  expect((await sandbox.credits('one')).status).toBe(429);
  expect((await sandbox.credits('two')).status).toBe(200);
});

it('has six runs in flight at most, and a slot again when one has ended', async () => {
  sandbox = await Sandbox.open({ TIME_SCALE: '1' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => sandbox.run(body)));
  expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(6);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toEqual({ error: 'ConcurrencyLimitExceeded', message: 'Concurrency limit exceeded: 6 predictions are being processed' });
  expect((await sandbox.journal()).greatest_in_flight).toBe(6);
  await sandbox.advance(20_000);
  await Promise.all(answers.filter(({ status }) => status === 200).map(({ body: { id } }) => sandbox.ended(id)));
  expect((await sandbox.run(body)).status).toBe(200);
});

it('charges what completes, the plan’s credits first, and refuses what isn’t covered', async () => {
  sandbox = await Sandbox.open({ OPENING_BALANCE: '2+3' });
  const costs4 = { model_name: 'model-create', inputs: { prompt: 'a model', num_images: 4 } };
  const id = await sandbox.accepted(costs4);
  await sandbox.ended(id);
  expect((await sandbox.credits()).body.credits).toEqual({ total: 1, subscription: 0, on_demand: 1 });
  const refused = await sandbox.run(costs4);
  expect([refused.status, refused.body]).toEqual([429, { error: 'OutOfCredits', message: 'Out of credits: this request needs 4 and 1 are left' }]);

  await sandbox.fault({ do: { fail: { name: 'ThirdPartyError' } } });
  await sandbox.ended(await sandbox.accepted(body));
  expect((await sandbox.credits()).body.credits.total).toBe(1);
  await sandbox.control('POST', 'credits?key=key', { subscription: 10, on_demand: 0 });
  expect((await sandbox.run(costs4)).status).toBe(200);
});

it('holds credits for runs in flight, so that two can’t spend the same', async () => {
  sandbox = await Sandbox.open({ OPENING_BALANCE: '1+0', TIME_SCALE: '1' });
  const answers = await Promise.all([sandbox.run(body), sandbox.run(body)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
  expect((await sandbox.credits()).body.credits.total).toBe(1);
});

it('tells every setting that can’t be read, instead of starting with a guess', async () => {
  sandbox = await Sandbox.open({ TIME_SCALE: 'fast', RUN_LIMIT: '50' });
  const answer = await fetch(`${sandbox.origin}/v1/credits`);
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain('TIME_SCALE: must be a number from 0');
  expect(text).toContain('RUN_LIMIT: must be requests/milliseconds');
});
