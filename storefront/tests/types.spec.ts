// The client's declarations, as a shop's own compiler reads them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shop = mkdtempSync(join(tmpdir(), 'shop-'));
cpSync(join(root, 'storefront/dist/types'), join(shop, 'try-on'), { recursive: true });
writeFileSync(join(shop, 'package.json'), '{ "type": "module" }');
afterAll(() => rmSync(shop, { recursive: true }));

function compile(source: string): string {
  writeFileSync(join(shop, 'shop.ts'), source);
  const flags = ['--noEmit', '--ignoreConfig', '--strict', '--target', 'es2023', '--module', 'nodenext', '--lib', 'es2023,dom'];
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, 'shop.ts'], { cwd: shop, encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const use = (line: string): string => `
  import { tryOn, TryOnError, type Progress } from './try-on/client/client.js';
  import type { TryItOnEvents } from './try-on/element/events.js';
  export const { id, images } = await tryOn({ gateway: '', photo: new Blob(), garment: 'x.jpg', onProgress: (p: Progress) => p.stage });
  export const error: TryOnError = new TryOnError('Canceled', 'x');
  export const detail: TryItOnEvents['tryon:cart'] = { productId: '1', resultId: id, respondWith: () => undefined };
  ${line}`;

test('a right program compiles', () => {
  expect(compile(use('export const first: string | undefined = images[0];'))).toBe('');
});

test('a wrong one does not', () => {
  expect(compile(use('export const first: number = images;'))).toContain('TS2322');
  expect(compile(use("await tryOn({ gateway: '', photo: new Blob() });"))).toContain('garment');
});
