// Everything a clean clone needs, had once and kept: npm packages, the wasm target, the build tools.
// Runs on the machine's own Node (20 or newer) with Node's own modules alone; prints only what it does.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.tools');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Pinned here; `wasm-bindgen-cli` follows Cargo.lock, which it must equal to the digit. */
const WORKER_BUILD = '0.8.7';

/** Run a command in the foreground; a failure ends the set-up with a sentence. */
export function run(command, args, options = {}) {
  const { env, ...rest } = options;
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    ...rest,
  });
  if (done.error) throw new SetupError(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) throw new SetupError(`${command} ${args.join(' ')} ended with ${done.status ?? done.signal}`);
  return done;
}

export class SetupError extends Error {}

/** What a command needs beyond Node and cargo, as environment for the build. */
export function toolEnv() {
  return {
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    WASM_BINDGEN_BIN: join(cargoTool('wasm-bindgen-cli', wasmBindgenVersion()), 'wasm-bindgen'),
    WASM_OPT_BIN: bin('wasm-opt'),
    ESBUILD_BIN: bin('esbuild'),
  };
}

/** The pinned Node that npm brought, for everything after the set-up. */
export const node = bin('node');
export const workerBuild = () => join(cargoTool('worker-build', WORKER_BUILD), 'worker-build');

/** Install what is missing. A second call does nothing and says nothing. */
export function setUp() {
  requireRust();
  npmPackages();
  wasmTarget();
  cargoInstall('wasm-bindgen-cli', wasmBindgenVersion());
  cargoInstall('worker-build', WORKER_BUILD);
}

function requireRust() {
  const cargo = spawnSync('cargo', ['--version'], { cwd: root, encoding: 'utf8' });
  if (cargo.status !== 0) {
    throw new SetupError(`Rust is missing. Install rustup, then run this again.\n${cargo.stderr ?? cargo.error?.message ?? ''}`);
  }
}

function npmPackages() {
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules', '.fitting-room-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('npm packages');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

function wasmTarget() {
  const listed = spawnSync('rustup', ['target', 'list', '--installed'], { cwd: root, encoding: 'utf8' });
  if (listed.status === 0 && listed.stdout.includes('wasm32-unknown-unknown')) return;
  say('the wasm32 target of Rust');
  run('rustup', ['toolchain', 'install']);
  run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
}

function cargoTool(name, version) {
  return join(tools, `${name}-${version}`, 'bin');
}

function cargoInstall(name, version) {
  const home = dirname(cargoTool(name, version));
  const stamp = join(home, '.crates.toml');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').includes(`${name} ${version} `)) return;
  say(`${name} ${version} (compiled once, about 3 minutes on 2 cores)`);
  mkdirSync(home, { recursive: true });
  run('cargo', ['install', name, '--version', version, '--locked', '--quiet', '--root', home], {
    env: { CARGO_TARGET_DIR: join(tools, 'target') },
  });
}

function wasmBindgenVersion() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const found = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock);
  if (!found) throw new SetupError('Cargo.lock names no wasm-bindgen');
  return found[1];
}

function say(what) {
  console.log(`set-up: ${what}`);
}
