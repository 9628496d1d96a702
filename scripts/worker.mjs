// Builds a Worker: compile it to wasm, write its bindings, and bundle its entry module with them.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binder } from './binder.mjs';
import { Failure } from './failure.mjs';
import { npmPackages, rust, WASM } from './setup.mjs';
import { once, root, run, step } from './run.mjs';

/** The packages of both Workers. */
const PACKAGES = ['fitting-room', 'fashn-sandbox'];

/**
 * Writes `index.js` and `index_bg.wasm` into the folder `out`. `entry` is the Worker's own module,
 * which imports the bindings of `package` by the name `bindings`; `home` is the package's folder.
 * `compile` is another way to compile it than all are.
 */
export async function worker({ package: name, home, entry, bindings, out, compile = compiled }) {
  const [wasm, tool] = await Promise.all([compile(), binder(), npmPackages()]);
  const bound = join(out, '.bound');
  rmSync(bound, { recursive: true, force: true });
  mkdirSync(bound, { recursive: true });
  await run(tool, [wasm(name), bound]);
  await bundle({ home, entry, bindings, bound, out });
  copyFileSync(join(bound, 'index_bg.wasm'), join(out, 'index_bg.wasm'));
  rmSync(bound, { recursive: true });
}

/**
 * Compiles both Workers in one go, whichever is asked for: what they share is compiled once, and
 * with the same features each time. Resolves to the file of a package.
 */
const compiled = once(() =>
  compileAs(['--release', ...PACKAGES.flatMap((name) => ['--package', name])]),
);

/** The gateway of the release after this one: `next-release` in Cargo.toml. */
export const compiledNext = once(() =>
  compileAs(['--profile', 'next-release', '--package', PACKAGES[0], '--features', 'next-release']),
);

async function compileAs(chosen) {
  await rust();
  const args = ['build', '--lib', '--quiet', '--locked', ...chosen, '--target', WASM];
  const messages = await step('Workers: compile', '2 min, seconds if little changed', () =>
    run('cargo', [...args, '--message-format', 'json-render-diagnostics'], {
      capture: true,
      fetches: true,
    }),
  );
  const files = messages
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => JSON.parse(line).filenames ?? []);
  return (name) => {
    const file = files.find((path) => path.endsWith(`/${name.replaceAll('-', '_')}.wasm`));
    if (file === undefined) throw new Failure(`cargo compiled no ${name}.wasm.`);
    return file;
  };
}

async function bundle({ home, entry, bindings, bound, out }) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(out, 'index.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['./index_bg.wasm', 'cloudflare:*'],
    logLevel: 'warning',
    plugins: [bindingsPlugin({ home, bindings, bound })],
  });
}

/** Tells esbuild where the bindings are, and where the modules that they import. */
function bindingsPlugin({ home, bindings, bound }) {
  const glue = join(bound, 'index.js');
  const exactly = (text) => new RegExp(`^${text.replace(/[.\\/]/g, '\\$&')}$`);
  return {
    name: 'bindings',
    setup(build) {
      build.onResolve({ filter: exactly(bindings) }, () => ({ path: glue }));
      // The package's own module, not wasm-bindgen's copy of it: the entry module imports it too,
      // and what it holds is there once.
      build.onResolve({ filter: /^\.\/snippets\/.*\/src\// }, ({ path }) => {
        const module = join(home, path.replace(/^\.\/snippets\/[^/]+\//, ''));
        if (!existsSync(module))
          throw new Failure(`The bindings import ${path}, and there is no ${module}.`);
        return { path: module };
      });
      build.onLoad({ filter: exactly(glue) }, () => ({
        contents: forWorkerd(readFileSync(glue, 'utf8')),
      }));
    },
  };
}

/**
 * workerd hands a compiled module out by the plain import; and a module is listed once, not once
 * for each of its functions.
 */
export function forWorkerd(glue) {
  const plain = replaced(glue, 'import source wasmModule from', 'import wasmModule from');
  const listed = new Set();
  return plain.replaceAll(/^ {8}"(\.\/snippets\/[^"]+)": import\d+,\n/gm, (line, module) => {
    if (listed.has(module)) return '';
    listed.add(module);
    return line;
  });
}

/** A replacement of generated code that must find what it replaces, just once. */
function replaced(text, from, to) {
  const parts = text.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Failure(
    `The bindings have ${parts.length - 1} times "${from}", and once is what scripts/worker.mjs knows.`,
  );
}
