// Which visitor a request counts for, and the rate limits that are asked before a body is read.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, STAFF_TOKEN, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';

const SHOPIFY_SECRET = 'the-client-secret-of-the-app';
const LIMIT = 3;

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url, { SHOPIFY_SECRET });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});
beforeEach(() => void (fashn.calls.length = 0));

const page = (more: Record<string, string> = {}) => gateway.run(tryOn(), { origin: SHOP, ...more });

describe('the visitor token', () => {
  test('comes with the first answer, is readable by the page, and is not sent again while it holds', async () => {
    const first = await page();
    const token = first.headers.get('x-visitor') ?? '';
    expect(first.status).toBe(200);
    expect(token).toMatch(/^[\w-]{48}$/);
    expect(first.headers.get('access-control-expose-headers')).toContain('x-visitor');
    expect((await page({ 'x-visitor': token })).headers.get('x-visitor')).toBeNull();
    // One that doesn't hold is no reason to refuse: there is a new one.
    for (const bad of ['', 'x', `${token}A`, token.slice(0, -1), token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))]) {
      const answer = await page({ 'x-visitor': bad });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-visitor')).toMatch(/^[\w-]{48}$/);
    }
  });

  test('is the same for a request that is sent again because its answer was lost', async () => {
    const [one, other] = [await page(), await page()].map((answer) => answer.headers.get('x-visitor'));
    expect(one).toBe(other);
  });

  test('comes with a quote as well, and may be sent from another origin', async () => {
    const quote = await gateway.ask('/v1/quote', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: SHOP },
      body: JSON.stringify(tryOn()),
    });
    expect(quote.headers.get('x-visitor')).toMatch(/^[\w-]{48}$/);
    const preflight = await gateway.ask('/v1/run', { method: 'OPTIONS', headers: { origin: SHOP } });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-visitor');
  });

  test('is not for staff, nor for a customer whom Shopify knows, nor for whoever is refused', async () => {
    expect((await gateway.run(tryOn())).headers.get('x-visitor')).toBeNull();
    expect((await page({ origin: 'https://evil.example' })).headers.get('x-visitor')).toBeNull();
    for (const [customer, gets] of [['17', false], ['', true]] as const) {
      const query = new URLSearchParams({ shop: 'a.myshopify.com', timestamp: String(Math.floor(Date.now() / 1000)), logged_in_customer_id: customer });
      const text = [...query].map(([name, value]) => `${name}=${value}`).sort().join('');
      query.set('signature', createHmac('sha256', SHOPIFY_SECRET).update(text).digest('hex'));
      const answer = await gateway.ask(`/v1/run?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7' },
        body: JSON.stringify(tryOn()),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.has('x-visitor'), customer).toBe(gets);
    }
  });
});

describe('the rate limits', () => {
  /** Sends runs one after the other until one is refused, at most `most`. */
  async function untilRefused(limited: Gateway, most: number, headers: () => Record<string, string>) {
    for (let taken = 0; taken < most; taken += 1) {
      const answer = await limited.run(tryOn(), { origin: SHOP, ...headers() });
      if (answer.status !== 200) return { taken, answer };
    }
    return { taken: most, answer: undefined };
  }

  test('a visitor over the limit is told when to come back, before the body is read', async () => {
    const limited = await startGateway(fashn.url, {}, { rates: { VISITOR_RATE: LIMIT } });
    try {
      const token = (await limited.run(tryOn(), { origin: SHOP })).headers.get('x-visitor') ?? '';
      fashn.calls.length = 0;
      const { taken, answer } = await untilRefused(limited, 20, () => ({ 'x-visitor': token }));
      expect(taken).toBeLessThanOrEqual(LIMIT);
      expect(answer?.status).toBe(429);
      expect(answer?.headers.get('retry-after')).toBe('10');
      expect(await answer?.json()).toMatchObject({ error: 'RateLimitExceeded', action: 'retry', message: expect.stringMatching(/\w/) });
      expect(fashn.calls).toHaveLength(taken);
      // What the body is does not matter by then.
      expect((await limited.run('{', { origin: SHOP, 'x-visitor': token })).status).toBe(429);
      // Staff are not limited.
      expect((await limited.run(tryOn())).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  test('who throws tokens away is one of the address’s four visitors, and no more', async () => {
    const limited = await startGateway(fashn.url, {}, { rates: { VISITOR_RATE: LIMIT } });
    try {
      const tokens = new Set<string>();
      let refused = 0;
      // Each seat takes three; a hundred kinds of browser fall on all of them.
      for (let sent = 0; sent < 100; sent += 1) {
        const answer = await limited.run(tryOn(), { origin: SHOP, 'user-agent': `browser ${sent}` });
        const token = answer.headers.get('x-visitor');
        if (answer.status === 200 && token) tokens.add(token);
        else refused += 1;
      }
      expect(tokens.size).toBe(4);
      expect(refused).toBeGreaterThanOrEqual(100 - 4 * LIMIT * 2);
    } finally {
      await limited.stop();
    }
  });

  test('an address over the limit is refused whatever tokens it has', async () => {
    const limited = await startGateway(fashn.url, {}, { rates: { ADDRESS_RATE: LIMIT } });
    try {
      const { taken, answer } = await untilRefused(limited, 20, () => ({}));
      expect(taken).toBeLessThanOrEqual(LIMIT * 2);
      expect(answer?.status).toBe(429);
      expect((await limited.run(tryOn(), { authorization: `Bearer ${STAFF_TOKEN}` })).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });
});
