// Python's packages for tests: in an environment below `.tools/`, each list of versions in one of
// its own.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasApt, install } from './apt.mjs';
import { EXIT, Failure } from './failure.mjs';
import { probe, root, run, step } from './run.mjs';

/** The folder of the packages' commands; `packages` name their versions. */
export async function python(...packages) {
  const folder = join(root, '.tools', packages.join('_').replaceAll('==', '-'));
  const bin = join(folder, 'bin');
  // Written last: a set-up that was cut off is made again.
  const made = join(folder, 'made');
  if (existsSync(made)) return bin;
  if (probe('python3', ['-c', 'import ensurepip, venv']).status !== 0) {
    if (!hasApt()) {
      throw new Failure('This part needs Python 3 with venv: install it.', EXIT.machine);
    }
    await install(['python3-venv'], '20 s');
  }
  await step(`${packages.join(', ')}: fetch`, '40 s', async () => {
    const fetches = { capture: true, fetches: true };
    await run('python3', ['-m', 'venv', '--clear', folder], { capture: true });
    await run(join(bin, 'pip'), ['install', '--quiet', ...packages], fetches);
  });
  writeFileSync(made, '');
  return bin;
}
