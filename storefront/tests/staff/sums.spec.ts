// The page's arithmetic: percentiles, confidence intervals, sums, break-even, CSV, by tables with known values.
import { describe, expect, test } from 'vitest';
import type { Brakes, Me, RunRow } from '../../src/staff/answers.ts';
import { refusal } from '../../src/staff/api.ts';
import { changeText, draftOf, readDraft } from '../../src/staff/brakes.ts';
import { newcombe, wilson, type Interval } from '../../src/staff/confidence.ts';
import { csv } from '../../src/staff/csv.ts';
import { merged, quantile } from '../../src/staff/histogram.ts';
import { minorPerMajor } from '../../src/staff/numbers.ts';
import { breakEven, currencies, inCurrency, proof, sumGroup } from '../../src/staff/pays.ts';
import { by, failuresByName, perDay, rowsOf, sumRuns } from '../../src/staff/sums.ts';
import { merchant, TO_DAY } from './merchant.ts';

describe('percentiles of histograms', () => {
  const bounds = [100, 200, 400];
  test.each([
    ['nothing', [], 0.5, null],
    ['empty buckets', [0, 0], 0.5, null],
    ['one in the first bucket', [1], 0.5, { ms: 50, isOpen: false }],
    ['all in one bucket', [0, 10], 0.5, { ms: 150, isOpen: false }],
    ['the upper end of a bucket', [10, 10], 0.5, { ms: 100, isOpen: false }],
    ['a part of the third bucket', [2, 2, 4], 0.75, { ms: 300, isOpen: false }],
    ['empty buckets between', [1, 0, 1], 1, { ms: 400, isOpen: false }],
    ['the last bucket', [1, 0, 0, 9], 0.95, { ms: 400, isOpen: true }],
    ['all of it', [4], 1, { ms: 100, isOpen: false }],
  ])('%s', (_, counts, share, expected) => expect(quantile(counts, bounds, share)).toEqual(expected));

  test('histograms of different lengths are added', () => expect(merged([[1], [], [2, 0, 3]])).toEqual([3, 0, 3]));
});

const interval = ({ value, low, high }: Interval) => [value, low, high].map((number) => Number(number.toFixed(4)));

describe('confidence', () => {
  // R. G. Newcombe, Statistics in Medicine 1998, 17: 857–872, table I, method 3.
  test.each([
    [81, 263, [0.308, 0.2553, 0.3662]],
    [15, 148, [0.1014, 0.0624, 0.1605]],
    [0, 20, [0, 0, 0.1611]],
    [1, 29, [0.0345, 0.0061, 0.1718]],
  ])('of %i of %i', (orders, visitors, expected) => expect(interval(wilson(orders, visitors)!)).toEqual(expected));

  test('of nothing there is none, and two orders of one visitor are no more than all', () => {
    expect(wilson(0, 0)).toBeNull();
    expect(wilson(3, 2)).toEqual(wilson(2, 2));
  });

  // The same, 17: 873–890, table II, method 10.
  test.each([
    [[56, 70], [48, 80], [0.2, 0.0524, 0.3339]],
    [[9, 10], [3, 10], [0.6, 0.1705, 0.809]],
    [[10, 10], [0, 20], [1, 0.6791, 1]],
    [[0, 10], [0, 20], [0, -0.1611, 0.2775]],
  ])('of the difference of %j and %j', ([a, m], [b, n], expected) => {
    expect(interval(newcombe(wilson(a!, m!)!, wilson(b!, n!)!))).toEqual(expected);
  });
});

const run = (more: Partial<RunRow>): RunRow => ({ day: 9, shop: '', model: 'm', completed: 1, failed: 0, timed_out: 0, joined: 0, credits: 1, wait: [1], run: [0, 1], ...more });

