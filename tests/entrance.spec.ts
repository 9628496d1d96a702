// What a merchant may require of a shopper before a run: the terms agreed to, and a challenge passed.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';

let fashn: OwnFashn;
beforeAll(async () => void (fashn = await startOwnFashn()));
afterAll(() => fashn.stop());
beforeEach(() => void (fashn.calls.length = 0));

let gateway: Gateway;
const start = async (vars: Vars, door?: string) => void (gateway = await startGateway(fashn.url, vars, door === undefined ? {} : { door }));
afterEach(() => gateway.stop());

const page = (headers: Record<string, string> = {}, more: object = {}) => gateway.run({ ...more, ...tryOn() }, { origin: SHOP, ...headers });

describe('the terms', () => {
  test('of the version that holds now are agreed to in the body or in a header, and nothing else will do', async () => {
    await start({ CONSENT_VERSION: '2026-03' });
    expect((await page({}, { consent: '2026-03' })).status).toBe(200);
    expect((await page({ 'x-consent': '2026-03' })).status).toBe(200);
    expect(fashn.calls.map(({ body }) => Object.keys(JSON.parse(body)))).toEqual([['model_name', 'inputs'], ['model_name', 'inputs']]);
    for (const [headers, more] of [[{}, {}], [{}, { consent: '2026-02' }], [{}, { consent: true }], [{ 'x-consent': '' }, {}]] as const) {
      const answer = await page(headers, more);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: expect.arrayContaining([{ path: 'consent', message: expect.stringContaining('2026-03') }]) });
    }
    expect(fashn.calls).toHaveLength(2);
    expect(gateway.runs()).toBe(2);
    // Staff agree with themselves.
    expect((await gateway.run(tryOn())).status).toBe(200);
  });
});

describe('the challenge', () => {
  const SECRET = 'the-secret-key-of-the-widget';
  const DOOR = fileURLToPath(new URL('entrance/siteverify.mjs', import.meta.url));
  interface Asked {
    secret: string | null;
    response: string | null;
    idempotency_key: string | null;
  }
  let siteverify: Server;
  let url: string;
  let asked: Asked[];
  /** What Cloudflare says of tokens; `undefined` breaks the line. */
  let says: (asked: Asked) => object | undefined;

  /** As documented: a token is good once, and again under the same idempotency key. */
  function onceEach() {
    const used = new Map<string, string>();
    return ({ response, idempotency_key }: Asked): object => {
      const [token, key] = [response ?? '', idempotency_key ?? ''];
      const first = used.get(token) ?? key;
      used.set(token, first);
      if (!token.startsWith('passed') || first !== key) return { success: false, 'error-codes': ['timeout-or-duplicate'] };
      return { success: true, hostname: 'shop.example', action: 'try-on' };
    };
  }

  beforeEach(async () => {
    asked = [];
    says = onceEach();
    siteverify = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const form = new URLSearchParams(body);
        const one = { secret: form.get('secret'), response: form.get('response'), idempotency_key: form.get('idempotency_key') };
        asked.push(one);
        const answer = says(one);
        if (answer === undefined) response.destroy();
        else response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => siteverify.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(siteverify.address() as AddressInfo).port}/siteverify`;
    await start({ TURNSTILE_SECRET: SECRET, TURNSTILE_HOSTNAMES: 'shop.example', SITEVERIFY: url }, DOOR);
  });
  afterEach(() => {
    siteverify.closeAllConnections();
    siteverify.close();
  });

  const challenged = (token: string, more: Record<string, string> = {}) => page({ 'cf-turnstile-response': token, ...more });
  async function refused(answer: Response, status = 403) {
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: 'ChallengeFailed', message: expect.stringMatching(/\w/) });
    expect(fashn.calls).toEqual([]);
    expect(gateway.runs()).toBe(0);
  }

  test('lets a run pass that has it, and asks with secret and idempotency key', async () => {
    expect((await challenged('passed-1')).status).toBe(200);
    expect(asked).toEqual([{ secret: SECRET, response: 'passed-1', idempotency_key: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) }]);
  });

  test('is passed once: a replay is refused, and the same request sent again is not a replay', async () => {
    const body = tryOn();
    const sent = () => gateway.run(body, { origin: SHOP, 'cf-turnstile-response': 'passed-2', 'idempotency-key': 'one' });
    const [first, again] = [await sent(), await sent()];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(await again.json()).toEqual(await first.json());
    expect(fashn.calls).toHaveLength(1);
    expect(asked[0]?.idempotency_key).toBe(asked[1]?.idempotency_key);
    for (const more of [{}, { 'idempotency-key': 'two' }]) expect((await challenged('passed-2', more)).status).toBe(403);
  });

  test('refuses without a token and asks nobody; the body is not read', async () => {
    await refused(await page());
    await refused(await challenged(''));
    await refused(await challenged('x'.repeat(2_049)));
    await refused(await gateway.run('{', { origin: SHOP }));
    expect(asked).toEqual([]);
  });

  test.each<[string, object]>([
    ['a forged token', { success: false, 'error-codes': ['invalid-input-response'] }],
    ['another page’s token', { success: true, hostname: 'evil.example', action: 'try-on' }],
    ['a token for something else', { success: true, hostname: 'shop.example', action: 'login' }],
    ['a success in words', { success: 'true', hostname: 'shop.example', action: 'try-on' }],
  ])('refuses %s', async (_, answer) => {
    says = () => answer;
    await refused(await challenged('passed-3'));
  });

  test('refuses when Cloudflare can’t be reached or says nothing that can be read', async () => {
    says = () => undefined;
    const answer = await challenged('passed-4');
    expect(answer.headers.get('retry-after')).toBe('10');
    await refused(answer, 503);
    says = () => [];
    await refused(await challenged('passed-5'), 503);
  });

  test('is not asked of staff, nor for a quote, which spends nothing', async () => {
    expect((await gateway.run(tryOn())).status).toBe(200);
    const quote = await gateway.ask('/v1/quote', { method: 'POST', headers: { 'content-type': 'application/json', origin: SHOP }, body: JSON.stringify(tryOn()) });
    expect(quote.status).toBe(200);
    expect(asked).toEqual([]);
  });

  test('half set up, nothing works, and readyz says why', async () => {
    await gateway.stop();
    await start({ TURNSTILE_HOSTNAMES: 'shop.example' });
    expect(await (await gateway.readyz()).json()).toMatchObject({ ready: false, problems: [{ setting: 'TURNSTILE_SECRET' }] });
    expect((await challenged('passed-6')).status).toBe(503);
    expect(fashn.calls).toEqual([]);
  });
});

describe('a webhook of the caller’s own', () => {
  test.each(['?webhook_url=https://evil.example/', '?a=1&%77ebhook_url=https://evil.example', '?WEBHOOK_URL=x'])('is refused: %s', async (query) => {
    await start({});
    for (const headers of [{ origin: SHOP }, { authorization: 'Bearer staff-token-of-the-tests' }]) {
      const answer = await gateway.ask(`/v1/run${query}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } as HeadersInit, body: JSON.stringify(tryOn()) });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ path: 'webhook_url' }] });
    }
    expect(fashn.calls).toEqual([]);
  });
});
