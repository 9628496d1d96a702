// What the element costs a product page before anyone presses the button: bytes, requests, long tasks, layout shift.
import { readFile, readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESKTOP, launch, PHONE } from './browser.ts';
import { startStand, type Stand } from './stand.ts';

const dist = new URL('../dist/', import.meta.url);
const gzipped = async (name: string): Promise<number> => gzipSync(await readFile(new URL(name, dist)), { level: 9 }).length;

let stand: Stand;
let browser: Browser;
beforeAll(async () => {
  [stand, browser] = await Promise.all([startStand(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

test('the eager part is one file of at most 6,000 bytes gzip, and everything is at most 60 kB', async () => {
  const sizes = new Map<string, number>();
  for (const name of (await readdir(dist)).filter((file) => /^(try-it-on|client).*\.js$/.test(file))) sizes.set(name, await gzipped(name));
  console.table(Object.fromEntries([...sizes].map(([name, bytes]) => [name, { 'gzip bytes': bytes }])));
  expect(await readFile(new URL('try-it-on.js', dist), 'utf8')).not.toMatch(/(from|import)\s*"/);
  expect(sizes.get('try-it-on.js')).toBeLessThanOrEqual(6_000);
  // What one shopper loads: English is in the dialog, and the largest of the other languages beside it.
  const largest = (pattern: RegExp): number => Math.max(...[...sizes].filter(([name]) => pattern.test(name)).map(([, bytes]) => bytes));
  const everything = (sizes.get('try-it-on.js') ?? 0) + largest(/-watch-/) + largest(/-dialog-/) + largest(/-photo-/) + largest(/^try-it-on-[a-z]{2}-/);
  console.log(`everything that one shopper loads: ${everything} bytes gzip`);
  expect(everything).toBeLessThanOrEqual(60_000);
});

test('everything of the staff page is at most 60 kB gzip', async () => {
  const sizes = await Promise.all(['staff.html', 'staff/staff.js', 'staff/staff.css'].map(gzipped));
  const everything = sizes.reduce((sum, bytes) => sum + bytes, 0);
  console.log(`the staff page: ${everything} bytes gzip`);
  expect(everything).toBeLessThanOrEqual(60_000);
});

interface Numbers {
  transferBytes: number;
  requests: number;
  longTasks: number;
  layoutShift: number;
}

async function measure(options: typeof DESKTOP, withElement: boolean): Promise<Numbers> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    let transferBytes = 0;
    let requests = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => {
      transferBytes += encodedDataLength;
      requests += 1;
    });
    await page.addInitScript(() => {
      const seen = { longTasks: 0, layoutShift: 0 };
      Object.assign(window, { seen });
      new PerformanceObserver((list) => (seen.longTasks += list.getEntries().length)).observe({ type: 'longtask', buffered: true });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) seen.layoutShift += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    // Without the element: the same page, the tag and its script taken out on the way.
    if (!withElement) {
      await page.route('**/products/t-shirt', async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/<try-it-on[\s\S]*?<\/try-it-on>/g, '').replace(/<script[^>]*try-it-on\.js[^>]*><\/script>/, '');
        await route.fulfill({ response, body });
      });
    } else {
      // A slow script: the layout must not wait for it, nor jump when it comes.
      await page.route('**/try-it-on.js', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
      });
    }
    await page.goto(`${stand.url}/products/t-shirt`, { waitUntil: 'networkidle' });
    const seen = await page.evaluate(() => (window as unknown as { seen: { longTasks: number; layoutShift: number } }).seen);
    return { transferBytes, requests, ...seen };
  } finally {
    await context.close();
  }
}

describe.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('the product page on a %s', (name, options) => {
  test('costs little more with the element, and does not move', async () => {
    const without = await measure(options, false);
    const withElement = await measure(options, true);
    console.log(`product page on a ${name}`);
    console.table({ without, 'with': withElement });
    // Uncompressed, as the stand serves it: the worst case.
    expect(withElement.transferBytes - without.transferBytes).toBeLessThanOrEqual(22_000);
    // The script, whether the shop is open, and what is loaded once the page is idle.
    expect(withElement.requests - without.requests).toBe(3);
    expect(withElement.layoutShift).toBe(0);
  });
});
