// Garments that the merchant signed: `GARMENT_SECRET`. What is refused is in the table of `hostile.spec.ts` too, where
// records and calls are counted.
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MODEL_IMAGE, SHOP, STAFF_TOKEN, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';
import { attributes, renderFile, renderSource } from './liquid.ts';
import type { Vars } from '../scripts/desk.ts';

const SECRET = 'the-secret-that-signs-garments-0123456789';
const BEFORE = 'the-secret-before-that-one-9876543210-abc';
const NORTH_SECRET = 'the-secret-of-the-shop-in-the-north-01234';
const NORTH = 'https://north.example';
const SHOPIFY_SECRET = 'the-client-secret-of-the-app';

/** As the docs tell a merchant's backend to do it. */
const sign = (address: unknown, secret = SECRET) => createHmac('sha256', secret).update(`fitting-room/garment:${address}`).digest('hex');

let fashn: OwnFashn;
beforeAll(async () => void (fashn = await startOwnFashn()));
afterAll(() => fashn.stop());
beforeEach(() => void (fashn.calls.length = 0));

let gateway: Gateway;
// Out on the web, as far as it knows.
const start = async (vars: Vars = { GARMENT_SECRET: SECRET }) => void (gateway = await startGateway(fashn.url, { PUBLIC_ORIGIN: 'https://try.example', ...vars }));
afterEach(() => gateway.stop());

const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
const page = (body: object, headers: Record<string, string> = { origin: SHOP }) => gateway.run(body, headers);
const signed = (body = tryOn(), secret = SECRET) => ({ ...body, garment_signature: sign(body.inputs['garment_image'] ?? body.inputs['product_image'], secret) });
const form = (fields: Record<string, string | Blob>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return gateway.ask('/v1/run', { method: 'POST', headers: { origin: SHOP }, body: data });
};
const quote = (body: object) =>
  gateway.ask('/v1/quote', { method: 'POST', headers: { 'content-type': 'application/json', origin: SHOP }, body: JSON.stringify(body) });

async function passed(answer: Response) {
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 200 });
}
async function refused(answer: Response, path: string, message: RegExp) {
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'BadRequest', action: 'contact', errors: [{ path, message: expect.stringMatching(message) }] });
}