describe('sums', () => {
  test('of days and a shop', () => {
    const { figures } = merchant();
    const today = rowsOf(figures, 1, null);
    expect(new Set(today.runs.map(({ day }) => day))).toEqual(new Set([TO_DAY]));
    const week = rowsOf(figures, 7, 'north');
    expect(new Set(week.groups.map(({ shop }) => shop))).toEqual(new Set(['north']));
    expect(Math.min(...week.products.map(({ day }) => day))).toBe(TO_DAY - 6);
    expect(rowsOf(figures, 90, '').orders.every(({ shop }) => shop === '')).toBe(true);
    const { failures: _, ...older } = figures;
    expect(rowsOf(older, 1, null).failures).toEqual([]);
  });

  test('of runs', () => {
    expect(sumRuns([run({}), run({ completed: 3, failed: 2, timed_out: 1, joined: 4, credits: 6, wait: [0, 2], run: [] })])).toEqual({
      completed: 4, failed: 2, timed_out: 1, tries: 7, joined: 4, credits: 7, wait: [1, 2], run: [0, 1],
    });
  });

  test('of each day, with days without a run', () => {
    const days = perDay([run({ day: 8 }), run({ day: 8, shop: 'b' }), run({ day: 10 })], 8, 10);
    expect(days.map(({ day, sum }) => [day, sum.tries])).toEqual([[8, 2], [9, 0], [10, 1]]);
  });

  test('of failures, the most frequent first, and of groups', () => {
    const row = { day: 1, shop: '', model: 'm' };
    expect(failuresByName([{ ...row, name: 'B', count: 1 }, { ...row, name: 'A', count: 1 }, { ...row, name: 'C', count: 2 }, { ...row, name: 'B', count: 1 }])).toEqual([
      { name: 'B', count: 2 }, { name: 'C', count: 2 }, { name: 'A', count: 1 },
    ]);
    expect(by(['ab', 'c', 'ad'], (text) => text.charAt(0))).toEqual([['a', ['ab', 'ad']], ['c', ['c']]]);
  });
});

describe('whether it pays', () => {
  const row = (group: 'shown' | 'held', visitors: number, orders: number, currency: string | null = 'EUR', day = 1) => ({ day, shop: '', group, visitors, orders, currency, amount_minor: orders * 5_000 });
  const orders = [{ day: 1, shop: '', currency: 'EUR', orders: 10, lines: 12, amount_minor: 60_000 }];

  test('visitors that stand in the row of each currency count once', () => {
    const groups = [row('shown', 100, 3), row('shown', 100, 2, 'SEK'), row('shown', 50, 0, null, 2), row('held', 40, 1)];
    expect(sumGroup(groups, 'shown', 'EUR')).toMatchObject({ visitors: 150, orders: 5, amountMinor: 15_000 });
    expect(currencies(orders, groups)).toEqual(['EUR', 'SEK']);
  });

  test('the lift, what it is worth, and the break-even', () => {
    const of = proof(orders, [row('shown', 10_000, 600), row('held', 10_000, 400)], 'EUR');
    expect(interval(of.lift!)).toEqual([0.02, 0.014, 0.0261]);
    expect(of.averageMinor).toBe(5_000);
    expect(of.added?.value).toBeCloseTo(1_000_000);
    expect(of.tried).toEqual({ orders: 10, amountMinor: 60_000 });
    // 20,000 credits of 0.05 each cost 1,000.00: 40 orders of 50.00 with a margin of a half.
    expect(breakEven(of, 20_000, 5, 0.5)).toEqual({ costMinor: 100_000, orders: 40, lift: 0.004, verdict: 'pays' });
    expect(breakEven(of, 100_000, 5, 0.5)).toMatchObject({ orders: 200, lift: 0.02, verdict: 'open' });
    expect(breakEven(of, 200_000, 5, 0.5)).toMatchObject({ lift: 0.04, verdict: 'loses' });
    expect(breakEven(of, 1, 5, 0)).toBeNull();
  });

  test('without a holdout an order is worth what the tried pieces brought, and nothing is sure', () => {
    const of = proof(orders, [], 'EUR');
    expect([of.lift, of.added, of.averageMinor]).toEqual([null, null, null]);
    expect(breakEven(of, 100, 6_000, 1)).toEqual({ costMinor: 600_000, orders: 100, lift: null, verdict: 'open' });
    expect(breakEven(proof([], [], null), 100, 6, 1)).toBeNull();
  });

  test('amounts are of shops that sell in the currency', () => {
    const rows = rowsOf(merchant().figures, 7, null);
    expect(new Set(inCurrency(rows, 'SEK').runs.map(({ shop }) => shop))).toEqual(new Set(['north']));
    expect(new Set(inCurrency(rows, 'EUR').groups.map(({ shop }) => shop))).toEqual(new Set(['', 'atelier']));
    expect(inCurrency(rows, null)).toBe(rows);
  });

  test.each([['EUR', 100], ['JPY', 1], ['KWD', 1_000], ['', 100], ['no code', 100]])('%s has %i smallest units', (currency, units) => expect(minorPerMajor(currency)).toBe(units));
});

