// What the WooCommerce plugin's archive has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildPlugin, pluginFiles } from '../../woocommerce/build.mjs';
import { probe } from '../run.mjs';

const text = (path) => String(pluginFiles().find((file) => file.path === path)?.bytes);

test('the archive has the plugin in its folder, and a second one is the same', () => {
  const first = readFileSync(buildPlugin());
  assert.deepEqual(readFileSync(buildPlugin()), first);
  const paths = pluginFiles().map(({ path }) => path);
  for (const path of ['try-it-on.php', 'readme.txt', 'uninstall.php', 'src/Plugin.php']) {
    assert.ok(paths.includes(`try-it-on/${path}`), path);
  }
  assert.ok(paths.every((path) => !/(^|\/)(\.|tests\/)/.test(path)));
});

test('another program reads the archive', (context) => {
  const { status, stdout } = probe('python3', ['-m', 'zipfile', '-t', buildPlugin()]);
  if (status === undefined) context.skip('there is no python3');
  else assert.equal(`${status} ${stdout.trim()}`, '0 Done testing');
});

test('the version is the same wherever it is written', () => {
  const [, version] = /^ \* Version: +(\S+)$/m.exec(text('try-it-on/try-it-on.php'));
  const [, constant] = /VERSION = '([^']+)'/.exec(text('try-it-on/src/Plugin.php'));
  const [, stable] = /^Stable tag: (\S+)$/m.exec(text('try-it-on/readme.txt'));
  assert.deepEqual([constant, stable], [version, version]);
});
