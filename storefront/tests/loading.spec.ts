// A button that never dies: lost requests, a deploy under an open page, policies, settings that are wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { file, photo, stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, type Answer } from './stand.ts';

useStand();

const built = readdirSync(new URL('../dist/', import.meta.url));
const hashed = (name: string): string => `/${built.find((found) => new RegExp(`^${name}-\\w{8}\\.js$`).test(found)) ?? ''}`;
const DIALOG = hashed('try-it-on-dialog');
const GERMAN = hashed('try-it-on-de');
const gone = (): Answer => ({ status: 404, body: 'not found', headers: { 'content-type': 'text/plain' } });
const lose = (...paths: string[]): void => paths.forEach((path) => stand.pages.set(path, () => 'cut' as const));
const find = (...paths: string[]): void => paths.forEach((path) => stand.pages.delete(path));

const page = (attributes: string, { head = '', lang = 'en', policy }: { head?: string; lang?: string; policy?: string } = {}): void => {
  const body = `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">${head}
    <script type="module" src="/try-it-on.js"></script></head>
    <body><try-it-on gateway="" product-id="1" product-title="Tee" ${attributes}></try-it-on><p>Below</p></body></html>`;
  stand.pages.set('/tee', () => ({ body, headers: policy === undefined ? {} : { 'content-security-policy': policy } }));
};
const IMAGE = 'product-image="/pictures/tshirt-sage.jpg"';

/** Uncaught errors; a lost request itself is told by the browser in its own words. */
const uncaught = (tab: Tab): string[] => tab.troubles.filter((line) => !/Failed to load resource|disallowed MIME type|<try-it-on>: |CSP: |violates the following|Content Security Policy|requires 'Trusted/.test(line));

describe('a lost request', () => {
  test('for the dialog is made again at once, under another address', async () => {
    page(IMAGE);
    lose(DIALOG);
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(uncaught(tab)).toEqual([]);
    });
  });

  test('and again: the button says so, tells the page, and the next press works', async () => {
    page(IMAGE);
    lose(DIALOG, '/try-it-on-dialog.js');
    await withTab('/tee', async (tab) => {
      await tab.run(() => document.addEventListener('tryon:error', (event) => (document.body.dataset['code'] = (event as CustomEvent<{ code: string }>).detail.code)), undefined);
      await tab.click('[part=trigger]');
      await untilText(tab, '[part=trigger]', 'Couldn’t load. Try again');
      expect(await tab.run(() => document.body.dataset['code'], undefined)).toBe('LoadError');
      expect(tab.troubles.filter((line) => line.includes('the dialog could not be opened'))).toHaveLength(1);
      find(DIALOG, '/try-it-on-dialog.js');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(await textOf(tab, '[part=trigger]')).toBe('Try it on');
      expect(uncaught(tab)).toEqual([]);
    });
  });

  test('for the language: English for now, and the next time it is there', async () => {
    page(IMAGE, { lang: 'de' });
    lose(GERMAN, '/try-it-on-de.js');
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await untilText(tab, 'dialog[open] [part=heading]', 'Start with a photo of you');
      expect(await attributeOf(tab, 'dialog[open]', 'lang')).toBe('en');
      find(GERMAN, '/try-it-on-de.js');
      await tab.press('Escape');
      await tab.click('[part=trigger]');
      await untilText(tab, 'dialog[open] [part=heading]', 'Beginne mit einem Foto von dir');
      expect(uncaught(tab)).toEqual([]);
    });
  });

  // Its driver can't take the connection away.
  test.skipIf(ENGINE === 'webkit')('a press without a connection works when there is one again', async () => {
    page(IMAGE);
    await withTab('/tee', async (tab) => {
      await tab.setOffline(true);
      await tab.click('[part=trigger]');
      await untilText(tab, '[part=trigger]', 'Couldn’t load. Try again');
      await tab.setOffline(false);
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(uncaught(tab)).toEqual([]);
    });
  });
});

test('a deploy has taken this page’s files away: the successors are used, in the page’s language', async () => {
  page(IMAGE, { lang: 'de' });
  stand.statuses = [completed()];
  stand.pages.set(DIALOG, gone).set(GERMAN, gone).set(hashed('try-it-on-photo'), gone);
  await withTab('/tee', async (tab) => {
    await tryOn(tab);
    expect(await attributeOf(tab, '[part=result]', 'alt')).toBe('Tee, anprobiert');
    expect(uncaught(tab)).toEqual([]);
  });
});

