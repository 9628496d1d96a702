// The button on product pages, by the settings and the product's own box.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attributesOf } from './admin.mjs';
import {
  admin,
  attributesIn,
  configure,
  GARMENT_SECRET,
  gateway,
  page,
  shop,
  sign,
  tagOf,
} from './stage.mjs';

describe('a product page', () => {
  test('a simple product has its button in the form, signed', async () => {
    await configure({ garment_secret: GARMENT_SECRET, consent_version: '3', locale: 'de' });
    const { simple } = shop.products;
    const image = `${shop.url}/wp-content/uploads/shirt.jpg`;
    assert.deepEqual(await attributesIn(simple), {
      gateway: gateway.url,
      'product-id': String(simple.id),
      'product-title': 'Linen "summer" shirt & more',
      'product-image': image,
      'garment-signature': sign(image),
      model: 'tryon-v1.6',
      locale: 'de',
      'consent-version': '3',
      form: 'form.cart',
      'cart-field': 'try_on',
    });
    assert.equal(
      await page.locator('form.cart > button + try-it-on + input[name=try_on]').count(),
      1,
    );
    // The gateway's own script has made an element of it, in the language that was set.
    await page.getByRole('button', { name: 'Anprobieren' }).waitFor();
  });

  test('only the gateway’s script is a module', async () => {
    const { html } = await tagOf(shop.products.simple);
    const scripts = [...html.matchAll(/<script\b[^>]*\bsrc=[^>]*>/g)].map(([tag]) =>
      attributesOf(tag),
    );
    const modules = scripts.filter(({ type }) => type === 'module').map(({ src }) => src);
    assert.deepEqual(modules, [`${gateway.url}/try-it-on.js`]);
    assert.ok(scripts.length > 1);
  });

  test('the button stands where the settings say', async () => {
    for (const [position, selector] of [
      ['before_button', 'form.cart > try-it-on + input[name=try_on] ~ button[name=add-to-cart]'],
      ['after_form', 'form.cart + try-it-on'],
      ['shortcode', 'body:not(:has(try-it-on))'],
    ]) {
      await configure({ position });
      await page.goto(shop.url + shop.products.simple.path);
      assert.equal(await page.locator(selector).count(), 1, position);
    }
  });

  test('the product’s box goes before the settings', async () => {
    const { simple } = shop.products;
    await admin.saveProduct(simple.id, {
      image: String(simple.flat),
      category: 'tops',
      model: 'tryon-max',
    });
    const attributes = await attributesIn(simple);
    assert.equal(attributes['product-image'], `${shop.url}/wp-content/uploads/shirt-flat.jpg`);
    assert.deepEqual([attributes.category, attributes.model], ['tops', 'tryon-max']);
    await admin.saveProduct(simple.id, { show: 'no' });
    assert.equal((await tagOf(simple)).tag, undefined);
  });

  test('a box without its nonce, or with what is no choice, changes nothing', async () => {
    const { simple } = shop.products;
    const { tag } = await tagOf(simple);
    await admin.saveProduct(simple.id, { show: 'no' }, (fields) => ({
      ...fields,
      _try_it_on_nonce: 'x',
    }));
    assert.equal((await tagOf(simple)).tag, tag);
    await admin.saveProduct(simple.id, {
      show: 'maybe',
      category: '"><b>',
      model: 'x',
      image: '1',
    });
    assert.equal((await tagOf(simple)).tag, tag);
  });

  test('only chosen products have it, if the settings say so', async () => {
    await configure({ products: 'chosen' });
    assert.equal((await tagOf(shop.products.simple)).tag, undefined);
    await admin.saveProduct(shop.products.simple.id, { show: 'yes' });
    assert.notEqual((await tagOf(shop.products.simple)).tag, undefined);
  });

  test('a product without a picture, and a shop without a gateway, have none', async () => {
    assert.equal((await tagOf(shop.products.bare)).tag, undefined);
    await configure({ gateway: '' });
    assert.equal((await tagOf(shop.products.simple)).tag, undefined);
  });

  test('a variable product brings its variations, each signed', async () => {
    await configure({ garment_secret: GARMENT_SECRET });
    const { variable } = shop.products;
    const { products } = await attributesIn(variable);
    const image = (colour) => `${shop.url}/wp-content/uploads/${colour}.jpg`;
    const expected = ['sage', 'rust'].map((colour) => ({
      id: String(variable.variations[colour]),
      title: `T-shirt, ${colour}`,
      option: colour,
      price: '19,90\u00a0€',
      image: image(colour),
      signature: sign(image(colour)),
      fields: { attribute_pa_colour: colour },
    }));
    assert.deepEqual(JSON.parse(products), expected);
  });

  test('of many variations the selected one is handed to the element', async () => {
    await configure({ garment_secret: GARMENT_SECRET });
    const { many } = shop.products;
    assert.equal((await attributesIn(many)).products, undefined);
    await page.selectOption('select', 'colour-7');
    const element = page.locator('try-it-on[products]');
    await element.waitFor({ state: 'attached' });
    await page.selectOption('select', 'colour-9');
    await page.locator('try-it-on[products*="colour-9"]').waitFor({ state: 'attached' });
    await page.selectOption('select', 'colour-7');
    const list = JSON.parse(await element.getAttribute('products'));
    const image = `${shop.url}/wp-content/uploads/colour-7.jpg`;
    assert.deepEqual(
      list.map(({ title }) => title),
      ['Scarf, colour-7', 'Scarf, colour-9'],
    );
    assert.deepEqual([list[0].image, list[0].signature], [image, sign(image)]);
  });
});
