// Finds a Chromium for the browser tests, or installs Debian's.
import { existsSync } from 'node:fs';
import { hasApt, install } from './apt.mjs';
import { EXIT, Failure } from './failure.mjs';

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
  if (!hasApt()) {
    throw new Failure(
      'The browser tests need Chromium: install it, or set CHROMIUM_PATH.',
      EXIT.machine,
    );
  }
  await install(['chromium', 'fonts-dejavu-core'], '1 min');
  return '/usr/bin/chromium';
}
