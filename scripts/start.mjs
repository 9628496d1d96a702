// `npm start [-- --keep]`: fetches what is missing, builds, then serves the gateway with the demo
// shop, and the sandbox.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { EXIT, Failure } from './failure.mjs';
import { node, root } from './run.mjs';
import { asScript } from './script.mjs';
import { localStart, readSettings, requireFree } from './settings.mjs';

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
  const { withSandbox, port, sandboxPort } = localStart(readSettings());
  if (withSandbox && port === sandboxPort && port !== 0)
    throw new Failure(`PORT and SANDBOX_PORT are both ${port}: give each its own.`, EXIT.usage);
  await requireFree(port, 'PORT');
  if (withSandbox) await requireFree(sandboxPort, 'SANDBOX_PORT');
  await build(withSandbox ? ['gateway', 'sandbox', 'storefront'] : ['gateway', 'storefront']);
  await foreground([join(root, 'scripts', 'serve.mjs'), ...args]);
});

/** Run a script on the pinned Node.js until it ends, handing signals on: nothing stays behind. */
function foreground(args) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
