// From a shopper's tap on the button to the open dialog, on a phone with a slow network.
import { chromium as playwright } from 'playwright-core';
import { startWorker } from '../desk.ts';

/** Chrome's own "Slow 3G": 500 kbit/s less a fifth, and 2 s for each round trip. */
const SLOW_3G = {
  offline: false,
  latency: 2_000,
  downloadThroughput: 50_000,
  uploadThroughput: 50_000,
};
/** The least time that a shopper needs to see the button, and to want it. */
const LOOKING_MS = 2_000;
const ROUNDS = 5;

/** Median of fresh phones, in seconds: `atOnce` when the button shows, `after` a moment. */
export async function tapToDialog(executablePath) {
  const worker = await startWorker('.', {
    vars: { FASHN_API_KEY: 'none', SIGNING_SECRET: 's'.repeat(40), FASHN_BASE_URL: 'https://fashn.invalid' },
  });
  const browser = await playwright.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const url = new URL('/products/t-shirt', worker.url).href;
    return {
      atOnce: await median(() => once(browser, url, 0)),
      after: await median(() => once(browser, url, LOOKING_MS)),
    };
  } finally {
    await browser.close();
    await worker.stop();
  }
}

async function median(measure) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await measure());
  return times.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] / 1_000;
}

/** One phone with an empty cache. */
async function once(browser, url, lookingMs) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', SLOW_3G);
    await page.goto(url, { timeout: 120_000 });
    const button = page.locator('try-it-on').first().locator('button').first();
    await button.waitFor({ timeout: 120_000 });
    await button.scrollIntoViewIfNeeded();
    await page.waitForTimeout(lookingMs);
    await page.evaluate(() => {
      const element = document.querySelector('try-it-on');
      const began = new Promise((resolve) =>
        element.addEventListener('pointerdown', () => resolve(performance.now()), { once: true }),
      );
      globalThis.opened = new Promise((resolve) => {
        const look = async () => {
          if (element.shadowRoot.querySelector('dialog')?.open) resolve(performance.now() - (await began));
          else requestAnimationFrame(look);
        };
        void look();
      });
    });
    await button.tap();
    return await page.evaluate(() => globalThis.opened);
  } finally {
    await context.close();
  }
}
