// `npm run check`: format, lints for both targets, types, docs. Warnings count as errors.
import { join } from 'node:path';
import { EXIT, Failure } from './failure.mjs';
import { node, probe, root, run } from './run.mjs';
import { asScript } from './script.mjs';
import { WASM, setUp } from './setup.mjs';

const strict = ['--', '-D', 'warnings'];
const workers = ['-p', 'fitting-room', '-p', 'fashn-sandbox', '--target', WASM];
const binder = join(root, 'scripts', 'binder', 'Cargo.toml');

const checks = [
  ['format', 'cargo', ['fmt', '--all', '--check']],
  ['format, build tool', 'cargo', ['fmt', '--check', '--manifest-path', binder]],
  [
    'lints, host',
    'cargo',
    ['clippy', '--quiet', '--workspace', '--all-targets', '--locked', ...strict],
  ],
  ['lints, wasm', 'cargo', ['clippy', '--quiet', ...workers, '--locked', ...strict]],
  [
    'docs',
    'cargo',
    ['doc', '--quiet', '--workspace', '--no-deps', '--document-private-items', '--locked'],
    { RUSTDOCFLAGS: '-D warnings' },
  ],
  ['types', node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]],
];

export async function check() {
  requireComponents();
  for (const [name, command, args, env] of checks) {
    console.log(`check: ${name}`);
    await run(command, args, { env });
  }
}

/** Only checks need these; a toolchain of the machine's own may lack them. */
function requireComponents() {
  for (const [component, command] of [
    ['clippy', 'clippy'],
    ['rustfmt', 'fmt'],
  ]) {
    if (probe('cargo', [command, '--version']).status === 0) continue;
    throw new Failure(
      `Rust's ${component} is missing. Run: rustup component add ${component}`,
      EXIT.machine,
    );
  }
}

await asScript(import.meta.url, async () => {
  await setUp();
  await check();
});
