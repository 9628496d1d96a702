// Several shops on one deployment: each with its own pages, FASHN key, policy, budget and queue.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GARMENT_IMAGE, MODEL_IMAGE, SHOP, accountOf, bodyOf, json, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';

const NORTH = 'https://north.example';
const SOUTH = 'https://south.example';
const SHOPIFY_SECRET = 'the-client-secret-of-the-app';

const north = {
  origins: [NORTH, 'https://*.north.example'],
  shopify: ['north.myshopify.com'],
  fashn_key: 'FASHN_API_KEY_NORTH',
  policy: { models: ['tryon-v1.6'] },
};
const SHOPS = { north, south: { origins: [SOUTH] } };
const SECRETS = { FASHN_API_KEY: 'key-of-the-default-shop', FASHN_API_KEY_NORTH: 'key-of-north', SHOPIFY_SECRET };
const DEFAULT_KEY = 'Bearer key-of-the-default-shop';
const NORTH_KEY = 'Bearer key-of-north';

let fashn: OwnFashn;
/** FASHN's runs: with whose key each was made, where its webhook goes, and whether it is over. */
let runs: { id: string; key: string | undefined; webhook: string; over: boolean }[];
/** The next run is refused for a second. */
let holdOne: boolean;

beforeAll(async () => {
  fashn = await startOwnFashn((call, response) => {
    if (call.path === '/v1/credits') return json(response, 200, { credits: { total: 500, subscription: 0, on_demand: 500 } });
    if (call.method === 'POST') {
      if (holdOne) {
        holdOne = false;
        return json(response, 429, { error: 'RateLimitExceeded', message: 'later' }, { 'retry-after': '1' });
      }
      const id = `run-${runs.length}`;
      runs.push({ id, key: call.headers.authorization, webhook: call.query.get('webhook_url') ?? '', over: false });
      return json(response, 200, { id, error: null });
    }
    const run = runs.find(({ id }) => call.path.endsWith(`/${id}`));
    // As FASHN: a run is known to the key that made it alone.
    if (run === undefined || run.key !== call.headers.authorization) return json(response, 404, { error: 'NotFound', message: 'no such run' });
    const done = { status: 'completed', output: ['https://cdn.fashn.ai/a/output_0.png'] };
    return json(response, 200, { id: run.id, error: null, ...(run.over ? done : { status: 'processing' }) }, { 'x-fashn-credits-used': '1' });
  });
});
afterAll(() => fashn.stop());
beforeEach(() => {
  fashn.calls.length = 0;
  runs = [];
  holdOne = false;
});

let gateway: Gateway;
const start = async (vars: Vars = {}, init = {}) => void (gateway = await startGateway(fashn.url, { ...SECRETS, SHOPS, ...vars }, init));
afterEach(() => gateway.stop());

const from = (origin: string, body: unknown = tryOn(), headers: Record<string, string> = {}) => gateway.run(body, { origin, ...headers });

async function accepted(answer: Promise<Response>): Promise<string> {
  const { status, body } = { status: (await answer).status, body: (await (await answer).json()) as { id: string } };
  expect({ status, body }).toEqual({ status: 200, body: { id: expect.any(String), error: null } });
  return body.id;
}

