// What the build checks about its own tools.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { requireSameVersion } from '../binder.mjs';
import { EXIT } from '../failure.mjs';
import { root, run } from '../run.mjs';
import { forWorkerd } from '../worker.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fitting-room-build-'));
after(() => rmSync(folder, { recursive: true }));

const lockOf = (name, version) => {
  const file = join(folder, `${name}-${version}.lock`);
  writeFileSync(file, `[[package]]\nname = "${name}"\nversion = "${version}"\n`);
  return file;
};

test('the build tool has the version of wasm-bindgen that the Workers have', () => {
  requireSameVersion(join(root, 'Cargo.lock'), join(root, 'scripts', 'binder', 'Cargo.lock'));
});

test('a build tool of another version is refused', () => {
  const workspace = lockOf('wasm-bindgen', '0.2.130');
  assert.throws(
    () => requireSameVersion(workspace, lockOf('wasm-bindgen-cli-support', '0.2.129')),
    {
      message:
        /Cargo\.lock has wasm-bindgen 0\.2\.130, and scripts\/binder has wasm-bindgen-cli-support 0\.2\.129: set both to the same/,
    },
  );
  requireSameVersion(workspace, lockOf('wasm-bindgen-cli-support', '0.2.130'));
});

const GLUE = `import * as import1 from "./snippets/x/src/a.js"
import source wasmModule from "./index_bg.wasm";
    return {
        "./index_bg.js": import0,
        "./snippets/x/src/a.js": import1,
        "./snippets/x/src/a.js": import2,
        "./snippets/x/src/b.js": import3,
`;

test('the bindings import wasm as workerd has it, and list a module once', () => {
  const made = forWorkerd(GLUE);
  assert.match(made, /^import wasmModule from/m);
  assert.deepEqual(made.match(/": import\d/g), ['": import0', '": import1', '": import3']);
});

test('bindings of another form are refused', () => {
  assert.throws(() => forWorkerd('const wasm = 1;'), {
    message: /have 0 times "import source wasmModule from", and once is what/,
  });
});

const fails = (line, options) =>
  run(process.execPath, ['-e', `console.error(${JSON.stringify(line)}); process.exit(7)`], options);

test('a registry that can’t be reached is told from any other failure', async () => {
  const offline = [
    'npm error code EAI_AGAIN',
    'error: could not download file from a server',
    'warning: spurious network error (3 tries remaining)',
  ];
  for (const line of offline) {
    await assert.rejects(fails(line, { fetches: true }), {
      message: /could not reach its registry\. Connect to the network/,
      exitCode: EXIT.network,
    });
  }
  await assert.rejects(fails(offline[0]), { message: /ended with 7\.$/, exitCode: 1 });
  await assert.rejects(fails('error[E0308]: mismatched types', { fetches: true }), {
    message: /ended with 7\.$/,
    exitCode: 1,
  });
});

test('a command that isn’t there is named', async () => {
  await assert.rejects(run('a-command-that-is-not-there', []), {
    message: /^a-command-that-is-not-there could not be started/,
    exitCode: EXIT.machine,
  });
});
