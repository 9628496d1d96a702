// What every test here has: a shop with the plugin, a gateway, an administrator and a shopper's
// browser.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';
import { buildPlugin } from '../../build.mjs';
import { Admin, textOf } from './admin.mjs';
import { startGateway } from './gateway.mjs';
import { startShop } from './shop.mjs';

export const GARMENT_SECRET = '0123456789abcdef0123456789abcdef';
export const ORDERS_SECRET = `whsec_${Buffer.from('a key of 24 bytes or more').toString('base64')}`;
const DEFAULTS = {
  garment_secret: '',
  garment_secret_remove: '1',
  orders_secret: '',
  orders_secret_remove: '1',
  products: 'all',
  position: 'after_button',
  model: 'tryon-v1.6',
  label: '',
  locale: '',
  consent_version: '',
  privacy_url: '',
};

export let shop, gateway, admin, page;
let browser;

before(async () => {
  [shop, gateway, browser] = await Promise.all([
    startShop(),
    startGateway(),
    chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    }),
  ]);
  admin = await Admin.login(shop, 'admin');
});

after(async () => {
  await Promise.allSettled([browser?.close(), gateway?.stop(), shop?.stop()]);
});

/** Each test begins with the plugin as it was installed, and with a visitor of its own. */
beforeEach(async () => {
  gateway.reset();
  await page?.context().close();
  page = await (await browser.newContext()).newPage();
  await ask('scheduler&on=0');
  await ask('run-jobs');
  gateway.reset();
  await admin.install(buildPlugin());
  await configure({});
  await admin.saveProduct(shop.products.simple.id, {
    show: '',
    image: '',
    category: '',
    model: '',
  });
});

/** One of the contract's own addresses, `contract/woocommerce/controls.php`. */
export const ask = async (control) => (await fetch(`${shop.url}/?contract=${control}`)).json();

/** The settings that are given, and the defaults of the others. */
export async function configure(settings) {
  const fields = { gateway: gateway.url, ...DEFAULTS, ...settings };
  if (fields.garment_secret) delete fields.garment_secret_remove;
  if (fields.orders_secret) delete fields.orders_secret_remove;
  const { html } = await admin.saveSettings(fields);
  assert.match(textOf(html), /Settings saved\./);
}

/** The tag of the button as the shop's server writes it. */
export async function tagOf({ path }) {
  const html = await (await fetch(shop.url + path)).text();
  return { html, tag: /<try-it-on\b[^>]*>/.exec(html)?.[0] };
}

/** The button's attributes as a browser reads them. */
export async function attributesIn({ path }) {
  await page.goto(shop.url + path);
  return page
    .locator('try-it-on')
    .evaluate((element) =>
      Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
    );
}

/** As the gateway wants it. */
export const sign = (address) =>
  createHmac('sha256', GARMENT_SECRET).update(`fitting-room/garment:${address}`).digest('hex');
