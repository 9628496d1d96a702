// The staff page against the real gateway and sandbox: its figures are the sandbox's ledger and this test's own books, its
// brakes hold on an open product page, and a shop's own viewer sees that shop alone.
import { createHash } from 'node:crypto';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from '../../../tests/desk.ts';
import { STAFF_TOKEN, until } from '../../../tests/gateway.ts';
import { launch, visit } from '../browser.ts';
import { axe, go, rowsOf, signIn, tile, unexpected } from './staff-page.ts';

const RUNS = 500;
const NORTH_TOKEN = 'staff-token-of-the-north-shop';
const KEYS = { FASHN_API_KEY: 'sandbox-key-of-the-default-shop', FASHN_API_KEY_NORTH: 'sandbox-key-of-the-north' };
const ORIGINS = { north: 'https://north.example', atelier: 'https://atelier.example' };
const POLICY = { models: ['background-remove'] };

interface Book {
  completed: number;
  failed: number;
  joined: number;
}

let desk: Desk;
let browser: Browser;
const books: Record<string, Book> = {};

beforeAll(async () => {
  [desk, browser] = await Promise.all([
    startDesk(
      {
        ...KEYS,
        // The demo shop's pages are the default shop's.
        ALLOWED_ORIGINS: undefined,
        POLICY,
        SHOPS: {
          north: { origins: [ORIGINS.north], fashn_key: 'FASHN_API_KEY_NORTH', policy: POLICY },
          atelier: { origins: [ORIGINS.atelier], policy: POLICY },
        },
        STAFF_ROLES: { nils: { token: 'STAFF_TOKEN_NORTH', role: 'viewer', shop: 'north' } },
        STAFF_TOKEN_NORTH: NORTH_TOKEN,
      },
      { TIME_SCALE: '0.005', RUN_LIMIT: '100000/1000', STATUS_LIMIT: '100000/1000', CONCURRENCY_LIMIT: '1000', OPENING_BALANCE: '100000+0' },
    ),
    launch(),
  ]);
  await desk.control('faults', [
    { do: { fail: { name: 'PoseError', message: 'no' } }, chance: 0.08, times: 10_000 },
    { do: { fail: { name: 'ContentModerationError', message: 'no' } }, chance: 0.03, times: 10_000 },
  ]);
  const origins: [string, string][] = [['', desk.gateway.url.origin], ...Object.entries(ORIGINS)];
  await inTurn(RUNS, async (number) => {
    const [shop, origin] = origins[number % origins.length] ?? ['', ''];
    const book = (books[shop] ??= { completed: 0, failed: 0, joined: 0 });
    const headers = { origin, 'cf-connecting-ip': `10.1.${number >> 8}.${number & 255}` };
    const body = await cut(number);
    const answer = await desk.gateway.run(body, headers);
    expect(answer.status).toBe(200);
    const { id } = (await answer.json()) as { id: string };
    const ids = [id];
    if (number % 10 === 0) {
      // The same once more is the same run, unless that has failed by now.
      const again = await desk.gateway.run(body, { ...headers, 'x-visitor': answer.headers.get('x-visitor') ?? '' });
      expect(again.status).toBe(200);
      const { id: second } = (await again.json()) as { id: string };
      if (second === id) book.joined += 1;
      else ids.push(second);
    }
    for (const one of ids) book[await end(one)] += 1;
  });
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

/** How a run ended. */
const end = (id: string): Promise<'completed' | 'failed'> =>
  until(async () => {
    const { status } = (await (await desk.gateway.ask(`/v1/status/${id}`)).json()) as { status: string };
    return (status === 'completed' || status === 'failed') && status;
  });

/** Twelve at a time. */
async function inTurn(many: number, make: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 12 }, async () => {
    while (next < many) await make(next++);
  }));
}

/** The cheapest run there is, of a picture like no other. */
async function cut(number: number): Promise<object> {
  const background = { r: number & 255, g: number >> 8, b: 128 };
  const png = await sharp({ create: { width: 32, height: 32, channels: 3, background } }).png().toBuffer();
  return { model_name: 'background-remove', inputs: { image: `data:image/png;base64,${png.toString('base64')}` } };
}

interface Journal {
  accounts: Record<string, { credits_charged: number }>;
  runs: { account: string; credits_charged: number; error: { name: string } | null }[];
}
const accountOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12);
const add = (of: (book: Book) => number): string => Object.values(books).reduce((sum, book) => sum + of(book), 0).toLocaleString('en-GB');

