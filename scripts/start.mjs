// `npm start`: fetches what is missing, builds, then serves the gateway with the demo shop, and the sandbox.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { node, root } from './run.mjs';
import { asScript } from './script.mjs';

await asScript(import.meta.url, async () => {
  const withSandbox = !process.env.FASHN_BASE_URL;
  await build(withSandbox ? ['gateway', 'sandbox', 'storefront'] : ['gateway', 'storefront']);
  await foreground(join(root, 'scripts', 'serve.ts'));
});

/** Run a script on the pinned Node.js until it ends, handing signals on: nothing stays behind. */
function foreground(script) {
  const child = spawn(node, [script], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
