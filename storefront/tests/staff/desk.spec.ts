// The staff page against the real gateway and sandbox: its figures are the sandbox's ledger and this test's own books, its
// brakes hold on an open product page, and a shop's own viewer sees that shop alone.
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from '../../../tests/desk.ts';
import { STAFF_TOKEN, until } from '../../../tests/gateway.ts';
import { launch, visit } from '../browser.ts';
import { proofOf, runsOf, STEPS, stepsOf, type Book } from './books.ts';
import { axe, go, rowsOf, signIn, tile, unexpected } from './staff-page.ts';
import { Shop, steps, visitor } from './traffic.ts';

const RUNS = 500;
const NORTH_TOKEN = 'staff-token-of-the-north-shop';
const KEYS = { FASHN_API_KEY: 'sandbox-key-of-the-default-shop', FASHN_API_KEY_NORTH: 'sandbox-key-of-the-north' };
const ORIGINS = { north: 'https://north.example', atelier: 'https://atelier.example' };
const POLICY = { models: ['background-remove'] };
/** The last one is of pages that name none. */
const PRODUCTS = ['48211', '48212', '48213', ''];
const ORDER_KEYS = ['default', 'north', 'atelier'].map((name) => Buffer.from(`orders of the ${name} shop`.padEnd(32)));
const [ORDERS_WEBHOOK_SECRET, ORDERS_WEBHOOK_SECRET_NORTH, ORDERS_WEBHOOK_SECRET_ATELIER] = ORDER_KEYS.map((key) => `whsec_${key.toString('base64')}`);

let desk: Desk;
let browser: Browser;
let shops: Shop[] = [];
/** A run of the default shop. */
let ofDefault = '';
const books = (): Book[] => shops.map(({ book }) => book);
const bookOf = (name: string): Book[] => shops.filter((shop) => shop.name === name).map(({ book }) => book);

