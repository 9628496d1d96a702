// <try-it-on> and the demo shop as they look: every state, at phone and desktop size, light and dark, under the shop's
// strict policy, with axe and a screenshot each. The gateway is on strings (`stand.ts`): a state comes when it is wanted.
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { DESKTOP, PHONE, shoot } from './browser.ts';
import { accessible, file, open, part, phase, photo, ready, stand, start, useStand, withPage } from './dialog.ts';
import { completed, failed, status } from './stand.ts';

useStand();

const looks: [string, BrowserContextOptions][] = [
  ['desktop-light', DESKTOP],
  ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['phone-light', PHONE],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
];

describe.each(looks)('every state, %s', (look, options) => {
  test('looks right, is accessible and breaks no policy', { timeout: 180_000 }, async () => {
    await withPage(options, '/products/t-shirt', async ({ page, troubles }) => {
      const seen = async (state: string): Promise<void> => {
        await accessible(page, state);
        await shoot(page, `${look}-${state}`);
      };
      await seen('01-page');
      await open(page);
      await seen('02-choose');
      await part(page, 'file').setInputFiles(file(Buffer.from('no picture at all')));
      await part(page, 'error').waitFor();
      await seen('03-no-photo');
      await part(page, 'file').setInputFiles(file(photo));
      await phase(page, 'ready');
      await seen('04-ready');

      stand.statuses = [status('in_queue', { queue_position: 3, eta_seconds: 25 })];
      await part(page, 'start').click();
      await expect.poll(() => part(page, 'status').textContent()).toBe('You are number 3 in line.');
      await seen('05-queue');
      stand.statuses = [status('processing', { eta_seconds: 6 })];
      await expect.poll(() => part(page, 'status').textContent(), { timeout: 10_000 }).toBe('Making your picture…');
      await seen('06-working');
      stand.statuses = [completed()];
      await part(page, 'result').waitFor();
      await seen('07-done');
      await part(page, 'slider').fill('55');
      await seen('08-compare');
      await part(page, 'cart').click();
      await seen('09-in-cart');

      // Each failure, and the button that leads from it back to the photo.
      const problems: [string, string, string][] = [
        ['10-retry', 'PipelineError', 'change'],
        ['11-other-product', 'InputValidationError', 'change'],
        ['12-retake', 'PoseError', 'remedy'],
        ['13-closed', 'OutOfCredits', 'remedy'],
      ];
      await part(page, 'product').nth(1).click();
      for (const [state, name, back] of problems) {
        stand.statuses = [failed(name)];
        if (state !== '10-retry') await part(page, 'keep').click();
        await part(page, 'start').click();
        await part(page, 'error').waitFor();
        await seen(state);
        await part(page, back).click();
      }
      // The last one closes, and what failed does not stand there the next time.
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await open(page);
      await phase(page, 'done');
      expect(troubles).toEqual([]);
    });
  });
});

test.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('the demo shop: pages on a %s', async (name, options) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of ['/', '/products/cable-jumper', '/states']) {
      await withPage({ ...options, colorScheme }, path, async ({ page, troubles }) => {
        if (path === '/states') await page.locator('try-it-on-state').last().waitFor();
        await page.waitForLoadState('networkidle');
        await accessible(page, path);
        await shoot(page, `shop-${name}-${colorScheme}${path.replaceAll('/', '-')}`);
        expect(troubles).toEqual([]);
      });
    }
  }
}, 120_000);
