// The quickstarts, each as a newcomer runs it: in a folder of its own, with what its manifest names,
// against the built gateway and sandbox. A server's program prints a picture's address; a page makes
// the picture in Chromium.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from '../browsers.mjs';
import { Failure } from '../failure.mjs';
import { freePorts } from '../ports.mjs';
import { node, root, run, step } from '../run.mjs';
import { built } from './workers.mjs';

const STAFF_TOKEN = 'staff-token-of-the-quickstarts';
const PICTURES = join(root, 'storefront', 'shop', 'pictures');
const [PHOTO, GARMENT] = ['shopper-woman.jpg', 'tshirt-sage.jpg'].map((name) => join(PICTURES, name));

/** Programs of a server: what fetches their parts, and how each is run. */
const programs = {
  fetch: { command: [node, 'try-on.mjs'] },
  typescript: { fetch: ['npm', 'install'], command: [node, 'try-on.ts'] },
  python: {
    fetch: ['sh', '-c', 'python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt'],
    command: ['.venv/bin/python', 'try_on.py'],
  },
};

/** Counts each quickstart as one test. */
export async function quickstarts() {
  await built();
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-quickstarts-'));
  const counts = { passed: 0, failed: 0 };
  try {
    for (const name of readdirSync(join(root, 'quickstarts'), { withFileTypes: true })) {
      if (!name.isDirectory()) continue;
      const isGood = await step(`quickstart: ${name.name}`, '1 min', () => tried(name.name, folder));
      counts[isGood ? 'passed' : 'failed'] += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return counts;
}

async function tried(name, folder) {
  const home = join(folder, name);
  cpSync(join(root, 'quickstarts', name), home, { recursive: true });
  const [port] = await freePorts(1);
  const desk = await started(`http://127.0.0.1:${port}`);
  try {
    await (programs[name] ? program(home, programs[name], desk) : page(home, port, desk));
    return true;
  } catch (error) {
    console.error(`quickstart ${name}: ${error.stack ?? error}`);
    return false;
  } finally {
    await desk.stop();
  }
}

/** Gateway and sandbox; pages of this origin may ask. */
async function started(origin) {
  const { startWorker } = await import('../desk.ts');
  const sandbox = await startWorker('sandbox', { vars: { TIME_SCALE: '0.05', SANDBOX_CONTROL: 'on' } });
  const gateway = await startWorker('.', {
    vars: {
      FASHN_API_KEY: 'sandbox-key',
      FASHN_BASE_URL: sandbox.url.origin,
      SIGNING_SECRET: 's'.repeat(40),
      STAFF_TOKEN,
      ALLOWED_ORIGINS: origin,
      // On this machine the pictures are on no public host: the page reads them and sends them along.
      PRODUCT_HOSTS: 'data:',
    },
  });
  const stop = async () => {
    await gateway.stop();
    await sandbox.stop();
  };
  return { gateway: gateway.url.origin, stop };
}

async function program(home, { fetch: fetches, command: [command, file] }, { gateway }) {
  const env = { FASHN_BASE_URL: gateway, FASHN_API_KEY: STAFF_TOKEN };
  if (fetches) await run(fetches[0], fetches.slice(1), { cwd: home, fetches: true });
  const said = await run(command, [file, PHOTO, GARMENT], { cwd: home, env, capture: true });
  const address = said.trim().split('\n').at(-1);
  const picture = await fetch(address);
  if (!/^image\//.test(picture.headers.get('content-type') ?? '')) {
    throw new Failure(`it ended with ${address}, which is no picture`);
  }
}

async function page(home, port, { gateway }) {
  const env = { NEXT_PUBLIC_GATEWAY: gateway, VITE_GATEWAY: gateway, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' };
  await run('npm', ['install', '--loglevel=error'], { cwd: home, fetches: true });
  await run('npm', ['run', 'build'], { cwd: home, env });
  const server = spawn('npm', ['start'], { cwd: home, env: { ...process.env, ...env }, detached: true, stdio: 'ignore' });
  try {
    const url = `http://127.0.0.1:${port}/`;
    await answering(url, server);
    await tryOn(url);
  } finally {
    process.kill(-server.pid);
  }
}

/** As a shopper does it: press, choose a photo, press, see the picture. */
async function tryOn(url) {
  const { chromium: playwright } = await import('playwright-core');
  const browser = await playwright.launch({ executablePath: await chromium(), args: ['--no-sandbox'] });
  try {
    const view = await browser.newPage({ locale: 'en' });
    const errors = [];
    view.on('pageerror', (error) => errors.push(String(error)));
    view.on('console', (message) => {
      const { url: of } = message.location();
      // These pages have no icon.
      if (message.type() === 'error' && !of.endsWith('/favicon.ico')) errors.push(`${message.text()} ${of}`);
    });
    await view.goto(url);
    const element = view.locator('try-it-on');
    await element.locator('button').first().click();
    await element.locator('input[type=file]').first().setInputFiles(PHOTO);
    await element.locator('dialog').getByRole('button', { name: 'Try it on', exact: true }).click();
    await element.getByRole('heading', { name: 'How does it look?' }).waitFor({ timeout: 60_000 });
    if (errors.length > 0) throw new Failure(errors.join('\n'));
  } finally {
    await browser.close();
  }
}

async function answering(url, server) {
  while (!(await fetch(url).then(({ ok }) => ok, () => false))) {
    if (server.exitCode !== null) throw new Failure(`npm start ended with ${server.exitCode}`);
    await delay(200);
  }
}
