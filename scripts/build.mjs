// Builds the gateway, the sandbox and the storefront. `npm run build [gateway|sandbox|storefront …]`.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, run, setUp, toolEnv, workerBuild } from './setup.mjs';
import { asScript } from './script.mjs';

const parts = {
  gateway: () => worker(root),
  sandbox: () => worker(join(root, 'sandbox')),
  storefront: () => {
    const script = join(root, 'storefront', 'build.mjs');
    run(node, [script], { env: toolEnv() });
    // The contract is served as a file, so that it costs the Worker nothing.
    copyFileSync(join(root, 'openapi.json'), join(root, 'storefront', 'dist', 'openapi.json'));
  },
};

/** What rustc and wasm-bindgen emit; not all that wasm-opt knows is known to workerd. */
const WASM_FEATURES = [
  'simd', 'mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types',
  'exception-handling',
];

function worker(home) {
  run(workerBuild(), ['--release'], { cwd: home, env: toolEnv() });
  // worker-build keeps every function's name, a sixth of the file; a panic's message has its file and line without.
  // A second round of -Oz still finds something, more so when --gufa has told it which values there can be at all. The
  // first kilobyte of memory is the far end of Rust's stack: no address of a value lies there, which lets offsets be
  // folded.
  const wasm = join(home, 'build', 'index_bg.wasm');
  const passes = ['--strip-debug', '--strip-producers', '--strip-target-features', '--gufa', '-Oz', '--low-memory-unused'];
  run(toolEnv().WASM_OPT_BIN, [wasm, ...WASM_FEATURES.map((name) => `--enable-${name}`), ...passes, '-o', wasm], { env: toolEnv() });
}

export function build(names = Object.keys(parts)) {
  for (const name of names) {
    if (!parts[name]) throw new Error(`no part is called ${name}: ${Object.keys(parts).join(', ')}`);
    parts[name]();
  }
}

asScript(import.meta.url, () => {
  setUp();
  const named = process.argv.slice(2);
  build(named.length > 0 ? named : undefined);
});
