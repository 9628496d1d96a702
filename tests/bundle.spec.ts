// What is uploaded.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** A start-up follows its size. */
const LIMIT_BYTES = 400_000;

test('the Worker’s bundle has nothing of the release after it, which only tests build', () => {
  const wasm = readFileSync(new URL('../build/index_bg.wasm', import.meta.url));
  expect(wasm.includes('of the next release')).toBe(false);
});

test('the Worker’s bundle is within its budget', () => {
  const files = ['index.js', 'index_bg.wasm'].map((name) => readFileSync(new URL(`../build/${name}`, import.meta.url)));
  const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
  console.log(`bundle: ${bytes} bytes gzip of ${LIMIT_BYTES}`);
  expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
});
