// What every script in this folder does when it is run rather than imported.
import { pathToFileURL } from 'node:url';

/** Run `main` if this module was started from the command line; a failure is one sentence and exit code 1. */
export function asScript(moduleUrl, main) {
  if (moduleUrl !== pathToFileURL(process.argv[1] ?? '').href) return;
  Promise.resolve()
    .then(main)
    .catch((error) => {
      console.error(error.name === 'SetupError' || process.env.DEBUG === undefined ? `\n${error.message}` : error);
      process.exitCode = 1;
    });
}
