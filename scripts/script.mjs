// What every script in this folder does when it is run rather than imported.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.mjs';
import { stopRunning } from './run.mjs';

/**
 * Run `main` if this module was started from the command line; a failure is one sentence and an
 * exit code.
 */
export async function asScript(moduleUrl, main) {
  const started = process.argv[1];
  if (started === undefined || fileURLToPath(moduleUrl) !== realpathSync(started)) return;
  try {
    await main();
  } catch (error) {
    stopRunning();
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = error.exitCode ?? 1;
  }
}
