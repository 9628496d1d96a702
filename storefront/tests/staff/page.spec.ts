// The staff page against the contract on strings: signing in, what each role sees, brakes, silent accounts, errors.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { go, rowsOf, signIn, tile } from './staff-page.ts';
import { NORTH, problem, VIEWER } from './staff-stand.ts';
import { arrive, open, posts, staff, useStaffPage } from './staff-visit.ts';

useStaffPage();

/** The same with a clock that a test moves on. */
async function openWithClock(options: Parameters<typeof signIn>[2] = {}): Promise<Page> {
  const page = await open(options);
  await page.clock.install();
  await page.reload();
  await page.getByText(/^Trying on is open/).waitFor();
  return page;
}

const note = (page: Page) => page.locator('main > [role=status].note');

describe('signing in', () => {
  test('behind Cloudflare Access nobody is asked', async () => {
    staff.isByAccess = true;
    const { page } = await arrive();
    await page.getByRole('heading', { level: 1, name: 'Figures' }).waitFor();
    expect(await page.getByRole('link', { name: 'Sign out' }).getAttribute('href')).toBe('/cdn-cgi/access/logout');
  });

  test('a token that is taken back ends the visit', async () => {
    const page = await openWithClock();
    staff.instead.set('brakes', problem(401, 'The staff token is wrong.'));
    await page.clock.runFor(5_000);
    await page.getByRole('alert').filter({ hasText: 'You were signed out: The staff token is wrong.' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

describe('what is shown', () => {
  test('a table is saved as CSV, and a product’s name can’t be a formula', async () => {
    const page = await open();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as CSV: By product' }).click()]);
    expect(saved.suggestedFilename()).toBe('products.csv');
    const lines = (await readFile(await saved.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toBe('\uFEFFProduct,Shop,Impressions,Opens,Try-ons,Results,Carts');
    expect(lines).toHaveLength(1 + 6 * 3 + 1);
    expect(lines.filter((line) => line.startsWith('"\'=HYPERLINK('))).toHaveLength(3);
  });

  test('an account that is silent is named, and the rest is shown', async () => {
    staff.merchant.figures.accounts = [{ account: 'FASHN_API_KEY', error: null }, { account: 'FASHN_API_KEY_NORTH', error: 'It did not answer.' }];
    const page = await openWithClock();
    await page.getByRole('list', { name: 'To look at' }).getByText('FASHN_API_KEY_NORTH did not answer').waitFor();
    expect(await tile(page, 'Try-ons')).not.toBe('');
    staff.merchant.accounts = [{ account: 'FASHN_API_KEY_WEST', error: 'The account did not answer.' }];
    await page.clock.runFor(5_000);
    await page.getByRole('list', { name: 'To look at' }).getByText('FASHN_API_KEY_WEST did not answer').waitFor();
  });

  test('an error says what to do, what was known stays, and it goes by itself', async () => {
    const page = await openWithClock({ view: 'now' });
    await page.getByRole('heading', { name: 'FASHN_API_KEY', exact: true }).waitFor();
    staff.instead.set('account', 'cut');
    await page.clock.runFor(5_000);
    await page.getByText('The gateway can’t be reached. Check your connection').waitFor();
    expect(await page.getByRole('heading', { name: 'FASHN_API_KEY', exact: true }).isVisible()).toBe(true);
    staff.instead.clear();
    await page.clock.runFor(5_000);
    await page.getByText('The gateway can’t be reached').waitFor({ state: 'detached' });
  });

  test('whether it pays: both groups, the interval, the break-even', async () => {
    const page = await open({ view: 'proof', token: NORTH });
    const groups = await rowsOf(page, 'With and without the button');
    expect(Object.keys(groups)).toEqual(['See the button', 'Don’t see it']);
    expect(groups['See the button']?.['95% interval']).toMatch(/^\d\.\d% to \d\.\d%$/);
    await page.getByLabel('Price of a credit, SEK').fill('0,8');
    await page.getByText(/^The button (pays|costs)|^It can’t be told yet: the break-even/).waitFor();
    await page.getByLabel('Margin, %').fill('250');
    await page.getByText('Enter a number from 0 to 100.').waitFor();
  });

  test('a run is found by its id or its picture’s address, and one that isn’t is told', async () => {
    const page = await open({ view: 'runs' });
    for (const typed of ['a-run', 'https://gateway.example/v1/outputs/a-run/0?x=1']) {
      await page.getByLabel('Its id').fill(typed);
      await page.keyboard.press('Enter');
      await page.getByText('8.4s').waitFor();
    }
    expect(posts()).toEqual(['POST runs {"id":"a-run"}', 'POST runs {"id":"a-run"}']);
    await page.getByRole('button', { name: 'Reset its visitor’s day' }).click();
    await note(page).getByText('Its visitor may try on again today.').waitFor();
    await page.getByLabel('Its id').fill('another');
    await page.keyboard.press('Enter');
    await page.getByText('There is no such run').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  test('a dead letter is sent again, and is gone from the list', async () => {
    const page = await open({ view: 'runs' });
    await page.getByRole('button', { name: /^Send again: prediction.completed/ }).click();
    await note(page).getByText('It is sent again.').waitFor();
    await page.getByRole('button', { name: /^Send again: prediction.completed/ }).waitFor({ state: 'detached' });
  });
});

describe('brakes', () => {
  test('only what differs is sent; numbers are judged here, and by the gateway at their fields', async () => {
    const page = await open({ view: 'brakes', token: NORTH });
    const day = page.getByLabel('Credits a day');
    const guests = page.getByLabel('Try-ons a guest has a day');
    await day.fill('2001');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter a whole number from 0 to 2,000.').waitFor();
    await expect.poll(() => day.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(posts()).toEqual([]);
    await day.fill('');
    await guests.fill('9');
    await page.getByLabel('Only signed-in customers try on').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Must be at most 8, the setting VISITOR_DAY_ATTEMPTS.').waitFor();
    expect(await guests.getAttribute('aria-invalid')).toBe('true');
    await guests.fill('8');
    await page.getByRole('button', { name: 'Save' }).click();
    await note(page).getByText('Saved: north.').waitFor();
    expect(posts().at(-1)).toBe('POST brakes {"shop":"north","day_credits":null,"guest_day_tries":8,"signed_in_only":true}');
    expect([await day.inputValue(), await guests.inputValue()]).toEqual(['', '8']);
  });

  test('what is typed outlives looks at the gateway', async () => {
    const page = await openWithClock({ view: 'brakes', token: NORTH });
    await page.getByLabel('Credits a month').fill('1234');
    const looks = () => staff.asked.filter((line) => line.startsWith('GET brakes')).length;
    const before = looks();
    await page.clock.runFor(5_000);
    await expect.poll(looks).toBe(before + 1);
    await page.clock.runFor(5_000);
    await expect.poll(looks).toBe(before + 2);
    expect(await page.getByLabel('Credits a month').inputValue()).toBe('1234');
  });
});

describe('roles', () => {
  test('a viewer sees everything and can change nothing', async () => {
    const page = await open({ token: VIEWER });
    for (const view of ['Brakes', 'Now', 'Runs and messages', 'Changes', 'Does it pay?']) {
      await go(page, view);
      await page.locator('main > :nth-child(n + 4)').first().waitFor();
      expect(await page.getByRole('button', { name: /^(Pause|Resume|Save$|Close|Clear|Send again|Free|Reset)/ }).count(), view).toBe(0);
    }
    expect(posts()).toEqual([]);
  });

  test('one shop sees its own, and asks for no more', async () => {
    const page = await open({ token: NORTH });
    await page.getByText('Trying on is open: north').waitFor();
    expect(await page.getByLabel('Shop').count()).toBe(0);
    expect(await page.getByText('Default shop').count()).toBe(0);
    const asked = staff.asked.filter((line) => /^GET (figures|account|brakes|audit)/.test(line));
    expect(asked.filter((line) => !line.includes('shop=north'))).toEqual([]);
  });
});

test('the page’s policy lets it ask its own gateway alone, and makes no markup of texts', async () => {
  const page = await open();
  const refused = await page.evaluate(async () => {
    const directives: string[] = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => directives.push(effectiveDirective));
    await fetch('https://elsewhere.example/').catch(() => {});
    const image = new Image();
    await new Promise((resolve) => {
      image.onerror = resolve;
      image.src = 'https://elsewhere.example/x.png';
    });
    try {
      document.createElement('p').innerHTML = '<b>';
      directives.push('markup of a text');
    } catch {
      // As it should be.
    }
    return [...new Set(directives)];
  });
  // The markup throws; its event may come later.
  expect(refused.filter((name) => name !== 'require-trusted-types-for')).toEqual(['connect-src', 'img-src']);
});

test('everything is reached by keyboard, in the order it is read', async () => {
  const page = await open({ view: 'brakes', token: NORTH });
  // Signing in moves the focus to the heading.
  expect(await page.evaluate(() => document.activeElement?.localName)).toBe('h1');
  await page.reload();
  await page.getByLabel('Credits a day').waitFor();
  const names: string[] = [];
  for (let press = 0; press < 22; press += 1) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate(() => {
      const active = document.activeElement as HTMLInputElement | null;
      return active?.labels?.[0]?.textContent.trim() ?? active?.textContent.trim() ?? '';
    }));
  }
  expect(names.slice(0, 18)).toEqual([
    'To the content', 'Sign out', 'Figures', 'Does it pay?', 'Now', 'Brakes', 'Runs and messages', 'Changes', 'Pause',
    'Credits a day', 'Credits a month', 'Spread the day’s credits over the day', 'Try-ons a guest has a day', 'Try-ons a signed-in customer has a day',
    'Kept for signed-in customers, %', 'Only signed-in customers try on', 'Save', 'Refresh',
  ]);
});

test('while the page is hidden nothing is asked', async () => {
  const page = await openWithClock();
  const become = (state: string) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await become('hidden');
  const before = staff.asked.length;
  await page.clock.runFor(120_000);
  // Whatever was asked before this has arrived with it.
  await page.evaluate(() => fetch('/v1/shop').then((answer) => answer.text()));
  expect(staff.asked.length).toBe(before);
  await become('visible');
  await expect.poll(() => staff.asked.length).toBeGreaterThan(before);
});
