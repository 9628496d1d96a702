// Every view of the staff page in light and dark, from 320 to 1920 px: nothing is too wide, and axe finds nothing.
// `npm run screenshots -- staff` lays the pictures on one sheet.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, visit } from '../browser.ts';
import { startStand, type Stand } from '../stand.ts';
import { account, merchant } from './merchant.ts';
import { axe, fits, go, signIn, unexpected } from './staff-page.ts';
import { serveStaff } from './staff-stand.ts';

const screenshots = fileURLToPath(new URL('../../../tests/screenshots/storefront/staff/', import.meta.url));
const SCREENS = [[320, 640], [390, 844], [768, 1024], [1280, 840], [1920, 1080]] as const;
const VIEWS = ['Figures', 'Does it pay?', 'Now', 'Brakes', 'Runs and messages', 'Changes'];

let stand: Stand;
let browser: Browser;
beforeAll(async () => {
  [stand, browser] = await Promise.all([startStand(), launch()]);
  await mkdir(screenshots, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each(SCREENS)('%i × %i', { timeout: 240_000 }, async (width, height) => {
    const options = { viewport: { width, height }, colorScheme, deviceScaleFactor: 1 };
    const staff = serveStaff(stand, merchant());
    const trouble = account('FASHN_API_KEY', 6);
    trouble.notices = [{ about: 'breaker', message: 'FASHN fails: runs wait, and one at a time is tried' }];
    trouble.breaker = { state: 'open', until_ms: trouble.now_ms + 30_000, failed_visitors: 0 };
    trouble.quarantine = [{ at_ms: trouble.now_ms, table: 'runs', reason: 'state has a text that this release doesn’t know' }];
    staff.merchant.accounts = [trouble, { account: 'FASHN_API_KEY_NORTH', error: 'The account did not answer. Please try again.' }];
    let step = 0;
    const out = await visit(browser, `${stand.url}/staff`, options);
    const look = async ({ page }: typeof out, name: string): Promise<void> => {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.screenshot({ path: `${screenshots}screen-${width}x${height}-${colorScheme}-${step++}-${name.toLowerCase().replace(/\W+/g, '-')}.png`, fullPage: true });
      await fits(page, name);
      if (width === 390 || width === 1280) await axe(page, name);
    };
    await out.page.getByLabel('Staff token').waitFor();
    await look(out, 'Sign in');
    expect(unexpected(out.troubles)).toEqual([]);
    await out.context.close();
    const visited = await signIn(browser, stand.url, { options });
    try {
      const { page } = visited;
      for (const view of VIEWS) {
        await go(page, view);
        if (view === 'Figures') await page.locator('staff-chart canvas').nth(2).waitFor();
        else await page.locator('main > :nth-child(n + 5)').first().waitFor();
        if (view === 'Does it pay?') await page.getByLabel('Price of a credit').fill('0.075');
        if (view === 'Brakes') await page.locator('summary').nth(1).click();
        if (view === 'Runs and messages') {
          await page.getByLabel('Its id').fill('a-run');
          await page.getByRole('button', { name: 'Find' }).click();
          await page.getByText('tryon-v1.6').waitFor();
        }
        await look(visited, view);
      }
      staff.merchant = merchant({ days: 0 });
      await page.getByRole('button', { name: 'Refresh' }).click();
      await go(page, 'Figures');
      await page.getByText('Nothing was tried on').waitFor();
      await look(visited, 'empty');
      expect(unexpected(visited.troubles)).toEqual([]);
    } finally {
      await visited.context.close();
    }
  });
});
