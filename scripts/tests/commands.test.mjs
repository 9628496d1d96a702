// What the commands say, and their exit codes, where something is wrong before any work begins.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { EXIT } from '../failure.mjs';
import { root } from '../run.mjs';
import { requireFree } from '../ports.mjs';
import { requireNoLink } from '../setup.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fitting-room-commands-'));
after(() => rmSync(folder, { recursive: true }));

/** What is empty is unset, whatever this machine's `.dev.vars` says. */
const UNSET = { FASHN_BASE_URL: '', FASHN_API_KEY: '', PORT: '', SANDBOX_PORT: '' };

/** Runs a script with these settings and nothing else that is set. */
function command(script, args = [], settings = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...UNSET, ...settings };
  return spawnSync(process.execPath, [join(root, 'scripts', script), ...args], {
    env,
    encoding: 'utf8',
  });
}

/** A folder with commands that do nothing, to be a whole PATH. */
function pathWith(...names) {
  const path = mkdtempSync(join(folder, 'path-'));
  for (const name of names) {
    writeFileSync(join(path, name), '#!/bin/sh\n');
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const asked = [
  ['start.mjs', ['--kep'], /npm start does not know --kep\. It takes -- --keep/],
  [
    'build.mjs',
    ['gatway'],
    /There is no part gatway to build\. There are: gateway, sandbox, storefront, woocommerce\./,
  ],
  ['keys.mjs', ['--all'], /npm run keys takes nothing, or -- --dev-vars/],
  [
    'test.mjs',
    ['test', 'nativ'],
    /npm test does not know nativ\.[^]*one of check, scripts, native/,
  ],
  [
    'test.mjs',
    ['test', '--repeat', 'often'],
    /--repeat takes a number from 1 to 1000, not often\./,
  ],
  ['test.mjs', ['test', 'native', '--changed'], /--changed chooses the parts itself/],
  ['test.mjs', ['long', '--changed'], /npm run test:long does not know --changed\./],
  ['coverage.mjs', ['app'], /npm run coverage takes nothing\./],
  ['measure.mjs', [], /npm run measure takes one of/],
  ['measure.mjs', ['hot'], /npm run measure takes one of -- cold/],
];

for (const [script, args, says] of asked) {
  test(`${script} ${args.join(' ')} is refused with a sentence`, () => {
    const { status, stderr } = command(script, args);
    assert.match(stderr, says);
    assert.equal(status, EXIT.usage);
  });
}

const settings = [
  [{ FASHN_BASE_URL: 'https://fashn.example' }, /FASHN_BASE_URL is set and FASHN_API_KEY is not/],
  [{ PORT: 'http' }, /PORT must be a port number from 0 to 65535, not http\./],
  [{ SANDBOX_PORT: '65536' }, /SANDBOX_PORT must be a port number/],
  [{ PORT: '9100', SANDBOX_PORT: '9100' }, /PORT and SANDBOX_PORT are both 9100/],
];

for (const [set, says] of settings) {
  test(`npm start with ${JSON.stringify(set)} is refused before anything is built`, () => {
    const { status, stderr, stdout } = command('start.mjs', [], set);
    assert.match(stderr, says);
    assert.equal(status, EXIT.usage);
    assert.equal(stdout, '');
  });
}

test('npm start says which setting moves it from a port that is taken', async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await assert.rejects(requireFree(port, 'SANDBOX_PORT'), {
    message: new RegExp(`Port ${port} is taken already: set SANDBOX_PORT`),
    exitCode: EXIT.port,
  });
  const { status, stderr } = command('start.mjs', [], { PORT: String(port), SANDBOX_PORT: '0' });
  assert.match(stderr, new RegExp(`Port ${port} is taken already: set PORT to another`));
  assert.equal(status, EXIT.port);
  await new Promise((resolve) => server.close(resolve));
  await requireFree(port, 'PORT');
});

test('a machine without rustup is told where to get it', () => {
  const { status, stderr } = command('build.mjs', [], { PATH: pathWith() });
  assert.match(stderr, /rustup is missing\. Install it from rustup\.rs/);
  assert.equal(status, EXIT.machine);
});

test('a machine without a C linker is told how to get one', () => {
  const { status, stderr } = command('build.mjs', [], { PATH: pathWith('rustup') });
  assert.match(stderr, /The C linker cc is missing[^]*apt-get install gcc libc6-dev/);
  assert.equal(status, EXIT.machine);
});

test('packages are not fetched through a link into another folder', () => {
  const link = join(folder, 'node_modules');
  symlinkSync(tmpdir(), link);
  assert.throws(() => requireNoLink(link), { message: /is a link, and npm would empty the folder/ });
  requireNoLink(folder);
  requireNoLink(join(folder, 'not-there'));
});

/** The modules that this one imports before its first line runs, itself among them. */
function loaded(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|.* from) '(.+)';$/gm)) {
    if (from.startsWith('.')) loaded(join(dirname(file), from), seen);
    else seen.add(from);
  }
  return seen;
}

test('every command begins in a clone that has no npm packages yet', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const [name, line] of Object.entries(scripts)) {
    const modules = [...loaded(join(root, line.split(' ')[1]))];
    assert.ok(modules.length > 1, `npm run ${name} imports nothing that was found`);
    const packages = modules.filter((one) => !one.startsWith('node:') && !one.startsWith('/'));
    assert.deepEqual(packages, [], `npm run ${name}`);
  }
});