beforeAll(async () => {
  [desk, browser] = await Promise.all([
    startDesk(
      {
        ...KEYS,
        // The demo shop's pages are the default shop's.
        ALLOWED_ORIGINS: undefined,
        POLICY,
        SHOPS: {
          north: { origins: [ORIGINS.north], fashn_key: 'FASHN_API_KEY_NORTH', orders_secret: 'ORDERS_WEBHOOK_SECRET_NORTH', policy: POLICY },
          atelier: { origins: [ORIGINS.atelier], orders_secret: 'ORDERS_WEBHOOK_SECRET_ATELIER', policy: POLICY },
        },
        ORDERS_WEBHOOK_SECRET, ORDERS_WEBHOOK_SECRET_NORTH, ORDERS_WEBHOOK_SECRET_ATELIER,
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
  const origins = [['', desk.gateway.url.origin] as const, ...Object.entries(ORIGINS)];
  shops = origins.map(([name, origin], index) => new Shop(desk.gateway, { name, origin, key: ORDER_KEYS[index] ?? Buffer.alloc(32) }));
  await inTurn(RUNS, async (number) => {
    const shop = shops[number % shops.length];
    if (shop) await shopping(shop, Math.floor(number / shops.length), number);
  });
}, 480_000);
afterAll(async () => {
  await browser?.close();
  await desk?.stop();
});

/** A visitor of a shop: looks at products, tries one on, and often orders. The `nth` one of its shop, and which of all. */
async function shopping(shop: Shop, nth: number, number: number): Promise<void> {
  const every = (many: number, from = 0): boolean => nth % many === from;
  const address = `10.1.${number >> 8}.${number & 255}`;
  const currency = shop.name === 'north' ? 'JPY' : shop.name === 'atelier' && every(5) ? 'CHF' : 'EUR';
  const amountMinor = 1_995 + 37 * nth;
  const product = PRODUCTS[nth % PRODUCTS.length] ?? '';
  if (every(10, 3)) await shop.order(currency, [{ mark: 'held', amountMinor, property: 'held' }]);
  if (every(6, 5)) await shop.order(currency, [{ mark: 'shown', amountMinor, property: 'shown' }], { times: 2 });
  const visitors = [...(every(3) ? [] : [visitor('shown')]), ...(every(4, 1) ? [visitor('held')] : [])];
  const other = PRODUCTS[(nth + 1) % PRODUCTS.length] ?? '';
  await shop.tell(address, ...visitors, ...steps(other, 'impression'), ...steps(product, 'impression', 'open'));
  for (const id of await tryOns(shop, number, address)) {
    if (shop.name === '') ofDefault = id;
    const ending = await end(id);
    shop.book.runs[ending] += 1;
    const result = ending === 'failed' ? [] : steps(product, 'result', ...(every(2) ? (['cart'] as const) : []));
    await shop.tell(address, ...steps(product, 'try'), ...result);
    if (ending === 'failed') continue;
    const tried = { mark: 'tried' as const, amountMinor, property: id };
    if (every(4)) await shop.order(currency, [tried, { ...tried, amountMinor: 990 }], { times: every(8) ? 3 : 1 });
    if (every(20, 9)) await shop.order(currency, [tried, { mark: 'held', amountMinor: 550, property: 'held' }]);
    if (every(25, 7)) {
      await shop.forgeries(currency, id);
      await shop.nonsense(address);
    }
  }
}

/** The ids of the runs that a visitor starts: mostly one. */
async function tryOns({ origin, book }: Shop, number: number, address: string): Promise<string[]> {
  const headers = { origin, 'cf-connecting-ip': address, ...(number % 10 === 5 ? { 'idempotency-key': `visit-${number}` } : {}) };
  const body = await cut(number);
  const answer = await desk.gateway.run(body, headers);
  expect(answer.status).toBe(200);
  const { id } = (await answer.json()) as { id: string };
  if (number % 5 !== 0) return [id];
  // The same once more is the same run: by its key always, by its likeness unless it has failed by now.
  const again = await desk.gateway.run(body, { ...headers, 'x-visitor': answer.headers.get('x-visitor') ?? '' });
  expect(again.status).toBe(200);
  const { id: second } = (await again.json()) as { id: string };
  if (number % 10 === 5) expect(second).toBe(id);
  if (second !== id) return [id, second];
  book.runs.joined += 1;
  return [id];
}

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
/** As the page's language, which is the test's browser's, writes it. */
const text = (number: number): string => number.toLocaleString('en-GB');
const money = (minor: number, currency: string): string => {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};
const percentage = (share: number): string => share.toLocaleString('en-GB', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const tries = (of: readonly Book[]): number => runsOf(of, 'completed') + runsOf(of, 'failed');

test('after 500 try-ons of three shops every figure is the ledger’s and the books’', async () => {
  const journal = (await desk.control('journal')) as Journal;
  const { page, context, troubles } = await signIn(browser, desk.gateway.url.origin, { token: STAFF_TOKEN });
  try {
    await page.locator('.days label', { hasText: '7 days' }).click();
    await expect.poll(() => tile(page, 'Try-ons')).toBe(text(tries(books())));
    // The books have something of each kind.
    for (const kind of ['completed', 'failed', 'joined'] as const) expect(runsOf(books(), kind), kind).toBeGreaterThan(0);
    const rows = await rowsOf(page, 'By shop');
    const charged = (key: string): number => journal.accounts[accountOf(key)]?.credits_charged ?? NaN;
    for (const { name, book } of shops) {
      expect(rows[name === '' ? 'Default shop' : name], name).toMatchObject({
        'Try-ons': String(tries([book])),
        Completed: String(book.runs.completed),
        Failed: String(book.runs.failed),
        'Timed out': '0',
        Joined: String(book.runs.joined),
      });
    }
    expect(Number(rows['north']?.['Credits'])).toBe(charged(KEYS.FASHN_API_KEY_NORTH));
    expect(Number(rows['Default shop']?.['Credits']) + Number(rows['atelier']?.['Credits'])).toBe(charged(KEYS.FASHN_API_KEY));
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

/** Chooses a shop in the page; null for all. */
const choose = async (page: Page, shop: string | null): Promise<void> => {
  await page.getByRole('combobox', { name: 'Shop' }).selectOption(shop ?? '*');
};
const VIEWS: [string, string | null, string[]][] = [
  ['all shops', null, ['EUR', 'JPY', 'CHF']],
  ['the default shop', '', ['EUR']],
  ['north', 'north', ['JPY']],
  ['atelier', 'atelier', ['EUR', 'CHF']],
];

test.each(VIEWS)('what pages told of %s is the books’, with its products', async (_, shop) => {
  const own = shop === null ? books() : bookOf(shop);
  const { page, context, troubles } = await signIn(browser, desk.gateway.url.origin, { token: STAFF_TOKEN });
  try {
    await choose(page, shop);
    await expect.poll(() => tile(page, 'Impressions')).toBe(text(stepsOf(own, 'impression')));
    expect(await tile(page, 'Opens')).toBe(text(stepsOf(own, 'open')));
    expect(await tile(page, 'Carts')).toBe(text(stepsOf(own, 'cart')));
    for (const name of STEPS) expect(stepsOf(own, name), name).toBeGreaterThan(0);
    if (shop === null) return;
    const labels = { impression: 'Impressions', open: 'Opens', try: 'Try-ons', result: 'Results', cart: 'Carts' };
    const expected = [...(own[0]?.products ?? [])].map(([product, steps]) => [product || 'all other products', Object.fromEntries(STEPS.map((name) => [labels[name], text(steps[name])]))]);
    const rows = await rowsOf(page, 'By product');
    expect(Object.keys(rows)).toHaveLength(PRODUCTS.length);
    expect(rows).toMatchObject(Object.fromEntries(expected));
    expect(unexpected(troubles)).toEqual([]);
  } finally {
    await context.close();
  }
});

test.each(VIEWS)('the holdout and the orders of %s are the books’, in each currency', async (_, shop, currencies) => {
  const own = shop === null ? books() : bookOf(shop);
  const { page, context, troubles } = await signIn(browser, desk.gateway.url.origin, { token: STAFF_TOKEN, view: 'proof' });
  try {
    await choose(page, shop);
    for (const currency of currencies) {
      const { shown, held, tried, credits } = proofOf(own, currency);
      for (const [name, many] of Object.entries({ shown: shown.orders, held: held.orders, tried: tried.orders })) expect(many, `${currency} ${name}`).toBeGreaterThan(0);
      if (currencies.length > 1) await page.getByRole('combobox', { name: 'Currency' }).selectOption(currency);
      const row = ({ visitors, orders, amountMinor }: typeof shown) => ({
        Visitors: text(visitors), Orders: text(orders), Conversion: percentage(orders / visitors), [`Amount, ${currency}`]: money(amountMinor, currency),
      });
      await expect.poll(() => rowsOf(page, 'With and without the button')).toMatchObject({ 'See the button': row(shown), 'Don’t see it': row(held) });
      expect(await tile(page, 'Orders')).toBe(text(tried.orders));
      expect(await tile(page, 'Revenue of these pieces')).toBe(money(tried.amountMinor, currency));
      expect(await tile(page, 'Revenue per credit')).toBe(money(tried.amountMinor / credits, currency));
    }
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
    const listed = page.getByRole('table', { name: 'What staff changed' }).getByRole('row');
    await listed.filter({ hasText: 'Credits a day: none → 1' }).waitFor();
    await listed.filter({ hasText: 'Paused: no → yes' }).waitFor();
    const body = JSON.stringify({ id: ofDefault });
    expect(await (await desk.gateway.ask('/staff/api/visitors/reset', { method: 'POST', headers: { authorization: `Bearer ${STAFF_TOKEN}` }, body })).json()).toEqual({ changed: true });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await listed.filter({ hasText: 'Day of a visitor: reset' }).filter({ hasText: 'Default shop' }).waitFor();
    expect(await page.getByText(ofDefault).count()).toBe(0);
  } finally {
    await context.close();
    await shop.context.close();
  }
});

test('the viewer of one shop sees that shop, and can change nothing', async () => {
  const { page, context } = await signIn(browser, desk.gateway.url.origin, { token: NORTH_TOKEN });
  try {
    const own = bookOf('north');
    await expect.poll(() => tile(page, 'Try-ons')).toBe(text(tries(own)));
    expect(await tile(page, 'Impressions')).toBe(text(stepsOf(own, 'impression')));
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
