// A release: made twice, installed where there is no Rust, started, looked at, deployed.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../scripts/ports.mjs';
import { release } from '../scripts/release.mjs';
import { startCloudflare } from './deploy/cloudflare.ts';

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'fitting-room-release-'));
const [out, again, home] = ['one', 'again', 'home'].map((name) => join(folder, name)) as [string, string, string];
let file = '';
let started: ChildProcess | undefined;

beforeAll(async () => {
  file = await release(out);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--loglevel=error', file]);
}, 10 * MINUTES);
afterAll(() => {
  started?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that a shell needs, and Node.js with npm: no Rust. */
const PATH = [noRust(), '/usr/bin', '/bin'].join(delimiter);

function noRust(): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['node', 'npm', 'npx']) symlinkSync(found(name), join(bin, name));
  return bin;
}

/** Where a command is, in folders that aren't this repository's. */
function found(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const at = folders.map((path) => join(path, name)).find(existsSync);
  if (at === undefined) throw new Error(`there is no ${name}`);
  return at;
}

/** Runs a command in the folder of somebody without Rust. */
async function run(command: string, args: string[], env: Record<string, string> = {}, cwd = home) {
  const options = { cwd, env: { HOME: process.env['HOME'], PATH, ...env }, maxBuffer: 1 << 26 };
  return promisify(execFile)(command, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, said: String(stdout) + String(stderr) }),
  );
}

const fittingRoom = (args: string[], env: Record<string, string> = {}) => run('npx', ['fitting-room', ...args], env);

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('the same sources give the same bytes', async () => {
  await release(again);
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
  expect(readdirSync(again, { recursive: true, encoding: 'utf8' }).sort()).toEqual(names);
  expect(readFileSync(join(again, 'SHA256SUMS'), 'utf8')).toBe(readFileSync(join(out, 'SHA256SUMS'), 'utf8'));
  for (const line of readFileSync(join(out, 'SHA256SUMS'), 'utf8').trim().split('\n')) {
    const [hash, name = ''] = line.split('  ');
    expect(sha256(join(out, name)), name).toBe(hash);
  }
}, 10 * MINUTES);

test('what shops install is in it: the theme extension and the plugin', () => {
  const own = join(home, 'node_modules/@fitting-room/gateway');
  expect(existsSync(join(own, 'shopify/extensions/try-it-on/assets/try-it-on.js'))).toBe(true);
  // As WordPress takes it: an archive, with its first file in the plugin's own folder.
  const archive = readFileSync(join(own, 'woocommerce/try-it-on.zip'));
  expect(archive.subarray(0, 2).toString()).toBe('PK');
  expect(archive.includes('try-it-on/try-it-on.php')).toBe(true);
});

test('there is no Rust here', async () => {
  expect((await run('sh', ['-c', 'command -v cargo rustc rustup'])).code).not.toBe(0);
});

test('the bill of materials has every crate and every package, each with its licence', () => {
  const { components } = JSON.parse(readFileSync(join(out, 'sbom.cdx.json'), 'utf8'));
  const purls = components.map(({ purl }: { purl: string }) => purl) as string[];
  const has = (start: string) => purls.some((purl) => purl.startsWith(start));
  for (const name of ['cargo/worker', 'cargo/serde_json', 'cargo/hmac', 'npm/lit', 'npm/pica', 'npm/wrangler']) {
    expect(has(`pkg:${name}@`), name).toBe(true);
  }
  // What tests alone need isn't in a release.
  for (const name of ['cargo/proptest', 'cargo/rusqlite', 'npm/vitest']) expect(has(`pkg:${name}@`), name).toBe(false);
  const { packages } = JSON.parse(readFileSync(join(home, 'node_modules/@fitting-room/gateway/npm-shrinkwrap.json'), 'utf8'));
  const places = Object.keys(packages).filter(Boolean);
  expect(places.length).toBeGreaterThan(10);
  for (const place of places) {
    const name = place.split('node_modules/').at(-1)?.replace('@', '%40');
    expect(purls).toContain(`pkg:npm/${name}@${packages[place].version}`);
  }
  expect(components.filter(({ licenses }: { licenses?: unknown }) => licenses === undefined)).toEqual([]);
});

