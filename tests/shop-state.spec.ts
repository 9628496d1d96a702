// `GET /v1/shop`: whether a page's shop is open, from whichever page, and what a closed one keeps.
import { createHmac } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDesk, type Desk } from './desk.ts';
import { SHOP, accepting, json, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';
import { launch } from '../storefront/tests/browser.ts';

const NORTH = 'https://north.example';
const SHOPIFY_SECRET = 'the-client-secret-of-the-app';
const SHOPS = { north: { origins: [NORTH], shopify: ['north.myshopify.com'], fashn_key: 'FASHN_API_KEY_NORTH', policy: { models: ['tryon-max'] } } };
const TWO_SHOPS = { SHOPS, FASHN_API_KEY_NORTH: 'key-of-north', SHOPIFY_SECRET };

interface State {
  open: boolean;
  reason: string | null;
  models: string[];
}

let fashn: OwnFashn;
let gateway: Gateway;
let visitors = 0;
beforeAll(async () => void (fashn = await startOwnFashn()));
afterAll(() => fashn.stop());
beforeEach(() => void (fashn.answer = accepting('a-u1')));
afterEach(() => gateway?.stop());

const start = async (vars: Vars = {}, init = {}) => void (gateway = await startGateway(fashn.url, vars, init));
const ask = (origin?: string, path = '/v1/shop') => gateway.ask(path, origin === undefined ? {} : { headers: { origin } });
const state = async (origin = SHOP) => (await (await ask(origin)).json()) as State;
/** Another shopper's run. */
const run = (origin = SHOP, body: unknown = tryOn()) => {
  visitors += 1;
  return gateway.run(body, { origin, 'cf-connecting-ip': `198.51.100.${visitors % 256}` });
};
/** The account's word may be a second old. */
const closes = (reason: string, origin = SHOP) => until(async () => (await state(origin)).reason === reason);

function signed(shop: string): string {
  const query = new URLSearchParams({ shop, timestamp: String(Math.floor(Date.now() / 1000)) });
  const text = [...query].map(([name, value]) => `${name}=${value}`).sort().join('');
  query.set('signature', createHmac('sha256', SHOPIFY_SECRET).update(text).digest('hex'));
  return `/apps/try-on/v1/shop?${query}`;
}

describe('a page', () => {
  test('learns that its shop is open and on what terms, and a cache may keep that apart for each origin', async () => {
    await start({ CONSENT_VERSION: '2026-11', TURNSTILE_SECRET: 'the-secret-key-of-the-widget', TURNSTILE_SITE_KEY: '0x4public', TURNSTILE_HOSTNAMES: 'shop.example' });
    const answer = await ask(SHOP);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(['cache-control', 'vary', 'access-control-allow-origin', 'content-type'].map((name) => [name, answer.headers.get(name)]))).toEqual({
      'cache-control': 'public, max-age=30',
      vary: 'Origin',
      'access-control-allow-origin': SHOP,
      'content-type': 'application/json',
    });
    expect(await answer.json()).toEqual({
      open: true,
      reason: null,
      models: ['tryon-v1.6', 'tryon-max'],
      consent_version: '2026-11',
      consent_mode: 'told',
      challenge: { provider: 'turnstile', site_key: '0x4public', action: 'try-on' },
    });
    expect((await gateway.ask('/v1/shop', { method: 'HEAD', headers: { origin: SHOP } })).status).toBe(200);
  });

  test('has its own shop’s answer: by its origin, by what Shopify signed, and the default shop’s without either', async () => {
    await start(TWO_SHOPS);
    for (const [answer, models] of [
      [ask(NORTH), ['tryon-max']],
      [ask(SHOP), ['tryon-v1.6', 'tryon-max']],
      [ask(), ['tryon-v1.6', 'tryon-max']],
      [ask(SHOP, signed('north.myshopify.com')), ['tryon-max']],
      [ask(NORTH, signed('other.myshopify.com')), ['tryon-v1.6', 'tryon-max']],
    ] as const) {
      expect(await (await answer).json()).toMatchObject({ open: true, models });
    }
  });

  test('of a foreign origin, or with a forged signature, costs no storage access', async () => {
    await start(TWO_SHOPS);
    const forged = signed('north.myshopify.com').replace(/signature=..../, 'signature=0000');
    for (const [answer, status] of [
      [ask('https://evil.example'), 403],
      [ask('null'), 403],
      [ask(NORTH, forged), 401],
      [ask(NORTH, '/apps/try-on/v1/shop'), 401],
    ] as const) {
      expect((await answer).status).toBe(status);
    }
    expect(gateway.objects('AccountObject')).toBe(0);
    expect((await ask(SHOP)).status).toBe(200);
    expect(gateway.objects('AccountObject')).toBe(1);
  });

  test('that asks about many shops from one address is slowed down', async () => {
    await start(TWO_SHOPS, { rates: { ADDRESS_RATE: 1 } });
    expect((await ask(SHOP)).status).toBe(200);
    // The account isn't asked for this one.
    expect((await ask(SHOP)).status).toBe(200);
    // A window may have ended in between.
    const refused = await until(async () => {
      const answer = await ask(NORTH);
      return answer.status === 429 && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('10');
  });
});

describe('a shop is closed', () => {
  test('once the day’s budget is used up, and no other shop with it; what was made stays', async () => {
    await start({ ...TWO_SHOPS, SHOPS: { north: { ...SHOPS.north, policy: { models: ['tryon-v1.6'] }, day_credits: 1 } } });
    const { id } = (await (await run(NORTH)).json()) as { id: string };
    await closes('budget', NORTH);
    expect(await state(NORTH)).toMatchObject({ open: false, models: ['tryon-v1.6'] });
    expect((await run(NORTH)).status).toBe(429);
    expect(await state(SHOP)).toMatchObject({ open: true, reason: null });
    expect((await gateway.ask(`/v1/status/${id}`)).status).toBe(200);
  });

  test('if the day’s rest is less than its cheapest run costs', async () => {
    await start({ ...TWO_SHOPS, DAY_CREDITS: '1' });
    expect(await state(NORTH)).toMatchObject({ open: false, reason: 'budget', models: ['tryon-max'] });
    expect(await state(SHOP)).toMatchObject({ open: true });
  });

  test('while the queue is full', async () => {
    await start({ CONCURRENT_RUNS: '1', QUEUE_LENGTH: '1' });
    expect((await run()).status).toBe(200);
    expect(await state()).toMatchObject({ open: true });
    expect((await run()).status).toBe(200);
    await closes('queue');
    expect((await run()).status).toBe(429);
  });

  test('while FASHN has no credits', async () => {
    await start();
    fashn.answer = (call, response) => {
      if (call.path === '/v1/credits') return json(response, 200, { credits: { total: 0, subscription: 0, on_demand: 0 } });
      return json(response, 429, { error: 'OutOfCredits', message: 'none' });
    };
    expect((await run()).status).toBe(429);
    await closes('credits');
  });

  test('while FASHN fails for one shopper after the other', async () => {
    await start();
    fashn.answer = (_, response) => json(response, 500, { error: 'InternalServerError', message: 'broken' });
    for (let shopper = 0; shopper < 5; shopper += 1) await run();
    await closes('unavailable');
  });

  test('with settings that can’t be used, for every page', async () => {
    await start({ SIGNING_SECRET: 'short' });
    const answer = await ask('https://anywhere.example');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(await answer.json()).toMatchObject({ open: false, reason: 'settings' });
    expect((await run()).status).toBe(503);
  });
});

describe('the demo shop', () => {
  let desk: Desk;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [desk, browser] = await Promise.all([
      startDesk({ DAY_CREDITS: '1' }),
      launch(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await desk.stop();
  });

  test('hides its buttons at the next question after the budget is used up, and shows the picture that was made', async () => {
    page = await browser.newPage();
    await page.clock.install();
    await page.goto(new URL('/products/t-shirt', desk.gateway.url).href);
    const trigger = page.locator('try-it-on button[part=trigger]').first();
    await trigger.click();
    await page.locator('[part=sample]').click();
    await page.locator('[part=start]').click();
    await page.locator('[part=result]').waitFor();
    await page.locator('[part=close]').click();
    const told = async () => ((await (await desk.gateway.ask('/v1/shop')).json()) as State).open;
    await until(async () => !(await told()));
    await page.clock.runFor(31_000);
    // Another product's button is gone, this one shows its picture.
    const shown = () => page.evaluate(() => {
      const element = document.querySelector('try-it-on');
      const other = document.createElement('try-it-on');
      other.productImage = '/pictures/denim-jacket.jpg';
      element?.after(other);
      const both = [element, other].map((one) => one?.shadowRoot?.querySelector('[part=trigger]')?.checkVisibility());
      other.remove();
      return both;
    });
    await expect.poll(shown).toEqual([true, false]);
    await trigger.click();
    await page.locator('dialog[open] [part=result]').waitFor();
  });

  test('has no button on a page that is opened later', async () => {
    page = await browser.newPage();
    await page.goto(new URL('/products/denim-jacket', desk.gateway.url).href);
    const trigger = page.locator('try-it-on button[part=trigger]').first();
    await expect.poll(() => trigger.isVisible()).toBe(false);
  });
});
