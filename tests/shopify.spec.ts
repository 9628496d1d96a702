// Shopify: a shop's app proxy in front of the storefront's routes, and the privacy webhooks.
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDesk, type Desk } from './desk.ts';
import { attributes, LIQUID_HOST, renderFile } from './liquid.ts';
import { STAFF_TOKEN, startGateway, tryOn, until } from './gateway.ts';

const SECRET = 'the-client-secret-of-the-app';
const SHOP = 'halden.myshopify.com';

let desk: Desk;
let shop: Server;
let shopUrl: string;
/** How many seconds ago the proxy says that it signed. */
let signedSecondsAgo = 0;

/** As Shopify signs: repeats joined, sorted, nothing between. */
function signature(query: URLSearchParams): string {
  const names = [...new Set(query.keys())];
  const pairs = names.map((name) => `${name}=${query.getAll(name).join(',')}`).sort();
  return createHmac('sha256', SECRET).update(pairs.join('')).digest('hex');
}

/** A shop whose app proxy stands at /apps/try-on: adds what Shopify adds, strips cookies, signs, and passes on. */
async function startShop(gateway: URL): Promise<void> {
  shop = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const asked = new URL(request.url ?? '/', 'http://shop');
      const target = new URL(asked.pathname.replace('/apps/try-on', ''), gateway);
      target.search = asked.search;
      target.searchParams.set('shop', SHOP);
      target.searchParams.set('path_prefix', '/apps/try-on');
      target.searchParams.set('timestamp', String(Math.floor(Date.now() / 1000) - signedSecondsAgo));
      target.searchParams.set('logged_in_customer_id', '');
      target.searchParams.set('signature', signature(target.searchParams));
      const answer = await fetch(target, {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? '', 'x-forwarded-for': '203.0.113.7' },
        ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  desk = await startDesk({ SHOPIFY_SECRET: SECRET, ALLOWED_ORIGINS: undefined });
  await startShop(desk.gateway.url);
});
afterAll(async () => {
  shop.closeAllConnections();
  shop.close();
  await desk.stop();
});

function run(body: unknown, path = '/apps/try-on/v1/run') {
  return fetch(new URL(path, shopUrl), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

test('a theme’s fetch through the proxy completes a try-on', async () => {
  const photo = await readFile(new URL('../storefront/shop/pictures/shopper-man.jpg', import.meta.url));
  const answer = await run(
    tryOn({
      model_image: `data:image/jpeg;base64,${photo.toString('base64')}`,
      garment_image: new URL('/pictures/denim-jacket.jpg', desk.gateway.url).href,
    }),
  );
  expect(answer.status).toBe(200);
  const { id } = (await answer.json()) as { id: string };
  const done = await until(async () => {
    const status = (await (await fetch(`${shopUrl}/apps/try-on/v1/status/${id}`)).json()) as { status: string; output: string[] };
    return status.status === 'completed' && status;
  });
  expect(done.output).toHaveLength(1);
});

test('the pictures that the theme shows are taken, on the shop’s own host and with no setting', async () => {
  const product = { featured_image: '/files/shirt.jpg', title: 'Shirt', variants: [] };
  const element = attributes(renderFile('storefront/shopify/snippet/try-it-on.liquid', { product }));
  const address = (element['product-image'] ?? '').replace(LIQUID_HOST, SHOP);
  expect(address).toMatch(/^https:\/\/halden\.myshopify\.com\/cdn\/shop\/files\/shirt\.jpg\?/);
  expect((await run(tryOn({ garment_image: address }))).status).toBe(200);
  for (const other of [address.replace('halden', 'other'), address.replace('/cdn/shop/', '/'), address.replace('halden.', 'halden.evil.')]) {
    expect(await (await run(tryOn({ garment_image: other }))).json()).toMatchObject({ errors: [{ path: 'inputs.garment_image' }] });
  }
});

test('the merchant’s policy holds for it', async () => {
  expect(await (await run(tryOn({ num_samples: 2 }))).json()).toMatchObject({ errors: [{ path: 'inputs.num_samples' }] });
});

describe('what Shopify did not sign is refused', () => {
  async function direct(change: (query: URLSearchParams) => void, headers: Record<string, string> = {}): Promise<number> {
    const query = new URLSearchParams({ shop: SHOP, timestamp: String(Math.floor(Date.now() / 1000)), path_prefix: '/apps/try-on' });
    query.set('signature', signature(query));
    change(query);
    const answer = await desk.gateway.ask(`/v1/run?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(tryOn({ num_samples: 9 })),
    });
    return answer.status;
  }

  test('as it is, it gets to the inputs', async () => {
    expect(await direct(() => {})).toBe(400);
  });
  test.each<[string, (query: URLSearchParams) => void]>([
    ['another shop', (query) => query.set('shop', 'evil.myshopify.com')],
    ['a second shop', (query) => query.append('shop', 'evil.myshopify.com')],
    ['another signature', (query) => query.set('signature', '0'.repeat(64))],
    ['an empty signature', (query) => query.set('signature', '')],
    ['one field more', (query) => query.set('logged_in_customer_id', '1')],
    ['another time', (query) => query.set('timestamp', String(Math.floor(Date.now() / 1000) + 1))],
  ])('%s', async (_, change) => {
    expect(await direct(change)).toBe(401);
  });
  test('a wrong signature is not made good by an allowed page or a staff token', async () => {
    const wrong = (query: URLSearchParams) => query.set('signature', '0'.repeat(64));
    expect(await direct(wrong, { origin: desk.gateway.url.origin })).toBe(401);
    expect(await direct(wrong, { authorization: `Bearer ${STAFF_TOKEN}` })).toBe(401);
  });
  test('a signature that is 91 seconds old', async () => {
    signedSecondsAgo = 91;
    try {
      expect((await run(tryOn())).status).toBe(401);
    } finally {
      signedSecondsAgo = 0;
    }
  });
  test('the proxy’s prefix without a signature', async () => {
    const answer = await desk.gateway.ask('/apps/try-on/v1/run', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: desk.gateway.url.origin },
      body: JSON.stringify(tryOn()),
    });
    expect(answer.status).toBe(401);
  });
});

describe('the privacy topics', () => {
  const body = JSON.stringify({ shop_domain: SHOP, customer: { id: 1 } });
  const sign = (text: string) => createHmac('sha256', SECRET).update(text).digest('base64');
  const send = (topic: string, signed: string | undefined, text = body) =>
    desk.gateway.ask(`/webhooks/shopify/${topic}`, {
      method: 'POST',
      headers: signed === undefined ? {} : { 'x-shopify-hmac-sha256': signed },
      body: text,
    });

  test.each(['customers-data_request', 'customers-redact', 'shop-redact'])('%s is answered', async (topic) => {
    expect((await send(topic, sign(body))).status).toBe(200);
  });
  test('a bad signature is a 401, and an unknown topic a 404', async () => {
    expect((await send('shop-redact', sign('{}'))).status).toBe(401);
    expect((await send('shop-redact', undefined)).status).toBe(401);
    expect((await send('orders-paid', sign(body))).status).toBe(404);
  });
});

test('without an app’s secret nothing comes through a proxy', async () => {
  const bare = await startGateway('http://127.0.0.1:9');
  try {
    const answer = await bare.ask('/apps/try-on/v1/run?signature=00', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
  } finally {
    await bare.stop();
  }
});
