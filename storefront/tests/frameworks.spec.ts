// The element on pages that frameworks make: Turbo, Vue 3 and React 19, as `npm run test:world` installs them. Each page has a
// strict policy with Trusted Types.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { textOf, until, untilText, type Tab } from './driver.ts';
import { completed } from './stand.ts';

useStand();

const installed = process.env['FRAMEWORKS'] ?? '';
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; worker-src 'self' blob:; require-trusted-types-for 'script'; trusted-types try-it-on vue";

async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`frameworks/${name}.mjs`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    nodePaths: [join(installed, 'node_modules')],
  });
  return outputFiles[0]?.text ?? '';
}

/** A page with the framework's script and the element's. */
async function page(framework: string, bodies: Record<string, string>, policy: string | null = POLICY): Promise<void> {
  const script = await bundled(framework);
  stand.pages.set('/framework.js', () => ({ body: script, headers: { 'content-type': 'text/javascript' } }));
  for (const [path, body] of Object.entries(bodies)) {
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${path}</title><link rel="icon" href="/icon.svg">
      <script type="module" src="/framework.js"></script><script type="module" src="/try-it-on.js"></script></head><body>${body}</body></html>`;
    stand.pages.set(path, () => ({ body: html, headers: policy === null ? {} : { 'content-security-policy': policy } }));
  }
  stand.statuses = [completed()];
}

const close = async (tab: Tab): Promise<void> => {
  await tab.press('Escape');
  await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
};

describe('Turbo', () => {
  const links = '<nav><a href="/tee">Tee</a> <a href="/jumper">Jumper</a></nav>';
  const tag = (id: string, image: string): string => `<try-it-on gateway="" product-id="${id}" product-title="${id}" product-image="/pictures/${image}.jpg"></try-it-on>`;
  // Turbo writes a style of its own and reads pages as HTML: it has no policy of Trusted Types.
  const shop = (): Promise<void> => page('turbo', { '/tee': links + tag('tee', 'tshirt-sage'), '/jumper': links + tag('jumper', 'cable-jumper') }, null);

  test('goes from product to product without a load, and each button speaks for its own', async () => {
    await shop();
    await withTab('/tee', async (tab) => {
      await tab.run(() => Object.assign(window, { loadedOnce: true }), undefined);
      await tryOn(tab);
      await close(tab);
      await tab.click('a[href="/jumper"]');
      await untilText(tab, '[part=trigger]', 'Try it on');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=start]');
      expect(await textOf(tab, '.product-title')).toBe('jumper');
      await close(tab);
      await tab.click('a[href="/tee"]');
      await untilText(tab, '[part=trigger]', 'See it on you');
      expect(await tab.run(() => 'loadedOnce' in window, undefined)).toBe(true);
      expect(stand.runs).toHaveLength(1);
      expect(tab.troubles).toEqual([]);
    });
  });

  test('back closes the dialog and leaves the page alone, and then goes to the page before', async () => {
    await shop();
    await withTab('/tee', async (tab) => {
      await tab.click('a[href="/jumper"]');
      await expect.poll(() => tab.run(() => location.pathname, undefined)).toBe('/jumper');
      await until(tab, 'try-it-on[product-id=jumper]');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open]');
      await tab.run(() => history.back(), undefined);
      await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
      expect(await tab.run(() => location.pathname, undefined)).toBe('/jumper');
      await tab.run(() => history.back(), undefined);
      await until(tab, 'try-it-on[product-id=tee]');
    });
  });
});

describe.each(['vue', 'react'])('%s', (framework) => {
  test('sets the product, changes it in place, and hears the events', async () => {
    await page(framework, { '/tee': '<div id="app"></div>' });
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await untilText(tab, '#said', 'result of 1');
      await tab.click('dialog[open] [part=cart]');
      await untilText(tab, '#said', 'cart of 1');
      await close(tab);
      await tab.click('#next');
      await untilText(tab, '[part=trigger]', 'Try it on');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=start]');
      expect(await textOf(tab, '.product-title')).toBe('Rust');
      await close(tab);
      await tab.click('#next');
      await untilText(tab, '[part=trigger]', 'See it on you');
      expect(stand.runs).toHaveLength(1);
      expect(tab.troubles).toEqual([]);
    });
  });
});
