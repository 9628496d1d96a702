// The app embed in pages as themes write them: places that a theme marks, and quick views that come later.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, textOf, until, type Tab } from './driver.ts';
import { completed } from './stand.ts';

useStand();

const EMBED = new URL('../shopify/extensions/try-it-on/assets/try-it-on-embed.js', import.meta.url);
const json = { 'content-type': 'application/json' };
const SETTINGS = { root: '/', quickViews: true, products: {}, attributes: { gateway: '', label: 'On you', model: 'tryon-v1.6', sample: '' } };
const TEE = {
  title: 'Tee',
  featured_image: '/pictures/tshirt-sage.jpg',
  variants: [
    { id: 41, title: 'Sage', featured_image: { src: '/pictures/tshirt-sage.jpg' } },
    { id: 42, title: 'Rust', featured_image: { src: '/pictures/tshirt-rust.jpg' } },
  ],
};

let asked: string[];
async function page(body: string, settings: object = {}): Promise<void> {
  asked = [];
  const script = await readFile(EMBED, 'utf8');
  stand.pages.set('/try-it-on-embed.js', () => ({ body: script, headers: { 'content-type': 'text/javascript' } }));
  for (const handle of ['tee', 'jumper']) {
    stand.pages.set(`/products/${handle}.js`, () => {
      asked.push(handle);
      return { body: TEE, headers: json };
    });
  }
  stand.pages.set('/shop', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="/icon.svg"></head>
    <body>${body}<script type="application/json" id="try-it-on-embed">${JSON.stringify({ ...SETTINGS, ...settings })}</script>
    <script type="module" src="/try-it-on.js"></script><script type="module" src="/try-it-on-embed.js"></script></body></html>`);
}

const QUICK_VIEW = `<quick-view><a href="/products/tee?variant=42">Tee</a>
  <form action="/cart/add" method="post"><input type="hidden" name="id" value="42"><button name="add">Add</button></form></quick-view>`;

/** The theme's script has the quick view from its server. */
const show = (tab: Tab, html = QUICK_VIEW): Promise<void> => tab.run((text) => document.body.insertAdjacentHTML('beforeend', text), html);
const elements = (tab: Tab): Promise<number> => tab.run(() => document.querySelectorAll('try-it-on').length, undefined);

test('a place with a handle gets the product’s button once it is near, and its pictures', async () => {
  await page('<div data-try-it-on="tee"></div><div style="height:4000px"></div><div data-try-it-on="jumper"></div>');
  stand.statuses = [completed()];
  await withTab('/shop', async (tab) => {
    await until(tab, '[data-try-it-on=tee] try-it-on');
    expect(await textOf(tab, '[part=trigger]')).toBe('On you');
    expect(await attributeOf(tab, 'try-it-on', 'product-id')).toBe('41');
    expect(JSON.parse((await attributeOf(tab, 'try-it-on', 'products')) ?? '[]')).toMatchObject([{ id: '41', title: 'Tee, Sage' }, { id: '42', title: 'Tee, Rust' }]);
    expect(asked).toEqual(['tee']);
    await tab.run(() => scrollTo(0, 4_000), undefined);
    await until(tab, '[data-try-it-on=jumper] try-it-on');
    await tab.run(() => scrollTo(0, 0), undefined);
    await tryOn(tab, '[data-try-it-on=tee]');
    expect(tab.troubles).toEqual([]);
  });
});

test('a place with a picture of its own asks for nothing, and one that comes later is seen', async () => {
  await page('<p>Shop</p>');
  await withTab('/shop', async (tab) => {
    await show(tab, '<div data-try-it-on="tee" data-image="/pictures/tshirt-rust.jpg" data-id="7" data-title="Rust" data-signature="0a0a"></div>');
    await until(tab, '[part=trigger]');
    for (const [name, value] of [['product-image', '/pictures/tshirt-rust.jpg'], ['product-id', '7'], ['product-title', 'Rust'], ['garment-signature', '0a0a']] as const) {
      expect(await attributeOf(tab, 'try-it-on', name)).toBe(value);
    }
    expect(asked).toEqual([]);
  });
});

describe('a quick view', () => {
  test('has the button after its form, for the variant that it has', async () => {
    await page('<p>Shop</p>');
    await withTab('/shop', async (tab) => {
      await show(tab);
      await until(tab, 'quick-view form + try-it-on');
      expect(await attributeOf(tab, 'try-it-on', 'product-id')).toBe('42');
      expect(await attributeOf(tab, 'try-it-on', 'form')).toBe('form[action*="/cart/add"]');
      // The theme fills the same box anew.
      await tab.run((html) => document.querySelector('quick-view')?.replaceWith(...new DOMParser().parseFromString(html, 'text/html').body.childNodes), QUICK_VIEW);
      await until(tab, 'quick-view form + try-it-on');
      expect(await elements(tab)).toBe(1);
    });
  });

  test.each([
    ['the product page’s own form', `<main>${QUICK_VIEW}</main>`, ''],
    ['a form among several products', '<p>Shop</p>', QUICK_VIEW.replace('<quick-view>', '<quick-view><a href="/products/jumper">Jumper</a>')],
    ['a form of no named product', '<p>Shop</p>', QUICK_VIEW.replace(/<a .*<\/a>/, '')],
    ['a view with a button already', '<p>Shop</p>', QUICK_VIEW.replace('</quick-view>', '<try-it-on product-image="/pictures/tshirt-sage.jpg"></try-it-on></quick-view>')],
  ])('isn’t %s', async (_, body, later) => {
    await page(body);
    await withTab('/shop', async (tab) => {
      await show(tab, later);
      // One that is, for which the page is looked at once more.
      await show(tab, '<div data-try-it-on="jumper" data-image="/pictures/tshirt-rust.jpg"></div>');
      await until(tab, '[data-try-it-on=jumper] try-it-on');
      expect(await textOf(tab, 'form + try-it-on[form]')).toBeUndefined();
      expect(asked).toEqual([]);
    });
  });

  test('is found beside a link that can’t be read', async () => {
    await page(`<div><a href="/products/%E0%A4%A">Old</a><form action="/cart/add"><input name="id" value="1"></form></div>`);
    await withTab('/shop', async (tab) => {
      const broken = '<div><a href="/products/100%-wool">Wool</a><form action="/cart/add"><input name="id" value="9"></form></div>';
      await show(tab, broken + QUICK_VIEW);
      await until(tab, 'quick-view try-it-on');
      expect(await elements(tab)).toBe(1);
      expect(tab.troubles).toEqual([]);
    });
  });

  test('is left alone where the merchant has switched quick views off, or the product', async () => {
    for (const settings of [{ quickViews: false }, { products: { tee: { enabled: false } } }]) {
      await page('<p>Shop</p>', settings);
      await withTab('/shop', async (tab) => {
        await show(tab);
        await show(tab, '<div data-try-it-on="jumper" data-image="/pictures/tshirt-rust.jpg"></div>');
        await until(tab, '[data-try-it-on=jumper] try-it-on');
        expect(await elements(tab)).toBe(1);
        expect(asked).toEqual([]);
      });
    }
  });

  test('has the picture and the kind that the merchant set', async () => {
    await page('<p>Shop</p>', { products: { tee: { enabled: true, image: 'https://cdn.shopify.com/flat.jpg', category: 'tops' } } });
    await withTab('/shop', async (tab) => {
      await show(tab);
      await until(tab, 'quick-view form + try-it-on');
      expect(await attributeOf(tab, 'try-it-on', 'product-image')).toBe('https://cdn.shopify.com/flat.jpg');
      expect(await attributeOf(tab, 'try-it-on', 'category')).toBe('tops');
      expect(await attributeOf(tab, 'try-it-on', 'products')).toBeNull();
    });
  });
});