describe('a garment', () => {
  test('that the shop signed is taken, as JSON and as a form, by a page and through Shopify, and FASHN hears nothing of it', async () => {
    await start({ GARMENT_SECRET: SECRET, SHOPIFY_SECRET });
    await passed(await page(signed()));
    const { inputs: { garment_image, ...inputs } } = tryOn();
    await passed(await page(signed({ model_name: 'tryon-max', inputs: { ...inputs, product_image: garment_image } })));
    const photo = new Blob([new Uint8Array(Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64'))], { type: 'image/png' });
    const address = String(tryOn().inputs['garment_image']);
    await passed(await form({ model_name: 'tryon-v1.6', garment_signature: sign(address), model_image: photo, garment_image: address }));
    const query = new URLSearchParams({ shop: 'a.myshopify.com', timestamp: String(Math.floor(Date.now() / 1000)) });
    query.set('signature', createHmac('sha256', SHOPIFY_SECRET).update([...query].map(([name, value]) => `${name}=${value}`).sort().join('')).digest('hex'));
    await passed(await gateway.ask(`/apps/try-on/v1/run?${query}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(signed()) }));
    expect(fashn.calls.map(({ body }) => Object.keys(JSON.parse(body)))).toEqual(Array(4).fill(['model_name', 'inputs']));
    expect(JSON.parse(fashn.calls[2]?.body ?? '').inputs.garment_image).toBe(address);
  });

  test('that it did not sign is refused to every shopper, for a quote too, with what to do; staff take what they like', async () => {
    await start({ GARMENT_SECRET: SECRET, PRODUCT_HOSTS: 'cdn.shopify.com data:' });
    await refused(await page(tryOn()), 'inputs.garment_image', /send it as garment_signature/);
    await refused(await page({ ...tryOn(), garment_signature: sign('https://cdn.shopify.com/another.jpg') }), 'inputs.garment_image', /exactly as it is sent/);
    await refused(await page(signed(tryOn({ garment_image: MODEL_IMAGE }))), 'inputs.garment_image', /address .* not the picture itself/);
    await refused(await quote(tryOn()), 'inputs.garment_image', /garment_signature/);
    expect(fashn.calls).toEqual([]);
    expect(gateway.runs()).toBe(0);
    await passed(await quote(signed()));
    await passed(await gateway.run(tryOn(), staff));
    await passed(await gateway.run(tryOn({ garment_image: MODEL_IMAGE }), { ...staff, origin: SHOP }));
  });

  test('is signed with the new secret or the one before it while both are set', async () => {
    await start({ GARMENT_SECRET: SECRET, GARMENT_SECRET_PREVIOUS: BEFORE });
    await passed(await page(signed()));
    await passed(await page(signed(tryOn(), BEFORE)));
    await gateway.stop();
    await start();
    await refused(await page(signed(tryOn(), BEFORE)), 'inputs.garment_image', /garment_signature/);
  });

  test('of one shop is not another’s', async () => {
    await start({
      GARMENT_SECRET: SECRET,
      GARMENT_SECRET_NORTH: NORTH_SECRET,
      SHOPS: { north: { origins: [NORTH], garment_secret: 'GARMENT_SECRET_NORTH' }, south: { origins: ['https://south.example'] } },
    });
    for (const [origin, secret, status] of [
      [NORTH, NORTH_SECRET, 200], [NORTH, SECRET, 400],
      [SHOP, SECRET, 200], [SHOP, NORTH_SECRET, 400],
      ['https://south.example', SECRET, 200], ['https://south.example', NORTH_SECRET, 400],
    ] as const) expect((await page(signed(tryOn(), secret), { origin })).status, `${origin} ${secret}`).toBe(status);
  });

  test('may be any of the allowed hosts’ where no secret is set, and a half-set one lets nobody in', async () => {
    await start({});
    await passed(await page(tryOn()));
    await passed(await page({ ...tryOn(), garment_signature: 'whatever' }));
    await gateway.stop();
    for (const [vars, setting] of [
      [{ GARMENT_SECRET_PREVIOUS: BEFORE }, 'GARMENT_SECRET'],
      [{ GARMENT_SECRET: 'short' }, 'GARMENT_SECRET'],
      [{ SHOPS: { north: { origins: [NORTH], garment_secret: 'GARMENT_SECRET_NORTH' } } }, 'SHOPS'],
    ] as const) {
      await start(vars);
      expect(await (await gateway.readyz()).json()).toMatchObject({ ready: false, problems: [{ setting }] });
      expect((await page(signed())).status).toBe(503);
      await gateway.stop();
    }
  });
});

describe('what merchants are given signs as the gateway reads it', () => {
  const shirt = { featured_image: '/files/shirt.jpg', title: 'Shirt', variants: [{ id: 1, title: 'White', featured_image: '/files/white "new".jpg' }, { id: 2, title: 'Rust' }, { id: 3, title: 'Sage', featured_image: '/files/salbei-grün.jpg' }] };
  const product = { ...shirt, selected_or_first_available_variant: shirt.variants[0] };
  const PARTS = 'storefront/shopify/extensions/try-it-on/snippets/try-it-on-element.liquid';
  const SNIPPET = 'storefront/shopify/snippet/try-it-on.liquid';

  /** A run of what an element on a page would send. */
  const pressed = (address: string | undefined, signature: string | undefined) =>
    page({ ...tryOn({ garment_image: address }), ...(signature !== undefined && { garment_signature: signature }) });

  test('the theme block: the product’s picture and each variant’s', async () => {
    await start();
    const html = renderFile(PARTS, { product, gateway: '/apps/try-on', garment_secret: ` ${SECRET} ` });
    expect(html).not.toContain(SECRET);
    const element = attributes(html);
    await passed(await pressed(element['product-image'], element['garment-signature']));
    const products = JSON.parse(element['products'] ?? '') as { image: string; signature: string }[];
    expect(products.map(({ image }) => image)).toEqual([
      'https://shop.example/cdn/shop/files/white "new".jpg?v=1763670000&width=2000', 'https://shop.example/cdn/shop/files/salbei-grün.jpg?v=1763670000&width=2000',
    ]);
    for (const { image, signature } of products) await passed(await pressed(image, signature));
    await refused(await pressed(products[1]?.image, products[0]?.signature), 'inputs.garment_image', /garment_signature/);
  });

  test('without a secret the theme block signs nothing', async () => {
    await start({});
    for (const garment_secret of [undefined, null, '', '  ']) {
      const element = attributes(renderFile(PARTS, { product, gateway: '/apps/try-on', garment_secret }));
      expect(Object.keys(element)).not.toContain('garment-signature');
      expect(Object.keys(JSON.parse(element['products'] ?? '')[0])).toEqual(['id', 'title', 'option', 'price', 'image']);
      expect(element['product-image']).toBe('https://shop.example/cdn/shop/files/white "new".jpg?v=1763670000&width=2000');
    }
  });

  test('the theme snippet', async () => {
    await start();
    const plain = { ...product, selected_or_first_available_variant: shirt.variants[2] };
    expect(Object.keys(attributes(renderFile(SNIPPET, { product: plain })))).not.toContain('garment-signature');
    const html = renderFile(SNIPPET, { product: plain }, (source) => source.replace("garment_secret = ''", `garment_secret = '${SECRET}'`));
    expect(html).not.toContain(SECRET);
    const element = attributes(html);
    await passed(await pressed(element['product-image'], element['garment-signature']));
  });

  /** A block of code in a page of docs, the one that has this in it. */
  const documented = (path: string, language: string, mark: string) =>
    [...readFileSync(path, 'utf8').matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].find(([, kind, code]) => kind === language && code?.includes(mark))?.[2] ?? '';

  test('the docs’ Liquid', async () => {
    await start();
    const source = documented('docs/shopify.md', 'liquid', 'hmac_sha256');
    const html = renderSource(source.replace('THE_GARMENT_SECRET', SECRET), { product });
    const element = attributes(html);
    await passed(await pressed(element['product-image'], element['garment-signature']));
  });

  test('the docs’ Node', async () => {
    await start();
    const folder = mkdtempSync(join(tmpdir(), 'fitting-room-docs-'));
    writeFileSync(join(folder, 'sign.mjs'), documented('docs/any-shop.md', 'js', 'createHmac'));
    process.env['GARMENT_SECRET'] = SECRET;
    try {
      const { garmentSignature } = (await import(join(folder, 'sign.mjs'))) as { garmentSignature(address: string): string };
      const address = 'https://cdn.shopify.com/pictures/shirt-white.jpg';
      await passed(await pressed(address, garmentSignature(address)));
    } finally {
      delete process.env['GARMENT_SECRET'];
      rmSync(folder, { recursive: true });
    }
  });
});
