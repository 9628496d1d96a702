// Who else is staff: roles by token and by Cloudflare Access, and the brakes that they set.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHOP, STAFF_TOKEN, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn } from './runs.ts';

const NORTH = 'https://north.example';
const AUDIENCE = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const OWNER = bearer(STAFF_TOKEN);
const VIEWER = bearer('the-token-of-the-viewer');
const OF_NORTH = bearer('the-token-of-the-north');

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });

let team: Server;
let issuer: string;
let asked = 0;
let isDown = false;
let fashn: OwnFashn;
let gateway: Gateway;
let runs: RunsAtFashn;

beforeAll(async () => {
  team = createServer((request, response) => {
    asked += Number(request.url === '/cdn-cgi/access/certs');
    if (isDown) return void response.writeHead(503).end();
    const key = { ...ours.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((resolve) => team.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(team.address() as AddressInfo).port}`;
  runs = new RunsAtFashn();
  fashn = await startOwnFashn(runs.answer);
  gateway = await startStaffed();
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
  team.close();
});

const startStaffed = () =>
  startGateway(fashn.url, {
    SHOPS: { north: { origins: [NORTH] } },
    STAFF_TOKEN_VIEWER: 'the-token-of-the-viewer',
    STAFF_TOKEN_NORTH: 'the-token-of-the-north',
    STAFF_ROLES: {
      ana: { email: 'ana@shop.example', role: 'owner' },
      vic: { token: 'STAFF_TOKEN_VIEWER', role: 'viewer' },
      north: { token: 'STAFF_TOKEN_NORTH', role: 'owner', shop: 'north' },
    },
    ACCESS_TEAM: issuer,
    ACCESS_AUDIENCE: AUDIENCE,
    DAY_CREDITS: '50',
  });

const get = (path: string, headers: Record<string, string> = OWNER) => gateway.ask(`/staff/api/${path}`, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = OWNER) =>
  gateway.ask(`/staff/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
const json = async (answer: Promise<Response>) => (await (await answer).json()) as Record<string, any>;

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

/** What Cloudflare Access sends along. */
function assertion(claims: object = {}, header: object = {}, key: KeyObject = ours.privateKey) {
  const all = { iss: issuer, aud: [AUDIENCE], exp: now() + 60, email: 'ana@shop.example', ...claims };
  const signed = `${encoded({ alg: 'RS256', kid: 'one', typ: 'JWT', ...header })}.${encoded(all)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
const byAccess = (jwt: string, more: Record<string, string> = {}) => ({ 'cf-access-jwt-assertion': jwt, ...more });

describe('Cloudflare Access', () => {
  test('names the person, and its keys are asked for once', async () => {
    const before = asked;
    for (let time = 0; time < 3; time += 1) {
      expect(await json(get('me', byAccess(assertion())))).toMatchObject({ name: 'ana', role: 'owner', shop: null, shops: ['', 'north'] });
    }
    expect(asked - before).toBeLessThanOrEqual(1);
    // It is about the staff API alone.
    const run = await gateway.run(tryOn(), byAccess(assertion()));
    expect(run.status).toBe(401);
    const ready = await json(gateway.ask('/readyz', { headers: byAccess(assertion()) }));
    expect(ready).toMatchObject({ ready: true, problems: [] });
  });

  test.each([
    ['forged', () => assertion({}, {}, theirs.privateKey), 'signature is wrong'],
    ['changed', () => assertion().replace(/\.[^.]+\./, `.${encoded({ iss: issuer, aud: [AUDIENCE], exp: now() + 60, email: 'eve@shop.example' })}.`), 'signature is wrong'],
    ['expired', () => assertion({ exp: now() - 1 }), 'expired'],
    ['not valid yet', () => assertion({ nbf: now() + 3_600 }), 'not valid yet'],
    ['of a foreign audience', () => assertion({ aud: ['another'] }), 'ACCESS_AUDIENCE'],
    ['of a foreign issuer', () => assertion({ iss: 'https://evil.cloudflareaccess.com' }), 'ACCESS_TEAM'],
    ['without a signature', () => `${encoded({ alg: 'none', kid: 'one' })}.${encoded({ email: 'ana@shop.example' })}.`, 'RS256'],
    ['of an unknown key', () => assertion({}, { kid: 'two' }), 'no key of ACCESS_TEAM'],
    ['without an address', () => assertion({ email: '' }), 'email'],
    ['that is no JWT', () => 'a.b', 'no JWT'],
  ])('an assertion that is %s is refused with a sentence', async (_, make, sentence) => {
    const answer = await get('me', byAccess(make()));
    expect([answer.status, await answer.json()]).toMatchObject([401, { message: expect.stringContaining(sentence) }]);
  });

  test('an address without a role, and another page with the person’s cookie, are refused', async () => {
    expect((await get('me', byAccess(assertion({ email: 'eve@shop.example' })))).status).toBe(403);
    for (const origin of [SHOP, NORTH, 'https://evil.example']) {
      expect((await post('brakes', { is_paused: true }, byAccess(assertion(), { origin }))).status).toBe(403);
    }
    expect((await get('me', byAccess(assertion(), { origin: gateway.url.origin }))).status).toBe(200);
  });

  test('keys that can’t be had are a sentence', async () => {
    isDown = true;
    const other = await startStaffed();
    const answer = await other.ask('/staff/api/me', { headers: byAccess(assertion()) });
    expect([answer.status, await answer.json()]).toMatchObject([401, { message: expect.stringContaining('could not be had') }]);
    await other.stop();
    isDown = false;
  });
});

describe('a role', () => {
  test('of a viewer looks and changes nothing, and runs nothing', async () => {
    for (const path of ['me', 'account', 'figures', 'brakes', 'audit', 'dead-letters']) expect((await get(path, VIEWER)).status, path).toBe(200);
    for (const [path, body] of [
      ['brakes', { is_paused: true }],
      ['breaker/close', {}],
      ['slots/free', { id: 'x' }],
      ['quarantine/clear', {}],
      ['visitors/reset', { id: 'x' }],
      ['dead-letters/0123456789abcdef0123456789abcdef/send', {}],
    ] as const) {
      const answer = await post(path, body, VIEWER);
      expect([path, answer.status, await answer.json()]).toMatchObject([path, 403, { message: expect.stringContaining('change nothing') }]);
    }
    expect((await gateway.run(tryOn(), VIEWER)).status).toBe(401);
    expect((await gateway.ask('/v1/credits', { headers: VIEWER })).status).toBe(401);
    expect((await json(get('audit'))).changes).toEqual([]);
  });

  test('of one shop sees and changes it alone', async () => {
    expect(await json(get('me', OF_NORTH))).toMatchObject({ name: 'north', role: 'owner', shop: 'north', shops: ['north'] });
    expect((await json(get('brakes', OF_NORTH))).brakes).toMatchObject([{ shop: 'north', is_paused: false }]);
    for (const path of ['figures?shop=', 'brakes?shop=', 'audit?shop=']) expect((await get(path, OF_NORTH)).status, path).toBe(403);
    // The default shop has the same key.
    expect((await get('account', OF_NORTH)).status).toBe(403);
    expect((await get('dead-letters', OF_NORTH)).status).toBe(403);
    expect((await post('breaker/close', {}, OF_NORTH)).status).toBe(403);
    expect((await post('brakes', { shop: '', is_paused: true }, OF_NORTH)).status).toBe(403);
    expect(await json(gateway.ask('/readyz', { headers: OF_NORTH }))).toEqual({ ready: true });
  });
});

describe('brakes', () => {
  const shopOf = (origin: string) => json(gateway.ask('/v1/shop', { headers: { origin } }));

  test('pause a shop at once for its pages, and for no other', async () => {
    expect(await shopOf(NORTH)).toMatchObject({ open: true, reason: null });
    expect(await json(post('brakes', { is_paused: true }, OF_NORTH))).toEqual({ changed: true });
    expect(await json(post('brakes', { is_paused: true }, OF_NORTH))).toEqual({ changed: false });
    // The account's word is a second old at most.
    await expect.poll(() => shopOf(NORTH)).toMatchObject({ open: false, reason: 'paused' });
    expect(await shopOf(SHOP)).toMatchObject({ open: true });
    const refused = await gateway.run(tryOn(), { origin: NORTH });
    expect([refused.status, await refused.json()]).toMatchObject([429, { message: expect.stringContaining('paused') }]);
    expect([refused.headers.get('retry-after'), refused.headers.get('x-should-retry')]).toEqual([null, 'false']);
    expect((await gateway.run(tryOn(), { origin: SHOP })).status).toBe(200);
    expect((await gateway.run(tryOn())).status).toBe(200);
    await post('brakes', { is_paused: false }, OF_NORTH);
    expect((await gateway.run(tryOn(), { origin: NORTH })).status).toBe(200);
    expect((await json(get('audit', OF_NORTH))).changes).toMatchObject([
      { by: 'north', shop: 'north', change: 'is_paused: true → false' },
      { by: 'north', shop: 'north', change: 'is_paused: false → true' },
    ]);
    expect((await json(get('audit?shop='))).changes).toEqual([]);
    expect(gateway.log.filter((line) => line.includes('"place":"staff"') && line.includes('Brakes'))).toHaveLength(3);
  });

  test('keep within the settings, and each fault has its path', async () => {
    const answer = await post('brakes', { shop: 'north', day_credits: 51, signed_in_share: 101, paused: true });
    expect([answer.status, await answer.json()]).toMatchObject([400, { errors: [{ path: 'day_credits' }, { path: 'paused' }, { path: 'signed_in_share' }] }]);
    expect((await post('brakes', { shop: 'south', is_paused: true })).status).toBe(400);
    expect(await json(post('brakes', { shop: 'north', day_credits: 1, signed_in_only: true }))).toEqual({ changed: true });
    const refused = await gateway.run(tryOn(), { origin: NORTH });
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: 'SignInRequired' }]);
    await post('brakes', { shop: 'north', signed_in_only: false });
    const spent = await gateway.run(tryOn(), { origin: NORTH });
    expect([spent.status, await spent.json()]).toMatchObject([429, { message: expect.stringContaining('of today are used up') }]);
    expect(Number(spent.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect.poll(() => shopOf(NORTH)).toMatchObject({ open: false, reason: 'budget' });
    expect(await json(post('brakes', { shop: 'north', day_credits: null }))).toEqual({ changed: true });
  });

  test('a run is shown by its id, without picture, address or visitor', async () => {
    const { id } = await runs.sent(gateway);
    const run = await json(post('runs', { id }, VIEWER));
    expect(run).toEqual({
      shop: '',
      model: 'tryon-v1.6',
      state: expect.stringMatching(/^(sending|running)$/),
      admitted_ms: expect.any(Number),
      ended_ms: null,
      attempt: 1,
      failures: 0,
      credits: 1,
      error: null,
      expires_ms: null,
    });
    expect((await post('runs', { id }, OF_NORTH)).status).toBe(404);
    expect((await post('runs', { id: 'x'.repeat(48) }, VIEWER)).status).toBe(404);
    expect((await post('runs', {}, VIEWER)).status).toBe(400);
  });
});