test('it starts, serves the shop, and passes the doctor with a whole try-on', async () => {
  const [port, sandbox] = await freePorts(2);
  const env = { PORT: String(port), SANDBOX_PORT: String(sandbox), STAFF_TOKEN: 'a-staff-token-of-a-test', SANDBOX_TIME_SCALE: '0.05' };
  const node = join(home, 'node_modules/.bin/fitting-room');
  started = spawn(node, ['start'], { cwd: home, env: { HOME: process.env['HOME'], PATH, ...env } });
  await saying(started, 'Ctrl-C ends it.');
  const { code, said } = await fittingRoom(['doctor', `http://127.0.0.1:${port}`, '--page', `http://127.0.0.1:${port}/`, '--try'], env);
  expect(said).toContain('A try-on was completed');
  expect(said).not.toContain('WRONG');
  expect(code).toBe(0);
  started.kill('SIGTERM');
}, 3 * MINUTES);

test('it deploys with settings and secrets of a file, and again', async () => {
  const cloudflare = await startCloudflare();
  try {
    const settings = join(home, 'production.env');
    const secrets = { FASHN_API_KEY: 'fa-key', SIGNING_SECRET: 's'.repeat(40), STAFF_TOKEN: 't'.repeat(40) };
    const lines = Object.entries({ ...secrets, ALLOWED_ORIGINS: 'https://shop.example' }).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(settings, lines.join(''));
    for (const time of ['first', 'second']) {
      const { code, said } = await fittingRoom(['deploy', '--settings', settings], { ...cloudflare.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' });
      expect([time, code, said]).toEqual([time, 0, said]);
      for (const secret of Object.values(secrets)) expect(said).not.toContain(secret);
    }
    expect(cloudflare.unknown).toEqual([]);
    const worker = cloudflare.workers.get('fitting-room');
    expect(Object.fromEntries(worker?.secrets ?? [])).toEqual(secrets);
    const vars = worker?.upload.metadata.bindings?.filter(({ type }) => type === 'plain_text');
    expect(vars).toEqual([expect.objectContaining({ name: 'ALLOWED_ORIGINS', text: 'https://shop.example' })]);
    expect([...(worker?.classes ?? [])].sort()).toEqual(['AccountObject', 'BodyObject']);
    expect(worker?.assets).toContain('/try-it-on.js');
  } finally {
    await cloudflare.stop();
  }
}, 3 * MINUTES);

test('settings that are wrong are told before anything is deployed', async () => {
  const settings = join(home, 'wrong.env');
  writeFileSync(settings, 'SIGNING_SECRET=short\nALLOWED_ORIGINS=https://shop.example/\n');
  const { code, said } = await fittingRoom(['deploy', '--settings', settings, '--dry-run']);
  expect(code).toBe(2);
  for (const sentence of ['FASHN_API_KEY is missing', 'SIGNING_SECRET has 5 characters', 'https://shop.example/']) expect(said).toContain(sentence);
});

test('a command that isn’t there is a sentence', async () => {
  const { code, said } = await fittingRoom(['deplyo']);
  expect([code, said]).toEqual([2, expect.stringContaining('There is no command deplyo.')]);
});

test('the folder of the deploy button is whole: it deploys by itself, with a word beside each field', async () => {
  const button = join(folder, 'button');
  cpSync(join(out, 'deploy'), button, { recursive: true });
  const { code, said } = await run(join(home, 'node_modules/.bin/wrangler'), ['deploy', '--dry-run'], { PATH: [pinnedNode(), PATH].join(delimiter) }, button);
  expect(said).toContain('env.ACCOUNT');
  expect(code).toBe(0);
  const { cloudflare } = JSON.parse(readFileSync(join(button, 'package.json'), 'utf8'));
  const asked = readFileSync(join(button, '.dev.vars.example'), 'utf8').match(/^[A-Z_]+(?==)/gm) ?? [];
  expect(asked).toContain('FASHN_API_KEY');
  for (const name of asked) expect(cloudflare.bindings[name]?.description, name).toBeTruthy();
}, 3 * MINUTES);

/** The Node.js that the release brings, for a wrangler that is called by itself. */
const pinnedNode = () => join(home, 'node_modules/node/bin');

/** Resolves once a process says the words. */
function saying(child: ChildProcess, words: string): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        said += text;
        if (said.includes(words)) resolve();
      });
    }
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}

