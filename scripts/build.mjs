// Builds the gateway, the sandbox and the storefront. `npm run build [gateway|sandbox|storefront …]`.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, run, setUp, toolEnv, workerBuild } from './setup.mjs';
import { asScript } from './script.mjs';

const parts = {
  gateway,
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
].map((name) => `--enable-${name}`);

/**
 * rustc and wasm-bindgen keep every function's name, a sixth of the file; a panic's message has its file and line without.
 * A second round of -Oz still finds something, more so when --gufa has told it which values there can be at all. The
 * first kilobyte of memory is the far end of Rust's stack: no address of a value lies there, which lets offsets be
 * folded. A function that is called from one place is written into it unless it is large: that compresses worse, by 6 kB
 * of all, but V8 looks something up at each call of one that it hasn't optimised yet, and few are for most of an isolate's life.
 */
const SMALL = [
  '--strip-debug', '--strip-producers', '--strip-target-features', '--gufa', '-Oz', '--low-memory-unused',
  '--one-caller-inline-max-function-size=100',
];

/**
 * The gateway has a door of its own, src/edge/worker.js: compile, bind, bundle the door with the bindings, and drop from
 * the wasm what nothing in the bundle calls.
 */
function gateway() {
  const env = toolEnv();
  const build = join(root, 'build');
  const bound = join(build, '.bound');
  const target = 'wasm32-unknown-unknown';
  // Its own name for the futures of js-sys, as worker-build has it.
  run('cargo', ['build', '--release', '--lib', '--package', 'fitting-room', '--target', target], { env: { ...env, WASM_BINDGEN_USE_JS_SYS: '1' } });
  mkdirSync(bound, { recursive: true });
  const wasm = join(root, 'target', target, 'release', 'fitting_room.wasm');
  run(env.WASM_BINDGEN_BIN, [
    wasm, '--target', 'module', '--no-typescript', '--out-dir', bound, '--out-name', 'index',
    '--experimental-reset-state-function', '--force-enable-abort-handler',
  ], { env });
  const glue = join(bound, 'index.js');
  const bindings = readFileSync(glue, 'utf8')
    // workerd hands a compiled module out by the plain import.
    .replace('import source wasmModule from', 'import wasmModule from')
    // The door's own module, not a copy beside it.
    .replace(/(?<=from )(['"])\.\/snippets\/[^'"]*(\/src\/edge\/\w+\.js)\1/g, (_, quote, module) => `${quote}${root}${module}${quote}`);
  writeFileSync(glue, withoutClasses(onceEach(bindings)));
  const bundle = join(build, 'index.js');
  run(env.ESBUILD_BIN, [
    join(root, 'src', 'edge', 'worker.js'), `--alias:gateway=${glue}`, '--bundle', '--minify', '--format=esm',
    '--external:./index_bg.wasm', '--external:cloudflare:*', `--outfile=${bundle}`, '--log-level=warning',
  ], { env });
  const called = calledExports(bound, bindings, readFileSync(bundle, 'utf8'));
  const small = join(build, 'index_bg.wasm');
  run(join(root, 'node_modules', '.bin', 'wasm-metadce'), [join(bound, 'index_bg.wasm'), ...WASM_FEATURES, '--graph-file', called, '-o', small], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  run(env.WASM_OPT_BIN, [small, ...WASM_FEATURES, '-Oz', ...SMALL, '-o', small], { env });
  rmSync(bound, { recursive: true });
}

/** A module is listed once for each of its functions: a bundler warns of that, wrangler's too. */
function onceEach(bindings) {
  const listed = new Set();
  return bindings.replaceAll(/^ *("\.\/snippets\/[^"]*"): import\d+,\n/gm, (line, module) => {
    const isFirst = !listed.has(module);
    listed.add(module);
    return isFirst ? line : '';
  });
}

/** Classes that the `worker` crate exports, which are no objects of ours, and their registries: they look used to a bundler, and with them their wasm. */
function withoutClasses(bindings) {
  return bindings
    .replaceAll(/^(?:export )?class (?!PredictionObject|DispatcherObject)(\w+) \{\n[^]*?^\}\n(?:if \(Symbol\.dispose\) \1\b.*\n)?/gm, '')
    .replaceAll(/^const (?!PredictionObject|DispatcherObject)\w+Finalization = [^]*?^\}\);\n/gm, '');
}

/**
 * Writes down which exports the bundle calls, in the form that wasm-metadce reads. They are read off the bindings and not
 * by compiling the module: the first `npm test` of a clone runs on the machine's own Node.js, and version 20 can't.
 */
function calledExports(folder, bindings, bundle) {
  const left = namesIn(bundle, /\.([\w$]+)/g);
  const called = [...namesIn(bindings, /\bwasm\.([\w$]+)/g)].filter((name) => left.has(name)).map((name) => ({ name: `export ${name}`, export: name }));
  const graph = join(folder, 'called.json');
  writeFileSync(graph, JSON.stringify([{ name: 'bundle', root: true, reaches: called.map(({ name }) => name) }, ...called]));
  return graph;
}

const namesIn = (script, pattern) => new Set(Array.from(script.matchAll(pattern), ([, name]) => name));

function worker(home) {
  run(workerBuild(), ['--release'], { cwd: home, env: toolEnv() });
  const wasm = join(home, 'build', 'index_bg.wasm');
  run(toolEnv().WASM_OPT_BIN, [wasm, ...WASM_FEATURES, ...SMALL, '-o', wasm], { env: toolEnv() });
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
