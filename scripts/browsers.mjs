// Finds the browsers of the tests, or installs Debian's: Chromium without its windows for `npm
// test`, Firefox ESR and WebKitGTK beside it for `npm run test:long`.
import { existsSync } from 'node:fs';
import * as apt from './apt.mjs';
import { EXIT, Failure } from './failure.mjs';
import { probe } from './run.mjs';

/** Its tests take two thirds of the time that Chromium's with windows take. */
const WITHOUT_WINDOWS = 'chromium-headless-shell';
const CHROMIUM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** The browser's path: `CHROMIUM_PATH`, Debian's without windows, or one in a usual place. */
export async function chromium() {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const own = `/usr/bin/${WITHOUT_WINDOWS}`;
  if (existsSync(own)) return own;
  const other = CHROMIUM.find((path) => existsSync(path));
  // Ubuntu's apt hasn't got it.
  if (other && !apt.has(WITHOUT_WINDOWS)) return other;
  try {
    await install('Chromium', 'set CHROMIUM_PATH', [WITHOUT_WINDOWS, 'fonts-dejavu-core']);
    return own;
  } catch (error) {
    if (other && error instanceof Failure) return other;
    throw error;
  }
}

/**
 * What the tests' processes get of an engine, by its name in the variable `ENGINE`. It is installed
 * first where it is missing.
 */
export async function engine(name) {
  if (name === 'firefox') {
    const known = process.env.FIREFOX_PATH ?? FIREFOX.find((path) => existsSync(path));
    if (!known) await install('Firefox', 'set FIREFOX_PATH', ['firefox-esr']);
    return { ENGINE: name, FIREFOX_PATH: known ?? '/usr/bin/firefox-esr' };
  }
  const has = (command) => probe(command, ['-help']).status !== undefined;
  if (!has('WebKitWebDriver') || !has('Xvfb')) {
    await install('WebKitGTK', 'run the other parts', ['webkit2gtk-driver', 'xvfb']);
  }
  return { ENGINE: name };
}

async function install(name, otherwise, packages) {
  if (!apt.hasApt()) {
    throw new Failure(
      `The browser tests need ${name}: install it, or ${otherwise}.`,
      EXIT.machine,
    );
  }
  await apt.install(packages, '1 min');
}
