// `npm run check`: format, lints for both targets, types, docs. Warnings count as errors.
import { join } from 'node:path';
import { asScript } from './script.mjs';
import { node, root, run, setUp } from './setup.mjs';

const strict = ['--', '-D', 'warnings'];

const checks = [
  ['format', 'cargo', ['fmt', '--all', '--check']],
  ['lints, host', 'cargo', ['clippy', '--quiet', '--workspace', '--all-targets', '--locked', ...strict]],
  ['lints, wasm', 'cargo', ['clippy', '--quiet', '-p', 'fitting-room', '-p', 'fashn-sandbox', '--target', 'wasm32-unknown-unknown', '--locked', ...strict]],
  ['docs', 'cargo', ['doc', '--quiet', '--workspace', '--no-deps', '--document-private-items', '--locked'], { RUSTDOCFLAGS: '-D warnings' }],
  ['types', node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]],
];

export function check() {
  for (const [name, command, args, env] of checks) {
    console.log(`check: ${name}`);
    run(command, args, { env });
  }
}

asScript(import.meta.url, () => {
  setUp();
  check();
});
