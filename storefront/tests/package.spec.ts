// The npm package as a shop gets it: packed, installed, imported on a server, compiled, bundled by Vite, and used.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, textOf, until } from './driver.ts';
import { completed } from './stand.ts';

useStand();

const root = fileURLToPath(new URL('../../', import.meta.url));
const shop = mkdtempSync(join(tmpdir(), 'package-'));
const run = (command: string, flags: string[]): string => execFileSync(command, flags, { cwd: shop, encoding: 'utf8' });

beforeAll(() => {
  writeFileSync(join(shop, 'package.json'), '{ "type": "module", "private": true }');
  const packed = execFileSync('npm', ['pack', '--pack-destination', shop], { cwd: join(root, 'storefront/package'), encoding: 'utf8' });
  run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', `./${packed.trim().split('\n').at(-1) ?? ''}`]);
  for (const name of ['react', 'react-dom', 'scheduler', '@types/react', 'csstype']) {
    mkdirSync(join(shop, 'node_modules', '@types'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(shop, 'node_modules', name));
  }
});
afterAll(() => rmSync(shop, { recursive: true }));

test('each entry can be imported on a server, and exports what it says', () => {
  const names = (entry: string): string[] =>
    JSON.parse(run(process.execPath, ['--input-type=module', '-e', `console.log(JSON.stringify(Object.keys(await import('@fitting-room/try-it-on${entry}')).sort()))`])) as string[];
  expect(names('')).toEqual(['TryItOnElement']);
  expect(names('/define')).toEqual(['TryItOnElement']);
  expect(names('/client')).toEqual(['TryOnError', 'forget', 'getShop', 'preparePhoto', 'resume', 'tryOn']);
  expect(names('/react')).toEqual(['TryItOn']);
});

const compile = (source: string): string => {
  writeFileSync(join(shop, 'shop.tsx'), source);
  const flags = ['--noEmit', '--ignoreConfig', '--strict', '--jsx', 'react-jsx', '--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2023,dom,dom.iterable'];
  try {
    return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, 'shop.tsx']);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
};
const program = (line: string): string => `
  import '@fitting-room/try-it-on/define';
  import { tryOn } from '@fitting-room/try-it-on/client';
  import { TryItOn } from '@fitting-room/try-it-on/react';
  const element = document.querySelector('try-it-on');
  element?.addEventListener('tryon:cart', ({ detail }) => detail.respondWith(Promise.resolve(detail.productId)));
  document.addEventListener('tryon:result', ({ detail }) => detail.images.length);
  export const plain = <try-it-on product-image="/a.jpg" />;
  export const own = <TryItOn gateway="" productImage="/a.jpg" products={[{ id: 1 }]} onResult={({ detail }) => detail.id} />;
  export const made = tryOn({ gateway: '', photo: new Blob(), garment: '/a.jpg' });
  ${line}`;

test('a program in TypeScript knows the element, its properties, its events and JSX', () => {
  expect(compile(program("if (element) { element.productId = '1'; void element.open(); }"))).toBe('');
  expect(compile(program('if (element) element.productId = 1;'))).toContain('TS2322');
  expect(compile(program('export const wrong = <TryItOn onResult={({ detail }) => detail.nothing} />;'))).toContain('nothing');
});

test('Vite bundles it, and the button works in German and in React', async () => {
  writeFileSync(join(shop, 'index.html'), '<!doctype html><html lang="de"><head><title>Laden</title><link rel="icon" href="/icon.svg"></head><body><div id="app"></div><script type="module" src="./main.js"></script></body></html>');
  writeFileSync(join(shop, 'main.js'), `
    import { createElement } from 'react';
    import { createRoot } from 'react-dom/client';
    import { TryItOn } from '@fitting-room/try-it-on/react';
    createRoot(document.getElementById('app')).render(createElement(TryItOn, {
      gateway: '', productId: '7', productTitle: 'Hemd', productImage: '/pictures/tshirt-sage.jpg', className: 'ours',
      products: [{ id: '8', title: 'Jacke', image: '/pictures/denim-jacket.jpg' }],
      onResult: ({ detail }) => (document.body.dataset.result = detail.productId),
    }));`);
  await build({ root: shop, base: '/bundled/', logLevel: 'error', configFile: false });
  const out = join(shop, 'dist');
  const serve = (folder: string, path: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const at = join(folder, entry.name);
      if (entry.isDirectory()) serve(at, `${path}${entry.name}/`);
      else stand.pages.set(path + entry.name, () => ({ body: readFileSync(at, 'utf8'), headers: { 'content-type': entry.name.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8' } }));
    }
  };
  serve(out, '/bundled/');
  stand.statuses = [completed()];
  await withTab('/bundled/index.html', async (tab) => {
    await until(tab, 'try-it-on.ours');
    await expect.poll(() => textOf(tab, '[part=trigger]')).toBe('Anprobieren');
    await tryOn(tab);
    expect(await attributeOf(tab, '[part=result]', 'alt')).toBe('Hemd, anprobiert');
    expect(await tab.run(() => document.body.dataset['result'], undefined)).toBe('7');
    expect(tab.troubles).toEqual([]);
  });
});
