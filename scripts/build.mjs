// Builds the gateway, the sandbox and the storefront. `npm run build [gateway|sandbox|storefront …]`.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, run, setUp, toolEnv, workerBuild } from './setup.mjs';
import { asScript } from './script.mjs';

const parts = {
  gateway: () => run(workerBuild(), ['--release'], { env: toolEnv() }),
  sandbox: () => run(workerBuild(), ['--release'], { cwd: join(root, 'sandbox'), env: toolEnv() }),
  storefront: () => {
    const script = join(root, 'storefront', 'build.mjs');
    run(node, [script], { env: toolEnv() });
    // The contract is served as a file, so that it costs the Worker nothing.
    copyFileSync(join(root, 'openapi.json'), join(root, 'storefront', 'dist', 'openapi.json'));
  },
};

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
