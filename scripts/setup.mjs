// What a clean clone needs, fetched once and kept: npm packages, the pinned Rust and its wasm
// target. Runs on the machine's own Node.js (20 or newer) with Node's own modules alone; prints
// only what it does.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EXIT, Failure } from './failure.mjs';
import { once, probe, root, run, step } from './run.mjs';

export const WASM = 'wasm32-unknown-unknown';

/** Fetch what is missing. A second call does nothing and says nothing. */
export async function setUp() {
  requireMachine();
  await Promise.all([npmPackages(), rust()]);
}

/** What the machine must have by itself. */
export function requireMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    throw new Failure(
      `Node.js 20.12 or newer is needed, and this is ${process.versions.node}: install a newer one and run this again.`,
      EXIT.machine,
    );
  }
  if (probe('rustup', ['--version']).status !== 0) {
    throw new Failure(
      'rustup is missing. Install it from rustup.rs, open a new shell, and run this again.',
      EXIT.machine,
    );
  }
  const hasOwnLinker = Object.keys(process.env).some((name) =>
    /^CARGO_TARGET_.*_LINKER$/.test(name),
  );
  if (!hasOwnLinker && probe('cc', ['--version']).status !== 0) {
    throw new Failure(
      'The C linker cc is missing, which Rust links with. Install it (Debian and Ubuntu: apt-get install gcc libc6-dev; ' +
        'macOS: xcode-select --install) and run this again.',
      EXIT.machine,
    );
  }
}

/** npm empties the folder that it installs into. */
export function requireNoLink(folder) {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new Failure(
    `${folder} is a link, and npm would empty the folder that it leads to: remove the link and run this again.`,
    EXIT.machine,
  );
}

export const npmPackages = once(async () => {
  const folder = join(root, 'node_modules');
  requireNoLink(folder);
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(folder, '.fitting-room-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // On the machine's Node.js: npm replaces the pinned one.
  const PATH = process.env.PATH.split(delimiter)
    .filter((folder) => !folder.startsWith(root))
    .join(delimiter);
  await step('npm packages: fetch', '30 s', () =>
    run('npm', ['ci', '--loglevel=error'], { env: { PATH }, fetches: true }),
  );
  writeFileSync(stamp, wanted);
});

/**
 * The toolchain that rust-toolchain.toml names, with the wasm target. One that is there keeps all
 * that it has: only a missing target is added.
 */
export const rust = once(async () => {
  // Asked without its own installing, which would be silent and bring the machine's whole profile.
  if (probe('cargo', ['--version'], { RUSTUP_AUTO_INSTALL: '0' }).status !== 0) {
    const toolchain = pinnedToolchain();
    const parts = ['--profile', 'minimal', '--component', 'clippy,rustfmt', '--target', WASM];
    const install = ['toolchain', 'install', toolchain, ...parts, '--no-self-update'];
    await step(`Rust ${toolchain}: install beside the machine's own`, '1 min', () =>
      run('rustup', install, { fetches: true }),
    );
  }
  const { status, stdout } = probe('rustup', ['target', 'list', '--installed']);
  if (status === 0 && stdout.split('\n').includes(WASM)) return;
  await step(`Rust: add the target ${WASM}`, '5 s', () =>
    run('rustup', ['target', 'add', WASM], { fetches: true }),
  );
});

function pinnedToolchain() {
  const pinned = /^channel = "([^"]+)"$/m.exec(
    readFileSync(join(root, 'rust-toolchain.toml'), 'utf8'),
  )?.[1];
  if (pinned === undefined) throw new Failure('rust-toolchain.toml names no channel.');
  return pinned;
}
