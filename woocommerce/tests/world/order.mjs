// From a try-on in Chromium, with the gateway's own element, to an order; and what is left of the
// plugin when it is removed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { picturePlaceholder } from '../../../storefront/tests/pictures.ts';
import { RESULT } from './gateway.mjs';
import {
  admin,
  ask,
  configure,
  GARMENT_SECRET,
  gateway,
  ORDERS_SECRET,
  page,
  shop,
  tagOf,
} from './stage.mjs';

/**
 * As a shopper does it: a photo, a picture, and the dialog's "Add to cart"; in between the picture of
 * another product, by its title.
 */
async function tryOnAndAdd({ path }, choose = async () => {}, another = undefined) {
  await page.goto(shop.url + path);
  await choose();
  await page.locator('try-it-on [part=trigger]').click();
  const buffer = await picturePlaceholder({ width: 900, height: 1200 });
  const photo = { name: 'me.jpg', mimeType: 'image/jpeg', buffer };
  await page.locator('dialog[open] [part=file]').first().setInputFiles(photo);
  await page.locator('dialog[open] [part=start]').click();
  const result = page.locator('dialog[open] [part=result]');
  await result.waitFor();
  if (another !== undefined) {
    await page.locator(`dialog[open] [part=product][title="${another}"]`).click();
    await page.locator('dialog[open] [part=start]').click();
    await result.and(page.locator(`[alt^="${another}"]`)).waitFor();
  }
  // WooCommerce's forms load the page anew.
  await Promise.all([page.waitForEvent('load'), page.locator('dialog[open] [part=cart]').click()]);
  return control('cart');
}

/** Asked by the page's own visitor. */
const control = async (name) => (await page.request.get(`${shop.url}/?contract=${name}`)).json();

describe('from a try-on to an order', () => {
  test('the picture’s id is on the order’s line, and only there', async () => {
    const { simple } = shop.products;
    const [line, ...others] = await tryOnAndAdd(simple);
    assert.deepEqual(
      [line, others],
      [{ product_id: simple.id, variation_id: 0, quantity: 1, try_on: RESULT }, []],
    );
    // The shop's own button means no try-on.
    await page.locator('.single_add_to_cart_button').click();
    await page.waitForLoadState();
    const { order } = await control('checkout');
    const { lines } = await control(`order&order=${order}`);
    assert.deepEqual(
      lines.map(({ meta }) => meta),
      [{ _try_on: RESULT }, []],
    );
    // Without an orders secret nobody is told.
    assert.deepEqual(await ask('jobs'), []);
  });

  test('a variation that the shopper has selected is the one in the cart', async () => {
    const { variable } = shop.products;
    const [line] = await tryOnAndAdd(variable, () => page.selectOption('select', 'rust'));
    assert.deepEqual(line, {
      product_id: variable.id,
      variation_id: variable.variations.rust,
      quantity: 1,
      try_on: RESULT,
    });
  });

  test('a variation that was tried on before any was selected is the one in the cart', async () => {
    const { variable } = shop.products;
    const [line] = await tryOnAndAdd(variable, undefined, 'T-shirt, rust');
    assert.deepEqual([line.variation_id, line.try_on], [variable.variations.rust, RESULT]);
  });

  for (const [queue, isOn] of [
    ['wp-cron', 0],
    ['scheduler', 1],
  ]) {
    test(`the gateway is told by ${queue}: signed, once, and again where it didn't take it`, async () => {
      await configure({ orders_secret: ORDERS_SECRET });
      await ask(`scheduler&on=${isOn}`);
      await tryOnAndAdd(shop.products.simple);
      const { order } = await control('checkout');
      const attempts = async () => (await ask('jobs')).map((job) => [job.queue, job.args]);
      assert.deepEqual(await attempts(), [[queue, [order, 1]]]);
      assert.deepEqual(gateway.orders.messages, []);
      gateway.orders.answers = [503, 302];
      for (const attempt of [2, 3]) {
        await ask('run-jobs');
        assert.deepEqual(await attempts(), [[queue, [order, attempt]]]);
      }
      await ask('run-jobs');
      await ask(`complete&order=${order}`);
      assert.deepEqual(await attempts(), []);
      assert.notEqual((await ask(`order&order=${order}`)).sent, '');
      const { messages } = gateway.orders;
      assert.equal(messages.length, 3);
      assert.equal(new Set(messages.map(({ headers }) => headers['webhook-id'])).size, 1);
      for (const { body, headers } of messages) {
        const { type, data } = new Webhook(ORDERS_SECRET).verify(body, headers);
        assert.deepEqual([type, data.currency], ['order.paid', 'EUR']);
        const amount = { quantity: 1, amount: '39.90' };
        assert.deepEqual(data.lines, [
          { try_on: RESULT, product_id: String(shop.products.simple.id), ...amount },
        ]);
        assert.deepEqual(Object.keys(data), ['order', 'currency', 'lines']);
        assert.ok(!/customer|shop\.example/.test(body));
      }
    });
  }

  test('an order with nothing that was tried on is nobody’s business', async () => {
    await configure({ orders_secret: ORDERS_SECRET });
    await page.goto(shop.url + shop.products.simple.path);
    await page.locator('.single_add_to_cart_button').click();
    await page.waitForLoadState();
    await control('checkout');
    assert.deepEqual(await ask('jobs'), []);
  });
});

describe('removed', () => {
  /** Rows in which the plugin's names stand. */
  const rows = (table, column) =>
    shop.sql(
      `SELECT DISTINCT ${column} FROM wp_${table} WHERE ${column} LIKE '%try_it_on%' OR ${column} LIKE '%try-it-on%'`,
    );

  async function use() {
    await configure({ orders_secret: ORDERS_SECRET, garment_secret: GARMENT_SECRET });
    await admin.saveProduct(shop.products.simple.id, { show: 'yes', category: 'tops' });
    await tryOnAndAdd(shop.products.simple);
    const told = await control('checkout');
    await ask('run-jobs');
    gateway.orders.answers = [503];
    const waiting = await control('checkout');
    await ask('run-jobs');
    // As in a shop that keeps orders as posts.
    await shop.sql(
      "INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (1, '_try_it_on_sent', '1')",
    );
    return { told: told.order, waiting: waiting.order };
  }

  test('deactivated, it leaves no button and no job', async () => {
    await use();
    assert.equal((await ask('jobs')).length, 1);
    await admin.deactivate();
    assert.deepEqual(await ask('jobs'), []);
    const { html } = await tagOf(shop.products.simple);
    assert.ok(!/try-it-on|try_on/.test(html));
  });

  test('deleted, it leaves nothing but the orders’ lines', async () => {
    const { told } = await use();
    assert.equal((await rows('options', 'option_name')).length, 1);
    assert.equal((await rows('postmeta', 'meta_key')).length, 3);
    assert.equal((await rows('wc_orders_meta', 'meta_key')).length, 1);
    await admin.deactivate();
    await admin.uninstall();
    const { html } = await admin.get('/wp-admin/plugins.php');
    assert.ok(!html.includes('try-it-on/try-it-on.php'), 'the plugin is still there');
    for (const [table, column] of [
      ['options', 'option_name'],
      ['postmeta', 'meta_key'],
      ['usermeta', 'meta_key'],
      ['wc_orders_meta', 'meta_key'],
    ]) {
      assert.deepEqual(await rows(table, column), [], table);
    }
    const cron = await shop.sql("SELECT option_value FROM wp_options WHERE option_name = 'cron'");
    assert.ok(!String(cron).includes('try_it_on'));
    assert.equal((await ask(`order&order=${told}`)).lines[0].meta._try_on, RESULT);
  });
});
