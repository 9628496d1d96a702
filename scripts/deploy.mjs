// `npm run deploy [-- --dry-run]`: wrangler deploys, and builds first as wrangler.toml says. With a
// dry run nothing leaves this machine.
import { join } from 'node:path';
import { toEnvironment } from './environment.mjs';
import { node, root, run } from './run.mjs';
import { asScript } from './script.mjs';
import { setUp } from './setup.mjs';

await asScript(import.meta.url, async () => {
  await setUp();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  await run(node, [wrangler, 'deploy', ...toEnvironment(process.argv.slice(2))], { interactive: true });
});
