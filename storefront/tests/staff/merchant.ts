// A merchant's figures for the page's tests: the same ones each time, from a seed.
import type { Account, Brakes, Change, DeadLetter, Figures, Me, RunReport, Silent } from '../../src/staff/answers.ts';

export const BOUNDS_MS = [250, 1_000, 3_000, 5_000, 7_000, 9_000, 11_000, 14_000, 18_000, 25_000, 40_000, 60_000, 120_000, 300_000, 900_000];
export const TO_DAY = 20_787;
const NOW_MS = TO_DAY * 86_400_000 + 36_000_000;
const MODELS = ['tryon-v1.6', 'tryon-max'];
const PRODUCTS = ['Linen shirt', 'Wool coat', 'Rain jacket', 'T-shirt, sage', '8412093841', '=HYPERLINK("https://evil.example","Sale")'];
const FAILURES = ['PoseError', 'ImageLoadError', 'ContentModerationError', 'ThirdPartyError'];

export interface Merchant {
  me: Me;
  figures: Figures;
  accounts: (Account | Silent)[];
  brakes: Brakes[];
  changes: Change[];
  deadLetters: DeadLetter[];
  run: RunReport;
}

/** Numbers from 0 to 1 that look random (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Shops of one deployment over `days` days; without days it is a new one. */
export function merchant({ shops = ['', 'north', 'atelier'], days = 90, seed = 25 } = {}): Merchant {
  const next = random(seed);
  const upTo = (max: number): number => Math.floor(next() * (max + 1));
  const figures: Figures = {
    from_day: TO_DAY - 89,
    to_day: TO_DAY,
    accounts: ['FASHN_API_KEY', 'FASHN_API_KEY_NORTH'].map((account) => ({ account, error: null })),
    bounds_ms: BOUNDS_MS,
    runs: [],
    failures: [],
    products: [],
    orders: [],
    groups: [],
  };
  for (let day = TO_DAY - days + 1; day <= TO_DAY; day += 1) {
    const weekend = day % 7 < 2 ? 1.6 : 1;
    for (const [index, shop] of shops.entries()) {
      const size = weekend / (1 + index * 0.8);
      for (const [nth, model] of MODELS.entries()) {
        const tries = Math.round((30 + upTo(25)) * size * (nth === 0 ? 1 : 0.3));
        const failed = Math.min(upTo(4) + (day === TO_DAY - 12 ? 20 : 0), tries);
        const timed_out = upTo(12) === 0 ? Math.min(1, tries - failed) : 0;
        const completed = tries - failed - timed_out;
        figures.runs.push({ day, shop, model, completed, failed, timed_out, joined: upTo(5), credits: completed * (nth + 1), wait: spread(completed, 0, next), run: spread(completed, 4 + nth, next) });
        const reasons = Array.from({ length: failed }, () => FAILURES[Math.floor(next() ** 2 * FAILURES.length)] ?? '');
        for (const name of new Set(reasons)) figures.failures?.push({ day, shop, model, name, count: reasons.filter((reason) => reason === name).length });
      }
      for (const [nth, product] of PRODUCTS.entries()) {
        const impressions = Math.round((180 + upTo(120)) * size / (nth + 1));
        const opens = Math.round(impressions * (0.1 + next() * 0.08));
        const tries = Math.round(opens * (0.5 + next() * 0.2));
        const results = Math.round(tries * 0.93);
        figures.products?.push({ day, shop, product, impressions, opens, tries, results, carts: Math.round(results * (0.2 + next() * 0.2)) });
      }
      const orders = upTo(5) + Math.round(3 * size);
      figures.orders?.push({ day, shop, currency: shop === 'north' ? 'SEK' : 'EUR', orders, lines: orders + upTo(2), amount_minor: orders * (6_000 + upTo(3_000)) * (shop === 'north' ? 11 : 1) });
      const visitors = Math.round((400 + upTo(200)) * size);
      for (const group of ['shown', 'held'] as const) {
        const own = Math.round(visitors * (group === 'shown' ? 0.8 : 0.2));
        const bought = Math.round(own * (group === 'shown' ? 0.034 : 0.026) + next() - 0.5);
        figures.groups?.push({ day, shop, group, visitors: own, orders: bought, currency: shop === 'north' ? 'SEK' : 'EUR', amount_minor: bought * 7_490 * (shop === 'north' ? 11 : 1) });
      }
    }
  }
  const brakes = shops.map((shop, index): Brakes => ({
    shop,
    is_paused: false,
    day_credits: index === 0 ? null : 200,
    month_credits: null,
    pacing: index === 1,
    signed_in_share: index === 1 ? 20 : 0,
    signed_in_only: false,
    guest_day_tries: index === 2 ? 3 : null,
    signed_in_day_tries: null,
    spent: { day: days === 0 ? 0 : 60 + index * 60, month: days === 0 ? 0 : 1_800 / (index + 1) },
  }));
  return {
    me: { name: 'ana', role: 'owner', shop: null, shops: [...shops], settings: { day_credits: 2_000, month_credits: 62_000, visitor_day_tries: 10 } },
    figures,
    accounts: days === 0 ? [account('FASHN_API_KEY', 0)] : [account('FASHN_API_KEY', 6), account('FASHN_API_KEY_NORTH', 2)],
    brakes,
    changes: days === 0 ? [] : [
      { at_ms: NOW_MS - 3_600_000, by: 'ana', shop: 'north', change: 'pacing: false → true' },
      { at_ms: NOW_MS - 7_200_000, by: 'north’s agency', shop: 'north', change: 'day_credits: none → 200' },
      { at_ms: NOW_MS - 90_000_000, by: 'ana', shop: '', change: 'is_paused: true → false' },
    ],
    deadLetters: days === 0 ? [] : [
      { account: 'FASHN_API_KEY', id: 'msg_0c1f', type: 'prediction.completed', timestamp: '2026-11-29T10:00:00Z', tries: 9, outcome: 'it was answered with 503', dead_at: '2026-11-30T12:10:00Z' },
      { account: 'FASHN_API_KEY_NORTH', id: 'msg_77aa', type: 'prediction.failed', timestamp: '2026-11-29T11:00:00Z', tries: 9, outcome: null, dead_at: '2026-11-30T13:10:00Z' },
    ],
    run: { shop: 'north', model: 'tryon-v1.6', state: 'completed', admitted_ms: NOW_MS - 60_000, ended_ms: NOW_MS - 51_600, attempt: 1, failures: 0, credits: 1, error: null, expires_ms: NOW_MS + 600_000 },
  };
}

/** Times around a bucket. */
function spread(count: number, around: number, next: () => number): number[] {
  const histogram: number[] = [];
  for (let one = 0; one < count; one += 1) {
    const bucket = Math.min(Math.floor(around + next() ** 3 * 6), BOUNDS_MS.length);
    histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  return Array.from(histogram, (value) => value ?? 0);
}

export function account(name: string, taken: number): Account {
  return {
    account: name,
    now_ms: NOW_MS,
    notices: [],
    runs: { receiving: 0, queued: taken, sending: 1, unknown: 0, running: taken, unsettled: 0 },
    queue: { waiting: taken, waiting_max: 200, held_by: taken > 0 ? 'event' : null, held_until_ms: null },
    slots: { taken, usable: 6, limit: 6 },
    backoff: { runs_until_ms: null, statuses_until_ms: null, reduced_slots_until_ms: null },
    breaker: { state: 'closed', until_ms: null, failed_visitors: 0 },
    day: { day: TO_DAY, spent: 30 * taken, reserved: taken, budget: 2_000 },
    balance: { total: 4_812, asked_ms: NOW_MS - 20_000, floor: 0, is_out_of_credits: false },
    outbox: { waiting: 0 },
    quarantine: [],
  };
}
