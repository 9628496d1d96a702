// The plugin as a merchant meets it: installed from its archive and configured.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Admin, fieldsOf, textOf } from './admin.mjs';
import {
  admin,
  ask,
  attributesIn,
  configure,
  GARMENT_SECRET,
  gateway,
  ORDERS_SECRET,
  shop,
  sign,
} from './stage.mjs';

describe('installed from its archive', () => {
  test('it declares the features of WooCommerce that it works with', async () => {
    const declared = await ask('features');
    const of = (feature) => declared[feature]?.['try-it-on/try-it-on.php'];
    assert.deepEqual(
      [of('custom_order_tables'), of('cart_checkout_blocks'), of('product_block_editor')],
      [true, true, false],
    );
  });

  test('without WooCommerce it says so, and breaks nothing', async () => {
    const { html } = await admin.get('/wp-admin/plugins.php');
    const link = /href="(plugins\.php\?action=deactivate&amp;plugin=woocommerce[^"]+)"/.exec(
      html,
    )[1];
    const without = await admin.get(`/wp-admin/${link.replaceAll('&amp;', '&')}`);
    try {
      assert.match(
        textOf(without.html),
        /“Try it on” needs WooCommerce: install and activate it\./,
      );
      assert.equal((await fetch(shop.url)).status, 200);
    } finally {
      const again = /href="(plugins\.php\?action=activate&amp;plugin=woocommerce[^"]+)"/.exec(
        without.html,
      )[1];
      await admin.get(`/wp-admin/${again.replaceAll('&amp;', '&')}`);
    }
  });

  test('what it does leaves no word in the log', async () => {
    await attributesIn(shop.products.simple);
    await attributesIn(shop.products.variable);
    const words = shop
      .log()
      .split('\n')
      .filter((line) => line.includes('plugins/try-it-on'));
    assert.deepEqual(words, []);
  });
});

describe('the settings page', () => {
  test('an address that is not https is refused in words, and the former one stays', async () => {
    for (const [address, sentence] of [
      ['http://try-on.example.com', /must begin with https:\/\//],
      ['try-on.example.com', /is no web address/],
      ['https://try-on.example.com/try-it-on.js', /Write only where the gateway is/],
    ]) {
      const { html } = await admin.saveSettings({ gateway: address, label: address });
      assert.match(textOf(html), sentence);
      assert.match(textOf(html), /Everything else was saved\./);
      assert.equal(fieldsOf(html, 'options.php')['try_it_on[label]'], address);
      assert.equal(fieldsOf(html, 'options.php')['try_it_on[gateway]'], gateway.url);
      // Said once, also where WordPress asks twice.
      assert.equal(textOf(html).match(new RegExp(sentence, 'g')).length, 1);
    }
  });

  test('a secret is kept and never shown', async () => {
    await configure({ garment_secret: GARMENT_SECRET, orders_secret: ORDERS_SECRET });
    const { html } = await admin.get('/wp-admin/admin.php?page=try-it-on');
    assert.ok(!html.includes(GARMENT_SECRET) && !html.includes(ORDERS_SECRET));
    await admin.saveSettings({ label: 'Anprobieren' });
    const attributes = await attributesIn(shop.products.simple);
    assert.equal(attributes['garment-signature'], sign(attributes['product-image']));
    assert.equal(attributes.label, 'Anprobieren');
  });

  test('what was written is shown as it was written', async () => {
    await configure({ label: `"It's" & 'on'` });
    const { html } = await admin.get('/wp-admin/admin.php?page=try-it-on');
    assert.equal(fieldsOf(html, 'options.php')['try_it_on[label]'], `"It's" & 'on'`);
    assert.equal((await attributesIn(shop.products.simple)).label, `"It's" & 'on'`);
  });

  test('it tells what the gateway must know of the shop', async () => {
    const { html } = await admin.get('/wp-admin/admin.php?page=try-it-on');
    assert.ok(textOf(html).includes(`ALLOWED_ORIGINS = "${shop.url}" PRODUCT_HOSTS = "127.0.0.1"`));
  });

  test('who manages the shop may change it, and nobody else, and not without a nonce', async () => {
    const manager = await Admin.login(shop, 'manager');
    assert.match(
      textOf((await manager.saveSettings({ label: 'By the manager' })).html),
      /Settings saved/,
    );
    const author = await Admin.login(shop, 'author');
    assert.equal((await author.get('/wp-admin/admin.php?page=try-it-on')).status, 403);
    const form = fieldsOf(
      (await admin.get('/wp-admin/admin.php?page=try-it-on')).html,
      'options.php',
    );
    form['try_it_on[label]'] = 'By another';
    const refused = [
      await author.post('/wp-admin/options.php', form),
      await admin.post('/wp-admin/options.php', { ...form, _wpnonce: 'x' }),
    ];
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403],
    );
    assert.equal((await attributesIn(shop.products.simple)).label, 'By the manager');
  });
});
