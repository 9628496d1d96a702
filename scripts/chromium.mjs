// Finds a Chromium for the browser tests, or installs Debian's.
import { existsSync } from 'node:fs';
import { EXIT, Failure } from './failure.mjs';
import { probe, run, step } from './run.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser's path: `CHROMIUM_PATH`, one in a usual place, or a new one from apt. */
export async function chromium() {
  const known = process.env.CHROMIUM_PATH ?? PLACES.find((path) => existsSync(path));
  if (known) return known;
  if (probe('apt-get', ['--version']).status !== 0) {
    throw new Failure(
      'The browser tests need Chromium: install it, or set CHROMIUM_PATH.',
      EXIT.machine,
    );
  }
  await step('Chromium: install from apt', '1 min', async () => {
    await apt('update', '-qq');
    await apt('install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  });
  return '/usr/bin/chromium';
}

function apt(...args) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [command, ...rest] = [...sudo, 'apt-get', ...args];
  return run(command, rest, {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    capture: true,
    fetches: true,
  });
}
