// `npm start [-- --keep]`: fetches what is missing, builds, then serves the gateway with the demo
// shop, and the sandbox.
import { join } from 'node:path';
import { build } from './build.mjs';
import { EXIT, Failure } from './failure.mjs';
import { foreground } from './foreground.mjs';
import { requireBothFree } from './ports.mjs';
import { node, root } from './run.mjs';
import { asScript } from './script.mjs';
import { localStart, readSettings } from './settings.mjs';

await asScript(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--keep');
  if (unknown !== undefined) {
    throw new Failure(
      `npm start does not know ${unknown}. It takes -- --keep, which keeps what is stored for the next start.`,
      EXIT.usage,
    );
  }
  // What can be wrong is said before minutes go by.
  const local = localStart(readSettings());
  await requireBothFree(local);
  await build(local.withSandbox ? ['gateway', 'sandbox', 'storefront'] : ['gateway', 'storefront']);
  await foreground(node, [join(root, 'scripts', 'serve.mjs'), ...args], { cwd: root });
});
