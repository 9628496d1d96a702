// What `npm start` makes of the environment and of `.dev.vars`.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../run.mjs';
import { localStart, readSettings } from '../settings.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fitting-room-settings-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, '.dev.vars');
writeFileSync(
  file,
  `# Of this machine.\nSTAFF_TOKEN="token of the file"\nQUEUE_LENGTH=7\nPOLICY='{"models":{}}'\n`,
);

test('the environment comes before .dev.vars, and what is empty is not set', () => {
  const settings = readSettings({ QUEUE_LENGTH: '9', DAY_CREDITS: ' ', npm_config_x: 'y' }, file);
  assert.deepEqual(settings, {
    STAFF_TOKEN: 'token of the file',
    QUEUE_LENGTH: '9',
    POLICY: '{"models":{}}',
  });
});

test('a name of a binding is not handed on', () => {
  const [, binding] = /binding = "(\w+)"/.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'));
  assert.deepEqual(readSettings({ [binding]: 'x', STAFF_TOKEN: 'z' }, join(folder, 'none')), {
    STAFF_TOKEN: 'z',
  });
});

test('the gateway gets every setting, beside the key for the sandbox', () => {
  const { withSandbox, gateway, port, sandboxPort } = localStart({ RUN_RATE: '5/60', SHOPS: '{}' });
  assert.deepEqual(
    { withSandbox, port, sandboxPort },
    { withSandbox: true, port: 8787, sandboxPort: 8788 },
  );
  assert.deepEqual(gateway, {
    FASHN_API_KEY: 'sandbox-key',
    VISITOR_DAY_ATTEMPTS: '200',
    RUN_RATE: '5/60',
    SHOPS: '{}',
  });
  assert.equal(localStart({ FASHN_API_KEY: 'own' }).gateway.FASHN_API_KEY, 'own');
});

test('the sandbox gets its own settings by their prefix, and none of the gateway’s', () => {
  const { sandbox } = localStart({
    MAX_BODY_BYTES: '1000',
    SANDBOX_MAX_BODY_BYTES: '2000',
    SANDBOX_TIME_SCALE: '1',
    SANDBOX_CONTROL: 'off',
  });
  assert.equal(sandbox.MAX_BODY_BYTES, '2000');
  assert.equal(sandbox.TIME_SCALE, '1');
  assert.equal(sandbox.SANDBOX_CONTROL, 'off');
});

test('another FASHN needs a key, and no sandbox', () => {
  const { withSandbox, gateway } = localStart({
    FASHN_BASE_URL: 'https://fashn.example',
    FASHN_API_KEY: 'key',
  });
  assert.equal(withSandbox, false);
  assert.deepEqual(gateway, { FASHN_BASE_URL: 'https://fashn.example', FASHN_API_KEY: 'key' });
});
