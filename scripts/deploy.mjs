// `npm run deploy [-- --dry-run]`: wrangler deploys, and builds first as wrangler.toml says. With a dry run nothing
// leaves this machine.
import { join } from 'node:path';
import { asScript } from './script.mjs';
import { node, root, run, setUp, toolEnv } from './setup.mjs';

asScript(import.meta.url, () => {
  setUp();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  run(node, [wrangler, 'deploy', ...process.argv.slice(2)], { env: toolEnv() });
});
