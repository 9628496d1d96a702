// Which tests a change asks for, and how counts are read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../changed.mjs';
import { countTests } from '../parts/rust.mjs';

const PACKAGES = [
  { name: 'fitting-room', folder: '' },
  { name: 'fashn', folder: 'fashn' },
  { name: 'simulation', folder: 'simulation' },
];
const chosen = (...files) => choose({ base: 'abc', files }, PACKAGES);

test('Rust asks for its own package', () => {
  const { parts, packages } = chosen('fashn/src/price.rs');
  assert.deepEqual(packages, ['fashn']);
  assert.deepEqual(parts, ['check', 'native']);
});

test('the gateway’s Rust asks for the simulation too, which plays it', () => {
  const { parts, packages, hasWorkerRust } = chosen('src/lib.rs');
  assert.deepEqual(packages, ['fitting-room']);
  assert.deepEqual(parts, ['check', 'native', 'simulation']);
  assert.equal(hasWorkerRust, true);
});

test('what all packages share asks for all', () => {
  assert.deepEqual(chosen('Cargo.toml').packages, ['fitting-room', 'fashn']);
});

test('TypeScript asks for the specs that import it, the bench for the bench', () => {
  const { parts, packages, vitest } = chosen('bench/bench.ts', 'tests/gateway.ts');
  assert.deepEqual(parts, ['check', 'workers', 'bench']);
  assert.deepEqual(packages, []);
  assert.deepEqual(vitest, ['--changed=abc', '--passWithNoTests']);
});

test('a page of the docs asks for no test', () => {
  assert.deepEqual(chosen('docs/waiting.md').parts, ['check']);
});

test('a cargo run that ends without a closing line is one failure', () => {
  assert.deepEqual(countTests('error: could not compile', false), { passed: 0, failed: 1 });
  const output =
    'test result: ok. 5 passed; 0 failed; 1 ignored\ntest result: FAILED. 2 passed; 3 failed; 0 ignored\n';
  assert.deepEqual(countTests(output, false), { passed: 7, failed: 3 });
});
