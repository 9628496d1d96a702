// What the staff page's figures cost: 90 days of 20 shops in one account, asked for as the page asks, in workerd.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databasesOf } from '../tests/gateway.ts';
import type { Figure, Scenario } from './scenario.ts';
import { expect, Target } from './target.ts';
import { variantOf, type Variant } from './variants.ts';
import { MEMORY } from './workerd.ts';

const DAYS = 90;
const MODELS = ['tryon-v1.6', 'tryon-max', 'product-to-model'];
const BAR_MS = 200;

const SIZES = {
  full: { shops: 20, products: 40, asks: 20 },
  quick: { shops: 20, products: 40, asks: 5 },
  smoke: { shops: 3, products: 4, asks: 2 },
};
type Size = (typeof SIZES)['full'];

const STAFF_TOKEN = 'staff-token-of-the-bench';
const shopsOf = ({ shops }: Size) => Array.from({ length: shops }, (_, number) => `shop-${number}`);
const settingsOf = (size: Size) => ({ STAFF_TOKEN, SHOPS: JSON.stringify(Object.fromEntries(shopsOf(size).map((name) => [name, { origins: [`https://${name}.example`] }]))) });

const ask = (target: Target) => ({ head: target.head('GET', `/staff/api/figures?days=${DAYS}`, { authorization: `Bearer ${STAFF_TOKEN}` }) });

/** Rows of each day and shop, in the database that the account itself has made. */
function fill(store: string, size: Size) {
  const [file] = databasesOf(store, 'AccountObject');
  if (file === undefined) throw new Error('the account has no database');
  const database = new DatabaseSync(file);
  const insert = (table: string, columns: number) => database.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join()})`);
  const [figures, failures, products, orders] = [insert('figures', 12), insert('failures', 5), insert('products', 8), insert('orders', 8)];
  const today = Math.floor(Date.now() / 86_400_000);
  const histogram = JSON.stringify(Array(12).fill(12));
  database.exec('BEGIN');
  for (let day = today - DAYS + 1; day <= today; day += 1) {
    for (const shop of shopsOf(size)) {
      for (const model of MODELS) figures.run(day, shop, model, 120, 9, 1, 14, 120, 90_000, 900_000, histogram, histogram);
      for (const name of ['PoseError', 'PhotoTypeError']) failures.run(day, shop, MODELS[0] ?? '', name, 4);
      for (let product = 0; product < size.products; product += 1) products.run(day, shop, `product-${48_211 + product}`, 400, 60, 40, 36, 9);
      for (const mark of ['shown', 'held']) orders.run(day, shop, mark, '', 900, 0, 0, 0);
      for (const mark of ['tried', 'shown', 'held']) orders.run(day, shop, mark, 'EUR', 0, 30, 40, 239_400);
    }
  }
  database.exec('COMMIT');
  database.close();
}

/** CPU of workerd for one answer, in milliseconds, and the answer's length. */
export async function figuresCpu(variant: Variant, size: Size = SIZES.full): Promise<{ cpuMs: number; bytes: number }> {
  const store = mkdtempSync(join(MEMORY, 'fitting-room-figures-'));
  const start = () => Target.start({ ...variant, store }, settingsOf(size));
  try {
    const empty = await start();
    expect(empty, 'figures', 200)(0, await empty.ask(ask(empty)));
    await empty.stop();
    fill(store, size);
    const target = await start();
    try {
      const answer = await target.ask(ask(target));
      const rows = size.shops * DAYS * MODELS.length;
      expect(target, 'figures', 200, (body) => (JSON.parse(body) as { runs: unknown[] }).runs.length === rows)(0, answer);
      const { cpuUs } = await target.lap(size.asks, 1, () => ask(target), expect(target, 'figures', 200));
      return { cpuMs: cpuUs / 1_000, bytes: answer.body.length };
    } finally {
      await target.stop();
    }
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

export const figures: Scenario = {
  name: 'figures',
  about: `the staff page’s figures of ${DAYS} days and 20 shops in one account`,
  async run({ size, build }): Promise<Figure[]> {
    const { cpuMs, bytes } = await figuresCpu(variantOf('gateway', { build }), SIZES[size]);
    return [{ what: 'CPU of one answer', value: `${cpuMs.toFixed(1)} ms, ${Math.round(bytes / 1_000)} kB`, bar: { text: `under ${BAR_MS} ms`, met: cpuMs < BAR_MS } }];
  },
};