test('after 500 try-ons of three shops every figure is the ledger’s and the books’', async () => {
  const journal = (await desk.control('journal')) as Journal;
  const { page, context, troubles } = await signIn(browser, desk.gateway.url.origin, { token: STAFF_TOKEN });
  try {
    await page.locator('.days label', { hasText: '7 days' }).click();
    await expect.poll(() => tile(page, 'Try-ons')).toBe(add(({ completed, failed }) => completed + failed));
    // The books have something of each kind.
    for (const kind of ['completed', 'failed', 'joined'] as const) expect(Number(add((book) => book[kind]).replace(',', '')), kind).toBeGreaterThan(0);
    const shops = await rowsOf(page, 'By shop');
    const charged = (key: string): number => journal.accounts[accountOf(key)]?.credits_charged ?? NaN;
    for (const [shop, book] of Object.entries(books)) {
      expect(shops[shop === '' ? 'Default shop' : shop], shop).toMatchObject({
        'Try-ons': String(book.completed + book.failed),
        Completed: String(book.completed),
        Failed: String(book.failed),
        'Timed out': '0',
        Joined: String(book.joined),
      });
    }
    expect(Number(shops['north']?.['Credits'])).toBe(charged(KEYS.FASHN_API_KEY_NORTH));
    expect(Number(shops['Default shop']?.['Credits']) + Number(shops['atelier']?.['Credits'])).toBe(charged(KEYS.FASHN_API_KEY));
    const names = new Map<string, number>();
    for (const { error } of journal.runs) if (error) names.set(error.name, (names.get(error.name) ?? 0) + 1);
    const failures = await rowsOf(page, 'Why try-ons failed');
    expect(Object.fromEntries(Object.entries(failures).map(([name, { Times }]) => [name, Number(Times)]))).toEqual(Object.fromEntries(names));
    await page.locator('staff-chart canvas').nth(2).waitFor();
    await axe(page, 'Figures');
    await go(page, 'Now');
    await page.getByRole('heading', { name: 'FASHN_API_KEY_NORTH' }).waitFor();
    expect(unexpected(troubles)).toEqual([]);
  } finally {
    await context.close();
  }
});

test('a pause and a used-up budget hide the button of an open page at its next question, and staff’s change is listed', async () => {
  const shop = await visit(browser, `${desk.gateway.url.origin}/products/t-shirt`);
  await shop.page.clock.install();
  await shop.page.reload();
  const button = shop.page.locator('try-it-on [part=trigger]').first();
  await button.waitFor();
  /** The page's own time, so that it asks again. */
  const comes = (state: 'visible' | 'hidden') => until(async () => {
    await shop.page.clock.runFor(30_000);
    return (await button.isVisible()) === (state === 'visible');
  });
  const { page, context } = await signIn(browser, desk.gateway.url.origin, { token: STAFF_TOKEN, view: 'brakes' });
  try {
    await page.getByRole('combobox', { name: 'Shop' }).selectOption('');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Trying on is paused: Default shop').first().waitFor();
    await comes('hidden');
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await comes('visible');
    await page.getByLabel('Credits a day').fill('1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved: Default shop.').waitFor();
    await comes('hidden');
    await page.getByLabel('Credits a day').fill('999999999');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/whole number from 0 to/).waitFor();
    await go(page, 'Changes');
    const listed = page.getByRole('table', { name: 'Brakes that were changed' }).getByRole('row');
    await listed.filter({ hasText: 'Credits a day: none → 1' }).waitFor();
    await listed.filter({ hasText: 'Paused: no → yes' }).waitFor();
  } finally {
    await context.close();
    await shop.context.close();
  }
});

test('the viewer of one shop sees that shop, and can change nothing', async () => {
  const { page, context } = await signIn(browser, desk.gateway.url.origin, { token: NORTH_TOKEN });
  try {
    const book = books['north'];
    await expect.poll(() => tile(page, 'Try-ons')).toBe(String((book?.completed ?? 0) + (book?.failed ?? 0)));
    for (const view of ['Brakes', 'Now', 'Changes', 'Figures']) {
      await go(page, view);
      expect(await page.getByText(/Default shop|atelier/).count(), view).toBe(0);
      expect(await page.getByRole('button', { name: /^(Pause|Resume|Save$)/ }).count(), view).toBe(0);
    }
    const refused = await desk.gateway.ask('/staff/api/brakes', { method: 'POST', headers: { authorization: `Bearer ${NORTH_TOKEN}` }, body: JSON.stringify({ shop: 'north', is_paused: true }) });
    expect(refused.status).toBe(403);
  } finally {
    await context.close();
  }
});
