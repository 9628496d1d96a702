// The Shopify extension, by Shopify's own linter, with the built element in it.
import { themeCheckRun } from '@shopify/theme-check-node';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../shopify/extensions/try-it-on/', import.meta.url));

test('theme check finds nothing to say', async () => {
  const { offenses, theme } = await themeCheckRun(folder, `${folder}.theme-check.yml`);
  expect(theme.length).toBeGreaterThanOrEqual(14);
  expect(offenses.map(({ check, message, uri, start }) => `${check}: ${message} (${uri}:${start.line + 1})`)).toEqual([]);
});

test('theme check does find what is wrong', async () => {
  const { offenses } = await themeCheckRun(fileURLToPath(new URL('fixtures/broken-extension/', import.meta.url)));
  expect(offenses.length).toBeGreaterThan(0);
});

describe('assets', () => {
  test('hold the element, flat, with everything it loads', async () => {
    const assets = await readdir(`${folder}assets`);
    expect(assets).toContain('try-it-on.js');
    // The files that come later are named by their hashes alone.
    const eager = await readFile(`${folder}assets/try-it-on.js`, 'utf8');
    const [, later = '{}'] = /JSON\.parse\('(\{"dialog":"[^']*)'\)/.exec(eager) ?? [];
    const hashes = Object.entries(JSON.parse(later) as Record<string, string>);
    expect(hashes.map(([name]) => name)).toEqual(['dialog', 'watch', 'ar', 'de', 'es', 'fr', 'ja']);
    for (const [name, hash] of hashes) expect(assets).toContain(`try-it-on-${name}-${hash}.js`);
    for (const asset of assets.filter((name) => name.endsWith('.js'))) {
      const source = await readFile(`${folder}assets/${asset}`, 'utf8');
      for (const [, wanted] of source.matchAll(/"\.\/(try-it-on-[\w-]+\.js)"/g)) expect(assets).toContain(wanted);
    }
  });

  test('stay within Shopify’s limits for app blocks', async () => {
    // The embed loads both.
    const sizes = ['try-it-on.js', 'try-it-on-embed.js'].map(async (name) => gzipSync(await readFile(`${folder}assets/${name}`), { level: 9 }).length);
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size)).toBeLessThanOrEqual(10_000);
    expect((await readFile(`${folder}assets/try-it-on.css`)).length).toBeLessThanOrEqual(100_000);
  });
});

test('each language of the element is a language of the extension', async () => {
  const own = (await readdir(new URL('../locales/', import.meta.url))).map((name) => name.replace('.json', ''));
  const extension = await readdir(`${folder}locales`);
  for (const tag of own) {
    const suffix = tag === 'en' ? '.default' : '';
    expect(extension).toContain(`${tag}${suffix}.json`);
    expect(extension).toContain(`${tag}${suffix}.schema.json`);
  }
});