test('CSV: quotes, line breaks, nothing, and texts that a spreadsheet would run', () => {
  expect(csv(['a', 'b'], [['x', 1], ['say "hi"', null], ['one, two', -3], ['a\nb', 0.5], ['=1+1', 2], ['@x', 2], ['-1', 2], ['+1', 2], ['\t=1', 2], ['ü', 2]])).toBe(
    'a,b\r\nx,1\r\n"say ""hi""",\r\n"one, two",-3\r\n"a\nb",0.5\r\n\'=1+1,2\r\n\'@x,2\r\n\'-1,2\r\n\'+1,2\r\n\'\t=1,2\r\nü,2\r\n',
  );
});

describe('the form of the brakes', () => {
  const me = { shop: 'north', shops: ['north'], settings: { day_credits: 2_000, month_credits: 60_000, visitor_day_tries: 10 } } as Me;
  const brakes: Brakes = { shop: 'north', is_paused: false, day_credits: 500, month_credits: null, pacing: false, signed_in_share: 20, signed_in_only: false, guest_day_tries: 3, signed_in_day_tries: null, spent: { day: 0, month: 0 } };
  const read = (draft: object) => readDraft({ ...draftOf(brakes), ...draft }, brakes, me);

  test.each([
    ['nothing', {}, {}],
    ['a number', { day_credits: ' 2000 ' }, { day_credits: 2_000 }],
    ['a number taken away', { day_credits: '' }, { day_credits: null }],
    ['nothing at all for guests', { guest_day_tries: '0' }, { guest_day_tries: 0 }],
    ['no share', { signed_in_share: '' }, { signed_in_share: 0 }],
    ['ticks', { pacing: true, signed_in_only: true }, { pacing: true, signed_in_only: true }],
  ])('%s', (_, draft, change) => expect(read(draft)).toEqual({ change: { shop: 'north', ...change } }));

  test.each([
    ['day_credits', '2001'], ['month_credits', '60001'], ['signed_in_share', '101'], ['guest_day_tries', '11'], ['signed_in_day_tries', '-1'],
    ['day_credits', '1.5'], ['day_credits', '1e3'], ['month_credits', 'many'], ['guest_day_tries', '99999999999'],
  ])('%s: %s is refused at its field', (name, text) => expect(read({ [name]: text })).toEqual({ errors: { [name]: expect.stringMatching(/^Enter a whole number from 0 to [\d,.]+\.$/) } }));
});

test.each([
  ['is_paused: false → true', 'Paused: no → yes'],
  ['day_credits: null → 200, pacing: true → false', 'Credits a day: none → 200, Spread the day’s credits over the day: yes → no'],
  ['new_brake: 1 → 2', 'new_brake: 1 → 2'],
  ['breaker: closed', 'Breaker: closed'],
  ['visitor_day: reset', 'Day of a visitor: reset'],
  ['message: sent again, 0c1f', 'Message to the backend: sent again, 0c1f'],
])('the change %s in words', (change, words) => expect(changeText(change)).toBe(words));

test('a refusal has a sentence, and one at each field', () => {
  const told = refusal(400, { error: 'BadRequest', message: 'A field is wrong.', errors: [{ path: 'day_credits', message: 'must be at most 2000' }] });
  expect([told.status, told.message, told.fields]).toEqual([400, 'A field is wrong.', { day_credits: 'Must be at most 2000.' }]);
  expect(refusal(502, undefined).message).toMatch(/502.*Try again/);
  expect(refusal(500, { errors: 'none' }).fields).toEqual({});
});
