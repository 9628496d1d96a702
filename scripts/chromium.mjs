// Finds a Chromium for the browser tests, or installs Debian's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SetupError, run } from './setup.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser's path: `CHROMIUM_PATH`, one in a usual place, or a new one from apt. */
export function chromium() {
  const known = process.env.CHROMIUM_PATH ?? PLACES.find((path) => existsSync(path));
  if (known) return known;
  const apt = spawnSync('apt-get', ['--version']).status === 0;
  if (!apt) throw new SetupError('The browser tests need Chromium: install it, or set CHROMIUM_PATH.');
  console.log('set-up: chromium, from apt');
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']]) {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    run(command, rest, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return '/usr/bin/chromium';
}
