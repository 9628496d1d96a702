// What a merchant sets of one product: metafields that the extension's Liquid reads.
import { describe, expect, test } from 'vitest';
import { attributes, renderFile } from '../../tests/liquid.ts';

const SNIPPET = 'storefront/shopify/extensions/try-it-on/snippets/try-it-on-element.liquid';
const BLOCK = 'storefront/shopify/extensions/try-it-on/blocks/try-it-on.liquid';
const EMBED = 'storefront/shopify/extensions/try-it-on/blocks/try-it-on-everywhere.liquid';
/** The schema, the assets' addresses and the snippet are Shopify's to render. */
const withoutShopify = (text: string): string =>
  text.replace(/\{% schema %\}[\s\S]*$/, '').replace(/\{\{ 'try-it-on[\w-]*.js' \| asset_url \}\}/g, 'x.js').replace(/\{% render[\s\S]*?%\}/, 'RENDERED').replace("'no_product' | t", "'no product'");
const variants = [
  { id: 11, title: 'Sage', featured_image: '/files/sage.jpg' },
  { id: 12, title: 'Rust', featured_image: '/files/rust.jpg' },
];
const product = (metafields: object, own: object = {}) => ({ id: 1, title: 'Tee', featured_image: '/files/tee.jpg', variants, selected_or_first_available_variant: variants[0], metafields: { try_on: metafields, '$app:try_on': own } });
const element = (metafields: object, more: object = {}) => attributes(renderFile(SNIPPET, { product: product(metafields), gateway: '/apps/try-on', category: 'auto', ...more }));

describe('a product', () => {
  test('without any is tried on by its variants’ pictures', () => {
    const { 'product-image': image, category, products = '' } = element({});
    expect([image, category]).toEqual([expect.stringContaining('/files/sage.jpg'), 'auto']);
    expect((JSON.parse(products) as unknown[]).length).toBe(2);
  });

  test('with a picture of its own is tried on by that one alone', () => {
    const { 'product-image': image, products = '' } = element({ image: { value: '/files/flat.jpg' } });
    expect([image, JSON.parse(products)]).toEqual([expect.stringContaining('/files/flat.jpg'), []]);
  });

  test('with a kind has it instead of the block’s', () => {
    expect(element({ category: { value: 'one-pieces' } })['category']).toBe('one-pieces');
    expect(element({ category: { value: 'tops' } }, { model: 'tryon-max' })['category']).toBeUndefined();
  });

  test.each([
    [undefined, true],
    [true, true],
    [false, false],
  ])('whose try_on.enabled is %s has the block: %s', (enabled, isThere) => {
    const settings = { product: product({ enabled: { value: enabled } }), gateway: '/apps/try-on' };
    const html = renderFile(BLOCK, { block: { settings } }, withoutShopify);
    expect(html.includes('RENDERED')).toBe(isThere);
    expect(html.trim() === '').toBe(!isThere);
  });

  test('has what the app’s own metafields say, before those that the shop has defined', () => {
    const own = { image: { value: '/files/own.jpg' }, category: { value: 'tops' } };
    const both = product({ image: { value: '/files/flat.jpg' }, category: { value: 'bottoms' } }, own);
    const { 'product-image': image, category, products = '' } = attributes(renderFile(SNIPPET, { product: both, gateway: '/apps/try-on', category: 'auto' }));
    expect([image, category, JSON.parse(products)]).toEqual([expect.stringContaining('/files/own.jpg'), 'tops', []]);
    const settings = { product: product({}, { enabled: { value: false } }), gateway: '/apps/try-on' };
    expect(renderFile(BLOCK, { block: { settings } }, withoutShopify).trim()).toBe('');
  });
});

describe('the embed', () => {
  const settings = { gateway: '/apps/try-on', quick_views: true, model: 'tryon-v1.6', label: 'A "label"', privacy_url: null, sample: '/files/model.jpg' };
  const listed = (handle: string, metafields: object, own: object = {}) => ({ ...product(metafields, own), handle });
  const embedded = (products: object[]) => {
    const html = renderFile(EMBED, { block: { settings }, collection: { products }, routes: { root_url: '/fr' } }, withoutShopify);
    return JSON.parse(/<script type="application\/json"[^>]*>([\s\S]*?)<\/script>\s*<script type="module"/.exec(html)?.[1] ?? '') as Record<string, unknown>;
  };

  test('tells the page its settings, and what is set of the products that it lists', () => {
    const told = embedded([
      listed('tee', {}),
      listed('off', { enabled: { value: false } }),
      listed('own-off', {}, { enabled: { value: false } }),
      listed('flat', { category: { value: 'tops' } }, { image: { value: '/files/flat.jpg' } }),
    ]);
    expect(told).toEqual({
      root: '/fr/',
      quickViews: true,
      products: {
        off: { enabled: false, image: '', category: '' },
        'own-off': { enabled: false, image: '', category: '' },
        flat: { enabled: true, image: expect.stringContaining('/files/flat.jpg'), category: 'tops' },
      },
      attributes: { gateway: '/apps/try-on', locale: 'en', model: 'tryon-v1.6', label: settings.label, 'privacy-url': null, sample: expect.stringMatching(/^https:.*model\.jpg/) },
    });
  });

  test('stands on a page without a list, too', () => {
    expect(embedded([])).toMatchObject({ products: {} });
  });
});
