// Debian's and Ubuntu's packages, for tests that need other people's software.
import { probe, run, step } from './run.mjs';

/** Whether this machine has apt. */
export const hasApt = () => probe('apt-get', ['--version']).status === 0;

/** Whether apt knows a package, as of its last update. */
export const has = (name) => /Candidate: \d/.test(probe('apt-cache', ['policy', name]).stdout);

/** Installs packages without what they only recommend. */
export const install = (packages, usually) =>
  step(`apt: install ${packages.join(', ')}`, usually, async () => {
    await apt('update', '-qq');
    await apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  });

/** Waits for another program that has apt's lock. */
function apt(...args) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [command, ...rest] = [...sudo, 'apt-get', '-o', 'DPkg::Lock::Timeout=300', ...args];
  return run(command, rest, {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    capture: true,
    fetches: true,
  });
}
