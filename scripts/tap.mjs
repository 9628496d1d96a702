// `npm run measure -- tap`: from a finger on the button to the open dialog, on a phone on slow 3G
// (400 ms a round trip, 50 kB a second), with files served as the platform serves them: compressed.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from './browsers.mjs';
import { build } from './build.mjs';
import { root } from './run.mjs';
import { npmPackages } from './setup.mjs';

const ROUNDS = 5;
const SLOW_3G = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};
const OPEN = '{"open":true,"reason":null,"models":[],"consent_version":null,"consent_mode":"told","challenge":null}';

/** The median in seconds of taps at once, and of taps on a button that was in view for a while. */
export async function tapToDialog() {
  await npmPackages();
  const { chromium: playwright } = await import('playwright-core');
  await build(['storefront']);
  const server = createServer(serve).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const browser = await playwright.launch({
    executablePath: await chromium(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const address = `http://127.0.0.1:${server.address().port}/products/t-shirt`;
    const [atOnce, atRest] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      atOnce.push(await tap(browser, address, false));
      atRest.push(await tap(browser, address, true));
    }
    const steps = [{ what: 'with the button in view for a while', took: median(atRest).toFixed(1) }];
    return { steps, seconds: median(atOnce) };
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

/** In seconds. */
async function tap(browser, address, isAtRest) {
  const viewport = { width: 390, height: 844 };
  const context = await browser.newContext({ viewport, hasTouch: true, isMobile: true });
  try {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.emulateNetworkConditions', SLOW_3G);
    const dialog = page.waitForResponse(/try-it-on-dialog/).catch(() => undefined);
    await page.goto(address, { waitUntil: isAtRest ? 'load' : 'commit' });
    if (isAtRest) {
      // What a finger may press is fetched when it comes into view.
      await page.evaluate(() =>
        document.querySelector('try-it-on').scrollIntoView({ block: 'center' }),
      );
      await (await dialog)?.finished();
    }
    return await page.evaluate(async () => {
      await customElements.whenDefined('try-it-on');
      const element = document.querySelector('try-it-on');
      element.scrollIntoView({ block: 'center' });
      const began = performance.now();
      element.shadowRoot.querySelector('[part=trigger]').click();
      while (!element.shadowRoot.querySelector('dialog[open]')) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return (performance.now() - began) / 1000;
    });
  } finally {
    await context.close();
  }
}

function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://shop');
  const file = join(root, 'storefront', 'dist', extname(pathname) ? pathname : `${pathname}.html`);
  const isShop = pathname === '/v1/shop';
  if (!isShop && !existsSync(file)) return response.writeHead(404).end();
  const type = isShop ? TYPES['.json'] : TYPES[extname(file)];
  const body = isShop ? Buffer.from(OPEN) : readFileSync(file);
  if (!type) return response.writeHead(200).end(body);
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' });
  return response.end(gzipSync(body));
}
