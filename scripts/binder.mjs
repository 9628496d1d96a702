// The build tool that writes JavaScript bindings (scripts/binder/), compiled once for a clone.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { once, root, run, step } from './run.mjs';
import { rust } from './setup.mjs';

const source = join(root, 'scripts', 'binder');
const tools = join(root, '.tools');

/** The tool's path; it is compiled if there is none of just these sources. */
export const binder = once(async () => {
  requireSameVersion(join(root, 'Cargo.lock'), join(source, 'Cargo.lock'));
  const hash = createHash('sha256');
  for (const file of ['Cargo.toml', 'Cargo.lock', 'src/main.rs', 'src/order.rs'])
    hash.update(readFileSync(join(source, file)));
  const name = `binder-${hash.digest('hex').slice(0, 16)}`;
  const tool = join(tools, name);
  if (existsSync(tool)) return tool;
  await rust();
  await step('build tool: compile, once', '1 min', () => compile(tool));
  for (const other of readdirSync(tools)) {
    if (other.startsWith('binder-') && other !== name)
      rmSync(join(tools, other), { recursive: true });
  }
  return tool;
});

/** The bindings are right for one version of wasm-bindgen alone. */
export function requireSameVersion(workspaceLock, binderLock) {
  const workspace = lockedVersion(workspaceLock, 'wasm-bindgen');
  const tool = lockedVersion(binderLock, 'wasm-bindgen-cli-support');
  if (workspace === tool) return;
  throw new Failure(
    `Cargo.lock has wasm-bindgen ${workspace}, and scripts/binder has wasm-bindgen-cli-support ${tool}: set both to the same ` +
      'version, in Cargo.toml and in scripts/binder/Cargo.toml.',
  );
}

function lockedVersion(lock, name) {
  const found = new RegExp(`name = "${name}"\nversion = "([^"]+)"`).exec(
    readFileSync(lock, 'utf8'),
  );
  if (!found) throw new Failure(`${lock} has no ${name}.`);
  return found[1];
}

/** Compiles into a folder that is gone afterwards: 200 MB for a tool of 5. */
async function compile(tool) {
  const target = join(tools, `target-${process.pid}`);
  mkdirSync(target, { recursive: true });
  try {
    const manifest = join(source, 'Cargo.toml');
    await run(
      'cargo',
      ['build', '--quiet', '--locked', '--manifest-path', manifest, '--target-dir', target],
      { fetches: true },
    );
    renameSync(join(target, 'debug', 'binder'), tool);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
