// The staff page against the contract on strings, in short: signing in, sums, and the brake that is pulled first. The rest is in
// page.spec.ts.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { go, rowsOf, tile, unexpected } from './staff-page.ts';
import { arrive, open, posts, staff, troubles, useStaffPage } from './staff-visit.ts';

useStaffPage();

test('a wrong token is named, the right one is kept in this tab alone and is gone after signing out', async () => {
  const { page, troubles } = await arrive();
  const stored = () => page.evaluate(() => [Object.values({ ...sessionStorage }), Object.values({ ...localStorage }), document.cookie]);
  await page.getByLabel('Staff token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'The staff token is wrong.' }).waitFor();
  await page.getByLabel('Staff token').fill('token-of-the-owner');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Figures' }).waitFor();
  expect(await stored()).toEqual([['token-of-the-owner'], [], '']);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Figures' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Staff token').waitFor();
  expect(await stored()).toEqual([[], [], '']);
  expect(unexpected(troubles)).toEqual([]);
});

test('sums equal the rows, of the chosen days and shop', async () => {
  const page = await open();
  const { figures } = staff.merchant;
  for (const [label, days] of [['Today', 1], ['90 days', 90]] as const) {
    await page.locator('.days label', { hasText: label }).click();
    const runs = figures.runs.filter(({ day }) => day > figures.to_day - days);
    const tries = (shop?: string) => runs.filter((row) => shop === undefined || row.shop === shop).reduce((sum, row) => sum + row.completed + row.failed + row.timed_out, 0);
    await expect.poll(() => tile(page, 'Try-ons')).toBe(tries().toLocaleString('en-GB'));
    expect(await rowsOf(page, 'By shop')).toMatchObject({ 'Default shop': { 'Try-ons': tries('').toLocaleString('en-GB') }, north: { 'Try-ons': tries('north').toLocaleString('en-GB') } });
  }
  await page.getByRole('combobox', { name: 'Shop' }).selectOption('north');
  const north = figures.failures?.filter(({ shop, name }) => shop === 'north' && name === 'PoseError').reduce((sum, { count }) => sum + count, 0);
  await expect.poll(() => rowsOf(page, 'Why try-ons failed')).toMatchObject({ PoseError: { Times: north?.toLocaleString('en-GB') } });
  await page.locator('staff-chart canvas').nth(2).waitFor();
  expect(unexpected(troubles())).toEqual([]);
});

test('pausing is one press and asks nothing, for one shop or all', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause 3 shops' }).click();
  await page.getByText('Trying on is paused in all 3 shops').waitFor();
  expect(posts()).toEqual(['', 'north', 'atelier'].map((shop) => `POST brakes ${JSON.stringify({ shop, is_paused: true })}`));
  await page.getByRole('combobox', { name: 'Shop' }).selectOption('north');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByText('Trying on is open: north').waitFor();
  expect(posts().at(-1)).toBe('POST brakes {"shop":"north","is_paused":false}');
  await go(page, 'Changes');
  await page.getByRole('table', { name: 'What staff changed' }).waitFor();
});
