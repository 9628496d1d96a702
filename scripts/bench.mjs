// `npm run bench [-- scenario … --quick]`: builds the gateway and measures it in workerd on this machine. Linux only.
// What it takes: bench/bench.ts.
import { join } from 'node:path';
import { asScript } from './script.mjs';
import { build } from './build.mjs';
import { node, root, run, setUp, toolEnv } from './setup.mjs';

asScript(import.meta.url, () => {
  setUp();
  build(['gateway']);
  run(node, [join(root, 'bench', 'bench.ts'), ...process.argv.slice(2)], { env: toolEnv() });
});
