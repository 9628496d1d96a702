// `npm run build [-- gateway|sandbox|storefront|woocommerce …]`: builds these parts, or all.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, Failure } from './failure.mjs';
import { node, root, run, step } from './run.mjs';
import { asScript } from './script.mjs';
import { npmPackages, requireMachine } from './setup.mjs';
import { compiledNext, worker } from './worker.mjs';
import { buildPlugin } from '../woocommerce/build.mjs';

const parts = { gateway: () => gateway(), sandbox, storefront, woocommerce: buildPlugin };

/** Builds parts side by side, and fetches what they need. */
export async function build(names = Object.keys(parts)) {
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    throw new Failure(
      `There is no part ${unknown} to build. There are: ${Object.keys(parts).join(', ')}.`,
      EXIT.usage,
    );
  }
  // The plugin is zipped by Node.js alone.
  if (names.some((name) => name !== 'woocommerce')) requireMachine();
  await Promise.all(names.map((name) => parts[name]()));
}

const GATEWAY = {
  package: 'fitting-room',
  home: root,
  entry: join(root, 'src', 'worker', 'entry.js'),
  bindings: 'gateway',
};

const gateway = () => worker({ ...GATEWAY, out: join(root, 'build') });

/** The folder of the gateway's next release, for tests of it beside this one. */
export const NEXT_RELEASE = join(root, 'target', 'next-release-worker');

export const buildNextRelease = () =>
  worker({ ...GATEWAY, out: NEXT_RELEASE, compile: compiledNext });

function sandbox() {
  const home = join(root, 'sandbox');
  const entry = join(home, 'src', 'edge', 'worker.js');
  return worker({
    package: 'fashn-sandbox',
    home,
    entry,
    bindings: 'sandbox',
    out: join(home, 'build'),
  });
}

async function storefront() {
  await npmPackages();
  await step('storefront: build', '5 s', () => run(node, [join(root, 'storefront', 'build.mjs')]));
  // The contract is served as a file, so that it costs the Worker nothing.
  copyFileSync(join(root, 'openapi.json'), join(root, 'storefront', 'dist', 'openapi.json'));
}

await asScript(import.meta.url, () => {
  const named = process.argv.slice(2);
  return build(named.length > 0 ? named : undefined);
});
