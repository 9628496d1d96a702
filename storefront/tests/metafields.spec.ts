// What a merchant sets of one product: metafields that the extension's Liquid reads.
import { describe, expect, test } from 'vitest';
import { attributes, renderFile } from '../../tests/liquid.ts';

const SNIPPET = 'storefront/shopify/extensions/try-it-on/snippets/try-it-on-element.liquid';
const BLOCK = 'storefront/shopify/extensions/try-it-on/blocks/try-it-on.liquid';
const variants = [
  { id: 11, title: 'Sage', featured_image: '/files/sage.jpg' },
  { id: 12, title: 'Rust', featured_image: '/files/rust.jpg' },
];
const product = (metafields: object) => ({ id: 1, title: 'Tee', featured_image: '/files/tee.jpg', variants, selected_or_first_available_variant: variants[0], metafields: { try_on: metafields } });
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
    // The schema, the asset's address and the snippet are Shopify's to render.
    const source = (text: string) => text.replace(/\{% schema %\}[\s\S]*$/, '').replace(/\{\{ 'try-it-on.js' \| asset_url \}\}/, 'x.js').replace(/\{% render[\s\S]*?%\}/, 'RENDERED').replace("'no_product' | t", "'no product'");
    const html = renderFile(BLOCK, { block: { settings } }, source);
    expect(html.includes('RENDERED')).toBe(isThere);
    expect(html.trim() === '').toBe(!isThere);
  });
});
