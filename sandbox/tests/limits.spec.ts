// Who is let in, and how often: keys, windows, slots, credits.
import { afterEach, expect, it } from 'vitest';
import { Desk } from './desk.ts';

let desk: Desk;
const body = { model_name: 'model-create', inputs: { prompt: 'a model' } };

afterEach(() => desk.close());

it('asks for a key, and takes any unless a list says which', async () => {
  desk = await Desk.open();
  const refused = { error: 'UnauthorizedAccess', message: 'Unauthorized: Invalid token' };
  for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer ' }, { authorization: 'Basic a2V5' }]) {
    for (const [method, path] of [['POST', '/v1/run'], ['GET', '/v1/status/x'], ['GET', '/v1/credits']] as const) {
      const told = await desk.call(method, path, method === 'POST' ? body : undefined, headers);
      expect([told.status, told.body]).toEqual([401, refused]);
    }
  }
  expect((await desk.credits('any')).status).toBe(200);
  await desk.control('PATCH', 'settings', { api_keys: ['one', 'two'] });
  expect((await desk.credits('any')).status).toBe(401);
  expect((await desk.credits('two')).status).toBe(200);
});

it('refuses what can’t be a run, with every fault and its field', async () => {
  desk = await Desk.open();
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
    const told = await desk.run(wrong);
    expect(told.status, JSON.stringify(wrong)).toBe(400);
    expect(told.body).toEqual({ error: 'BadRequest', message: expect.stringMatching(message) });
  }
  const hook = await desk.run(body, 'ftp://example.com/');
  expect([hook.status, hook.body]).toEqual([400, { error: 'BadRequest', message: 'webhook_url must be an http or https address' }]);
  await desk.control('PATCH', 'settings', { max_body_bytes: 10 });
  expect(await desk.run(body)).toMatchObject({ status: 500, body: { error: 'InternalServerError' } });
  const { runs, accounts } = await desk.journal();
  expect(runs).toEqual([]);
  expect(Object.values(accounts)[0]?.credits_reserved).toBe(0);
});

it('answers 404 and 405 in FASHN’s shape', async () => {
  desk = await Desk.open();
  const unknown = await desk.status('9dafef71-6e90-4bc9-ac05-d0d97c612722');
  expect([unknown.status, unknown.body]).toEqual([404, { error: 'NotFound', message: 'Prediction not found' }]);
  const id = await desk.accepted(body);
  expect((await desk.status(id, 'another key')).status).toBe(404);
  expect((await desk.call('GET', '/v2/run')).status).toBe(404);
  expect((await desk.call('GET', '/v1/run')).status).toBe(405);
  expect((await desk.call('GET', `/cdn/${id}/output_9.png`)).status).toBe(404);
});

it.each([
  ['run', 50, 60, () => desk.run('')],
  ['status', 50, 10, () => desk.status('x')],
  ['credits', 30, 10, () => desk.credits()],
] as const)('lets %s through %i times in %i s, then again when the window has moved on', async (place, requests, seconds, call) => {
  desk = await Desk.open();
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: requests + 3 }, () => call()));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(3);
  expect(refused[0]?.body).toEqual({ error: 'RateLimitExceeded', message: `Rate limit exceeded: ${requests} requests per ${seconds} seconds` });
  expect(await desk.journal()).toMatchObject({ requests: { [place]: requests + 3 }, refused: { RateLimitExceeded: 3 } });
  // The desk's clock has run by itself while a busy machine answered.
  const tookMs = Math.round(performance.now() - began);
  await desk.advance((seconds - 2) * 1000 - tookMs);
  expect((await call()).status).toBe(429);
  await desk.advance(2000 + tookMs);
  expect((await call()).status).not.toBe(429);
});

it('has each key counted by itself', async () => {
  desk = await Desk.open({ CREDITS_LIMIT: '1/60000' });
  expect((await desk.credits('one')).status).toBe(200);
  expect((await desk.credits('one')).status).toBe(429);
  expect((await desk.credits('two')).status).toBe(200);
});

it('has six runs in flight at most, and a slot again when one has ended', async () => {
  desk = await Desk.open({ TIME_SCALE: '1' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => desk.run(body)));
  expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(6);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toEqual({ error: 'ConcurrencyLimitExceeded', message: 'Concurrency limit exceeded: 6 predictions are being processed' });
  expect((await desk.journal()).greatest_in_flight).toBe(6);
  await desk.advance(20_000);
  await Promise.all(answers.filter(({ status }) => status === 200).map(({ body: { id } }) => desk.ended(id)));
  expect((await desk.run(body)).status).toBe(200);
});

it('charges what completes, the plan’s credits first, and refuses what isn’t covered', async () => {
  desk = await Desk.open({ OPENING_BALANCE: '2+3' });
  const costs4 = { model_name: 'model-create', inputs: { prompt: 'a model', num_images: 4 } };
  const id = await desk.accepted(costs4);
  await desk.ended(id);
  expect((await desk.credits()).body.credits).toEqual({ total: 1, subscription: 0, on_demand: 1 });
  const refused = await desk.run(costs4);
  expect([refused.status, refused.body]).toEqual([429, { error: 'OutOfCredits', message: 'Out of credits: this request needs 4 and 1 are left' }]);

  await desk.fault({ do: { fail: { name: 'ThirdPartyError' } } });
  await desk.ended(await desk.accepted(body));
  expect((await desk.credits()).body.credits.total).toBe(1);
  await desk.control('POST', 'credits?key=key', { subscription: 10, on_demand: 0 });
  expect((await desk.run(costs4)).status).toBe(200);
});

it('holds credits for runs in flight, so that two can’t spend the same', async () => {
  desk = await Desk.open({ OPENING_BALANCE: '1+0', TIME_SCALE: '1' });
  const answers = await Promise.all([desk.run(body), desk.run(body)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
  expect((await desk.credits()).body.credits.total).toBe(1);
});

it('tells every setting that can’t be read, instead of starting with a guess', async () => {
  desk = await Desk.open({ TIME_SCALE: 'fast', RUN_LIMIT: '50' });
  const answer = await fetch(`${desk.origin}/v1/credits`);
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain('TIME_SCALE: must be a number from 0');
  expect(text).toContain('RUN_LIMIT: must be requests/milliseconds');
});
