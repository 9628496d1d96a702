// Events of pages and orders of shops: which are taken, which are refused, by the gateway as it runs.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHOP, accepting, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';

const NORTH = 'https://north.example';
const [USUAL, OF_NORTH] = ['0123456789abcdef0123456789abcdef', 'abcdef0123456789abcdef0123456789'].map((key) => Buffer.from(key)) as [Buffer, Buffer];
const whsec = (key: Buffer): string => `whsec_${key.toString('base64')}`;
const SHOPS = { north: { origins: [NORTH], shopify: ['north.myshopify.com'], orders_secret: 'ORDERS_WEBHOOK_SECRET_NORTH', shopify_secret: 'SHOPIFY_SECRET_NORTH' } };
const [APP, APP_OF_NORTH] = ['the-client-secret-of-the-app', 'the-client-secret-of-north-s-app'];
/** Those before them, which are good while secrets are changed. */
const [USUAL_BEFORE, NORTH_BEFORE] = ['before-0123456789abcdef012345678', 'before-abcdef0123456789abcdef012'].map((key) => Buffer.from(key)) as [Buffer, Buffer];
const [APP_BEFORE, APP_OF_NORTH_BEFORE] = ['the-client-secret-of-the-app-before', 'the-client-secret-of-north-s-app-before'];

let fashn: OwnFashn;
let gateway: Gateway;
beforeAll(async () => {
  fashn = await startOwnFashn();
  fashn.answer = accepting('a-u1');
  gateway = await startGateway(fashn.url, {
    SHOPS, SHOPIFY_SECRET: APP, SHOPIFY_SECRET_NORTH: APP_OF_NORTH,
    ORDERS_WEBHOOK_SECRET: whsec(USUAL), ORDERS_WEBHOOK_SECRET_NORTH: whsec(OF_NORTH),
    SHOPIFY_SECRET_PREVIOUS: APP_BEFORE, SHOPIFY_SECRET_NORTH_PREVIOUS: APP_OF_NORTH_BEFORE,
    ORDERS_WEBHOOK_SECRET_PREVIOUS: whsec(USUAL_BEFORE), ORDERS_WEBHOOK_SECRET_NORTH_PREVIOUS: whsec(NORTH_BEFORE),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await fashn?.stop();
});

interface Told {
  errors?: { path: string }[];
}
const paths = async (answer: { json(): Promise<unknown> }): Promise<string[]> => ((await answer.json()) as Told).errors?.map(({ path }) => path) ?? [];

describe('events', () => {
  const send = (body: string, origin = SHOP, type = 'text/plain;charset=UTF-8') => gateway.ask('/v1/events', { method: 'POST', headers: { origin, 'content-type': type }, body });
  const events = (...names: string[]): string => JSON.stringify({ events: names.map((name) => ({ name, product: '48211', group: null })) });

  test('of a page are taken as a beacon sends them, and as JSON', async () => {
    for (const type of ['text/plain;charset=UTF-8', 'application/json']) {
      const answer = await send(events('impression', 'open'), SHOP, type);
      expect([answer.status, answer.headers.get('set-cookie'), answer.headers.get('x-visitor')]).toEqual([204, null, null]);
    }
    expect((await send(events('cart'), NORTH)).status).toBe(204);
  });

  test('that are wrong are named, and those of a foreign page refused', async () => {
    const wrong = await send(events('open', 'purchase'));
    expect([wrong.status, await paths(wrong)]).toEqual([400, ['events[1].name']]);
    expect((await send('{')).status).toBe(400);
    expect((await send(' '.repeat(9_000))).status).toBe(413);
    expect((await send(events('open'), 'https://elsewhere.example')).status).toBe(403);
    expect((await gateway.ask('/v1/events', { headers: { origin: SHOP } })).status).toBe(405);
  });
});

describe('an order', () => {
  const message = (tryOn: string, order = 'o-1'): string =>
    JSON.stringify({ type: 'order.paid', timestamp: new Date().toISOString(), data: { order, currency: 'EUR', lines: [{ try_on: tryOn, product_id: '7', quantity: 1, amount: '39.90' }] } });
  const send = (body: string, key: Buffer, { seconds = Math.floor(Date.now() / 1_000), signed = body } = {}) => {
    const mac = createHmac('sha256', key).update(`ord_1.${seconds}.${signed}`).digest('base64');
    return gateway.ask('/webhooks/orders', { method: 'POST', headers: { 'webhook-id': 'ord_1', 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` }, body });
  };

  test('is taken by the secret of its shop, and a repeat as well', async () => {
    const { id } = (await (await gateway.run(tryOn(), { origin: SHOP })).json()) as { id: string };
    for (const key of [USUAL, OF_NORTH, OF_NORTH, USUAL_BEFORE, NORTH_BEFORE]) expect((await send(message(id), key)).status).toBe(204);
    expect((await send(message('held'), USUAL)).status).toBe(204);
  });

  test('that is forged, stale, changed on its way or unsigned is refused', async () => {
    const body = message('shown');
    const now = Math.floor(Date.now() / 1_000);
    expect((await send(body, Buffer.from('another key of thirty-two bytes.'))).status).toBe(401);
    expect((await send(body, USUAL, { seconds: now - 400 })).status).toBe(401);
    expect((await send(body, USUAL, { signed: message('held') })).status).toBe(401);
    expect((await gateway.ask('/webhooks/orders', { method: 'POST', body })).status).toBe(401);
  });

  test('that is no order is named by its path', async () => {
    const answer = await send('{"type":"order.refunded"}', USUAL);
    expect([answer.status, await paths(answer)]).toEqual([400, ['type']]);
  });
});

describe('an order of Shopify’s', () => {
  const ORDER = JSON.stringify({ id: 820982, currency: 'EUR', line_items: [{ price: '20.00', quantity: 2, properties: [{ name: '_try_on', value: 'shown' }] }] });
  const send = (shop: string, secret: string, body = ORDER, topic = 'orders-create') => {
    const signature = createHmac('sha256', secret).update(body).digest('base64');
    return gateway.ask(`/webhooks/shopify/${topic}`, { method: 'POST', headers: { 'x-shopify-shop-domain': shop, 'x-shopify-hmac-sha256': signature }, body });
  };

  test.each([
    ['north.myshopify.com', APP_OF_NORTH, 200],
    ['north.myshopify.com', APP, 401],
    ['south.myshopify.com', APP, 200],
    ['south.myshopify.com', APP_OF_NORTH, 401],
    ['north.myshopify.com', APP_OF_NORTH_BEFORE, 200],
    ['north.myshopify.com', APP_BEFORE, 401],
    ['south.myshopify.com', APP_BEFORE, 200],
  ])('of %s, signed with %s: %i', async (shop, secret, status) => {
    expect((await send(shop, secret)).status).toBe(status);
    expect((await send(shop, secret, '{}', 'shop-redact')).status).toBe(status);
  });

  test('is taken again without harm, and one that can’t be read is named', async () => {
    expect((await send('south.myshopify.com', APP)).status).toBe(200);
    const answer = await send('south.myshopify.com', APP, '{}');
    expect([answer.status, await paths(answer)]).toEqual([400, ['id']]);
  });
});