/** FASHN completes a run and says so. */
function complete(run: (typeof runs)[number] | undefined): Promise<Response> {
  if (run === undefined) throw new Error('there is no such run');
  run.over = true;
  const body = JSON.stringify({ id: run.id, status: 'completed', output: [], error: null });
  return fetch(run.webhook, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

const status = async (id: string) => (await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string };
const completed = (id: string) => until(async () => (await status(id)).status === 'completed');
const keys = () => runs.map(({ key }) => key);
/** With which keys FASHN was asked for statuses. */
const asked = () => fashn.calls.filter(({ path }) => path.startsWith('/v1/status/')).map(({ headers }) => headers.authorization);
const evictAccount = () => gateway.evict('AccountObject', accountOf('FASHN_API_KEY_NORTH'));

describe('a key', () => {
  test('of a shop makes its runs and asks about them; whoever is in no table has the default shop’s', async () => {
    await start();
    const ids = [await accepted(from(NORTH)), await accepted(from(SOUTH)), await accepted(from(SHOP)), await accepted(gateway.run(tryOn()))];
    ids.push(await accepted(from(gateway.url.origin)));
    expect(keys()).toEqual([NORTH_KEY, DEFAULT_KEY, DEFAULT_KEY, DEFAULT_KEY, DEFAULT_KEY]);
    for (const run of runs) expect((await complete(run)).status).toBe(204);
    for (const id of ids) await completed(id);
    expect(asked()).toEqual(keys());
  });

  test('of a Shopify shop goes by the domain that Shopify signed', async () => {
    await start();
    for (const [shop, key] of [['north.myshopify.com', NORTH_KEY], ['other.myshopify.com', DEFAULT_KEY]] as const) {
      const query = new URLSearchParams({ shop, timestamp: String(Math.floor(Date.now() / 1000)) });
      const text = [...query].map(([name, value]) => `${name}=${value}`).sort().join('');
      query.set('signature', createHmac('sha256', SHOPIFY_SECRET).update(text).digest('hex'));
      const headers = { 'content-type': 'application/json', origin: SOUTH };
      await accepted(gateway.ask(`/apps/try-on/v1/run?${query}`, { method: 'POST', headers, body: JSON.stringify(tryOn()) }));
      expect(keys().at(-1)).toBe(key);
    }
  });

  test('holds for a run that waits, whatever forgets its memory meanwhile', async () => {
    await start({ CONCURRENT_RUNS: '1' });
    await accepted(from(NORTH));
    const second = await accepted(from(NORTH));
    expect(await status(second)).toMatchObject({ status: 'in_queue', queue_position: 1 });
    await evictAccount();
    await gateway.evict('BodyObject', bodyOf(second));
    expect((await complete(runs[0])).status).toBe(204);
    await until(() => runs.length === 2);
    expect((await complete(runs[1])).status).toBe(204);
    await completed(second);
    expect([...keys(), ...asked()]).toEqual([NORTH_KEY, NORTH_KEY, NORTH_KEY, NORTH_KEY]);
  });

  test('holds when only the alarm of an account without memory is left to send the run', async () => {
    await start();
    holdOne = true;
    const id = await accepted(from(NORTH));
    expect(runs).toEqual([]);
    await evictAccount();
    await until(() => runs.length === 1);
    expect((await complete(runs[0])).status).toBe(204);
    await completed(id);
    expect([...keys(), ...asked()]).toEqual([NORTH_KEY, NORTH_KEY]);
  });

  test('that isn’t set any more is not replaced by another', async () => {
    const store = mkdtempSync(join(tmpdir(), 'fitting-room-shops-'));
    await start({}, { store });
    const id = await accepted(from(NORTH));
    const port = Number(gateway.url.port);
    await gateway.stop();
    await start({ SHOPS: undefined }, { store, port });
    expect((await complete(runs[0])).status).toBe(502);
    expect(asked()).toEqual([]);
    expect((await status(id)).status).toBe('processing');
    rmSync(store, { recursive: true, force: true });
  });

  test('is asked for its own balance', async () => {
    await start({ BALANCE_FLOOR_CREDITS: '1' });
    await accepted(from(NORTH));
    const balance = () => fashn.calls.filter(({ path }) => path === '/v1/credits');
    await until(() => balance().length === 1);
    expect(balance().map(({ headers }) => headers.authorization)).toEqual([NORTH_KEY]);
  });
});

describe('apart are', () => {
  test('the budgets', async () => {
    await start({ SHOPS: { north: { ...north, day_credits: 1 } }, DAY_CREDITS: '2' });
    await accepted(from(NORTH));
    expect(await (await from(NORTH)).json()).toMatchObject({ error: 'OutOfCredits' });
    await accepted(from(SHOP));
    await accepted(from(SHOP));
    expect(await (await from(SHOP)).json()).toMatchObject({ error: 'OutOfCredits' });
    expect(keys()).toEqual([NORTH_KEY, DEFAULT_KEY, DEFAULT_KEY]);
  });

  test('the policies', async () => {
    await start();
    const max = { model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: GARMENT_IMAGE } };
    const refused = await from(NORTH, max);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ path: 'model_name', message: 'is not offered here; there is: tryon-v1.6' }] });
    expect(runs).toEqual([]);
    await accepted(from(SOUTH, max));
  });

  test('the queues: one shop’s full one holds up no other', async () => {
    await start({ CONCURRENT_RUNS: '1', QUEUE_LENGTH: '1' });
    await accepted(from(NORTH));
    await accepted(from(NORTH));
    expect((await from(NORTH)).status).toBe(429);
    await accepted(from(SHOP));
    expect(keys()).toEqual([NORTH_KEY, DEFAULT_KEY]);
  });

  test('the repeats: the same of the same visitor at two shops is two runs', async () => {
    await start();
    const same = tryOn();
    const headers = { 'idempotency-key': 'once' };
    const [one, other] = [await accepted(from(NORTH, same, headers)), await accepted(from(SHOP, same, headers))];
    expect(one).not.toBe(other);
    expect(keys()).toEqual([NORTH_KEY, DEFAULT_KEY]);
  });
});

describe('a page', () => {
  test('below a star is allowed and told so under its own name; any other is neither', async () => {
    await start();
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
    for (const [origin, allowed] of [
      [NORTH, true],
      ['https://www.north.example', true],
      ['https://a.b.north.example', true],
      [SOUTH, true],
      ['https://www.south.example', false],
      ['https://evilnorth.example', false],
      ['https://north.example.evil.example', false],
      ['http://www.north.example', false],
      ['https://www.north.example:8443', false],
      ['null', false],
    ] as const) {
      const before = runs.length;
      const answer = await from(origin);
      const prepared = await gateway.ask('/v1/run', { ...preflight, headers: { ...preflight.headers, origin } });
      for (const { headers } of [answer, prepared]) {
        // Another page may read its refusal.
        expect(headers.get('access-control-allow-origin'), origin).toBe(allowed ? origin : '*');
        expect(headers.get('vary'), origin).toMatch(/origin/i);
      }
      expect(answer.status, origin).toBe(allowed ? 200 : 403);
      expect(runs.length - before, origin).toBe(allowed ? 1 : 0);
    }
  });
});

describe('a table that can’t hold', () => {
  test.each<[string, Vars, string]>([
    ['a key that isn’t set', { FASHN_API_KEY_NORTH: undefined }, 'names FASHN_API_KEY_NORTH, which is missing: set it with: wrangler secret put FASHN_API_KEY_NORTH'],
    ['a page of two shops', { SHOPS: { ...SHOPS, east: { origins: ['https://x.north.example'] } } }, 'can\'t be read: east.origins has https://x.north.example, as has north'],
    ['a budget without a key', { SHOPS: { south: { origins: [SOUTH], day_credits: 5 } } }, 'can\'t be read: south.day_credits needs a fashn_key that no other shop has: a budget is a key\'s'],
  ])('is told by /readyz, and nobody gets in: %s', async (_, vars, message) => {
    await start(vars);
    const ready = await gateway.readyz();
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ ready: false, problems: [{ setting: 'SHOPS', message }], notices: [] });
    expect((await from(SHOP)).status).toBe(503);
    expect(fashn.calls).toEqual([]);
  });
});
