// `npm run bench [-- scenario … --quick]`: builds the gateway and measures it in workerd on this
// machine. Linux only. What it takes: bench/bench.ts.
import { join } from 'node:path';
import { build } from './build.mjs';
import { node, root, run } from './run.mjs';
import { asScript } from './script.mjs';
import { setUp } from './setup.mjs';

await asScript(import.meta.url, async () => {
  await setUp();
  await build(['gateway']);
  await run(node, [join(root, 'bench', 'bench.ts'), ...process.argv.slice(2)]);
});