describe('a page with a policy', () => {
  const base = "default-src 'none'; script-src 'self'; style-src 'none'; connect-src 'self'; img-src 'self' blob:; worker-src 'self' blob:";

  test.each([
    ['lists ours', `${base}; require-trusted-types-for 'script'; trusted-types try-it-on`],
    ['lists others, and requires none', `${base}; trusted-types theirs`],
    ['requires them and has no list', `${base}; require-trusted-types-for 'script'`],
  ])('of Trusted Types that %s', async (_, policy) => {
    page(IMAGE, { policy });
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      expect(uncaught(tab)).toEqual([]);
    });
  });

  test('that forbids ours and requires them: the button says so, and the console what to add', async () => {
    page(IMAGE, { policy: `${base}; require-trusted-types-for 'script'; trusted-types theirs` });
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await untilText(tab, '[part=trigger]', 'Couldn’t load. Try again');
      expect(tab.troubles.filter((line) => line.includes('add "try-it-on" to its trusted-types'))).toHaveLength(1);
      expect(uncaught(tab)).toEqual([]);
    });
  });
});

describe('a setting that is wrong is named once, and nothing else breaks', () => {
  test.each([
    ['product-image="https://"', 'product-image="https://" is no address'],
    ['', 'product-image="" is no address'],
  ])('%s: there is nothing to try on, so nothing is shown', async (attributes, sentence) => {
    page(attributes);
    await withTab('/tee', async (tab) => {
      // It is said some time after; WebKit's driver tells with each answer of the page.
      await expect.poll(async () => ((await textOf(tab, 'body')) !== undefined ? tab.troubles.filter((line) => line.includes(sentence)) : [])).toHaveLength(1);
      expect(await tab.run(() => document.querySelector('try-it-on')?.getBoundingClientRect().height, undefined)).toBe(0);
      // A script that fills it in later brings the button.
      await tab.run(() => document.querySelector('try-it-on')?.setAttribute('product-image', '/pictures/tshirt-sage.jpg'), undefined);
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(uncaught(tab)).toEqual([]);
    });
  });

  test.each([
    ['products="[{]"', 'products is no JSON'],
    ['products="{}"', 'products must be a JSON list'],
    [`products='[{"id":1}]'`, 'has no "id", "title" and "image"'],
    [`products='[{"id":1,"title":"x","image":"https://"}]'`, '"https://" is no address'],
    ['inputs="{"', 'inputs is no JSON'],
    ['sample="https://"', 'sample="https://" is no address'],
    ['form="form["', 'form="form[" is no CSS selector'],
    ['strings="/none.json"', 'strings: the file /none.json can'],
  ])('%s', async (attributes, sentence) => {
    page(`${IMAGE} ${attributes}`);
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      // Some are told once the page is idle; WebKit's driver tells with each answer of the page.
      await expect.poll(async () => ((await textOf(tab, 'body')) !== undefined ? tab.troubles.filter((line) => line.includes(sentence)) : [])).toHaveLength(1);
      expect(uncaught(tab)).toEqual([]);
    });
  });
});

test('while the element isn’t defined nothing is shown, and in the end no hole is left', async () => {
  const css = readFileSync(new URL('../shopify/extensions/try-it-on/assets/try-it-on.css', import.meta.url), 'utf8');
  stand.pages.set('/try-it-on.js', gone);
  stand.pages.set('/tee', `<!doctype html><title>Tee</title><style>${css}</style><script type="module" src="/try-it-on.js"></script>
    <div class="try-it-on-block"><try-it-on ${IMAGE}>See it on you</try-it-on></div><p>Below</p>`);
  await withTab('/tee', async (tab) => {
    const seen = (): Promise<[number | undefined, string | undefined]> =>
      tab.run(() => {
        const element = document.querySelector('try-it-on');
        return [element?.getBoundingClientRect().height, element ? getComputedStyle(element).visibility : undefined];
      }, undefined);
    expect(await seen()).toEqual([48, 'hidden']);
    await tab.run(() => document.getAnimations().forEach((animation) => animation.finish()), undefined);
    expect(await seen()).toEqual([0, 'hidden']);
  });
});

test('a photo is given and sent though the photo worker is lost', async () => {
  page(IMAGE);
  lose(hashed('try-it-on-photo'));
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    await tab.click('[part=trigger]');
    await until(tab, 'dialog[open] [part=file]');
    await tab.give('dialog[open] [part=file]', file(photo));
    await until(tab, '[part=start]');
  });
});
