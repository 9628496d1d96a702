// The element as frameworks and scripts use it: properties, methods, events, states; and a shop that is open or closed.
import { describe, expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { ChromiumTab, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, ID } from './stand.ts';

useStand();

const CLOSED = { open: false, reason: 'budget', models: ['tryon-v1.6'], consent_version: null, challenge: null };
const page = (attributes = '', content = '', head = ''): void =>
  void stand.pages.set('/tee', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">${head}
    <script type="module" src="/try-it-on.js"></script></head>
    <body><try-it-on gateway="" product-id="1" product-title="Tee" product-image="/pictures/tshirt-sage.jpg" ${attributes}>${content}</try-it-on></body></html>`);
const height = (tab: Tab): Promise<number | undefined> =>
  tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector('[part=trigger]')?.getBoundingClientRect().height, undefined);
const state = (tab: Tab): Promise<string | undefined> => tab.run(() => document.querySelector('try-it-on')?.state, undefined);

test('each attribute is a property, and what a property is given is the attribute', async () => {
  page();
  await withTab('/tee', async (tab) => {
    const seen = await tab.run(() => {
      const element = document.querySelector('try-it-on');
      if (!element) return [];
      element.productTitle = 'Linen shirt';
      element.privacyUrl = '/privacy';
      Object.assign(element, { products: [{ id: 1, title: 'a', image: '/a.jpg' }] });
      element.label = null;
      element.cart = true;
      return [element.productImage, element.getAttribute('product-title'), element.getAttribute('privacy-url'), element.products, element.label, element.hasAttribute('cart'), element.model];
    }, undefined);
    expect(seen).toEqual(['/pictures/tshirt-sage.jpg', 'Linen shirt', '/privacy', '[{"id":1,"title":"a","image":"/a.jpg"}]', null, true, null]);
  });
});

test('a page hears of everything that a shopper does, and can open and close the dialog itself', async () => {
  // From before the element's script has run.
  page('', '', `<script>window.heard = []; for (const name of ['impression', 'open', 'close', 'photo', 'start', 'result', 'save', 'share', 'forget', 'error']) document.addEventListener('tryon:' + name, () => heard.push(name));</script>`);
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    await tryOn(tab);
    await tab.click('dialog[open] [part=save]');
    await tab.click('dialog[open] [part=forget]');
    await tab.run(() => document.querySelector('try-it-on')?.close(), undefined);
    await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
    await tab.run(() => document.querySelector('try-it-on')?.open(), undefined);
    await until(tab, 'dialog[open]');
    expect(await tab.run(() => (window as unknown as { heard: string[] }).heard, undefined)).toEqual(['impression', 'open', 'photo', 'start', 'result', 'save', 'forget', 'close', 'open']);
  });
});

test('pressed again while it opens, and again by a double click, it has opened once and stays open', async () => {
  page('', '', `<script>window.heard = []; for (const name of ['open', 'close']) document.addEventListener('tryon:' + name, () => heard.push(name));</script>`);
  await withTab('/tee', async (tab) => {
    await tab.run(async () => {
      const element = document.querySelector('try-it-on');
      await Promise.all([element?.open(), element?.open()]);
      element?.close();
    }, undefined);
    const heard = (): Promise<string[]> => tab.run(() => (window as unknown as { heard: string[] }).heard, undefined);
    expect(await heard()).toEqual(['open', 'close']);
    if (ENGINE !== 'chromium') return;
    // The second click of two lands beside the box.
    const { mouse } = (tab as ChromiumTab).page;
    const { x = 0, y = 0 } = (await (tab as ChromiumTab).page.locator('[part=trigger]').boundingBox()) ?? {};
    await mouse.click(x + 5, y + 5);
    await until(tab, 'dialog[open]');
    await mouse.down({ clickCount: 2 });
    await mouse.up({ clickCount: 2 });
    expect(await heard()).toEqual(['open', 'close', 'open']);
    await mouse.click(x + 5, y + 5);
    expect(await heard()).toEqual(['open', 'close', 'open', 'close']);
  });
});

test('Escape has closed it by the time that the browser closes it; a picker of files that is left hasn’t', async () => {
  page();
  await withTab('/tee', async (tab) => {
    await tab.click('[part=trigger]');
    await until(tab, 'dialog[open] [part=file]');
    await tab.run(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      document.addEventListener('tryon:close', () => heard.push('closed'));
      const dialog = document.querySelector('try-it-on')?.shadowRoot?.querySelector('dialog');
      dialog?.querySelector('[part=file]')?.dispatchEvent(new Event('cancel', { bubbles: true }));
      dialog?.addEventListener('cancel', () => heard.push('cancel'));
    }, undefined);
    await tab.press('Escape');
    await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
    await expect.poll(() => tab.run(() => (window as unknown as { heard: string[] }).heard, undefined)).toEqual(['closed', 'cancel']);
  });
});

test('what it stands for is a property and a state for CSS, and the result is there', async () => {
  page();
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    expect(await state(tab)).toBe('idle');
    await tryOn(tab);
    expect(await state(tab)).toBe('done');
    expect(await tab.run(() => document.querySelector('try-it-on')?.matches(':state(done)'), undefined)).toBe(true);
    expect(await tab.run(() => document.querySelector('try-it-on')?.result?.id, undefined)).toBe(ID);
  });
});

describe('a shop that doesn’t try on at the moment', () => {
  // A clock that can be put forward is Chromium's.
  test.runIf(ENGINE === 'chromium')('shows no button, and what the slot says instead; and opens by itself', async () => {
    page('', '<p slot="closed">Back at nine</p>');
    stand.shop = CLOSED;
    await withTab('/tee', async (tab) => {
      await expect.poll(() => height(tab)).toBe(0);
      expect(await state(tab)).toBe('closed');
      expect(await tab.run(() => (document.querySelector('[slot=closed]') as HTMLElement).checkVisibility(), undefined)).toBe(true);
      stand.shop = { ...CLOSED, open: true };
      await (tab as ChromiumTab).page.clock.install();
      await tab.reload();
      await expect.poll(() => height(tab)).toBeGreaterThan(40);
      expect(await tab.run(() => (document.querySelector('[slot=closed]') as HTMLElement).checkVisibility(), undefined)).toBe(false);
      // It is asked again every 30 seconds.
      stand.shop = CLOSED;
      await (tab as ChromiumTab).page.clock.runFor(31_000);
      await expect.poll(() => height(tab)).toBe(0);
    });
  });

  test('asks nobody for a photo, and shows the pictures that were made', async () => {
    page();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      stand.shop = CLOSED;
      await tab.reload();
      await expect.poll(() => state(tab)).toBe('done');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=result]');
      await tab.run(() => document.querySelector('try-it-on')?.setAttribute('product-image', '/pictures/tshirt-rust.jpg'), undefined);
      await tab.press('Escape');
      expect(await state(tab)).toBe('closed');
      await tab.run(() => document.querySelector('try-it-on')?.open(), undefined);
      await untilText(tab, 'dialog[open] [part=heading]', 'Trying on is closed for now');
    });
  });
});

test('a gateway without the route counts as open', async () => {
  page();
  stand.pages.set('/v1/shop', () => ({ status: 404, body: { error: 'NotFound', message: 'x' } }));
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    await tryOn(tab);
    // The browser tells of the 404.
    expect(tab.troubles.filter((trouble) => !trouble.endsWith('/v1/shop)'))).toEqual([]);
  });
});

// Answers for another host, too.
test.runIf(ENGINE === 'chromium')('the terms and the challenge of the gateway are met without a setting', async () => {
  page();
  stand.shop = { ...CLOSED, open: true, consent_version: '2026-11', challenge: { provider: 'turnstile', site_key: '0xkey', action: 'try-on-north' } };
  stand.statuses = [completed()];
  let token: string | undefined;
  let body = '';
  stand.pages.set('/v1/run', ({ headers }, bytes) => {
    token = String(headers['cf-turnstile-response']);
    body = bytes.toString('latin1');
    return { body: { id: ID, error: null }, headers: { 'content-type': 'application/json' } };
  });
  await withTab('/tee', async (tab) => {
    await (tab as ChromiumTab).page.route('https://challenges.cloudflare.com/**', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: "window.turnstile = { render: (place, { sitekey, action, callback }) => { place.textContent = sitekey; callback(`${action} ${sitekey}`); return '1'; } };" }),
    );
    await tryOn(tab);
    expect(token).toBe('try-on-north 0xkey');
    expect(body).toContain('name="consent"\r\n\r\n2026-11');
  });
});
