// Sums over the figures' rows: of some days and one shop or all, as the page shows them.
import type { FailureRow, Figures, GroupRow, OrderRow, ProductRow, RunRow } from './answers.ts';
import { merged } from './histogram.ts';

export interface Rows {
  runs: RunRow[];
  failures: FailureRow[];
  products: ProductRow[];
  orders: OrderRow[];
  groups: GroupRow[];
}

/** The rows of the last `days` days (today is one) of a shop; of all shops without one. */
export function rowsOf(figures: Figures, days: number, shop: string | null): Rows {
  const from = figures.to_day - days + 1;
  const of = <Row extends { day: number; shop: string }>(rows: Row[] = []): Row[] =>
    rows.filter((row) => row.day >= from && row.day <= figures.to_day && (shop === null || row.shop === shop));
  const { runs, failures, products, orders, groups } = figures;
  return { runs: of(runs), failures: of(failures), products: of(products), orders: of(orders), groups: of(groups) };
}

export interface RunSum {
  completed: number;
  failed: number;
  timed_out: number;
  /** All that ended. */
  tries: number;
  joined: number;
  credits: number;
  wait: number[];
  run: number[];
}

export function sumRuns(rows: readonly RunRow[]): RunSum {
  const [completed, failed, timed_out] = [sum(rows, 'completed'), sum(rows, 'failed'), sum(rows, 'timed_out')];
  return {
    completed,
    failed,
    timed_out,
    tries: completed + failed + timed_out,
    joined: sum(rows, 'joined'),
    credits: sum(rows, 'credits'),
    wait: merged(rows.map(({ wait }) => wait)),
    run: merged(rows.map(({ run }) => run)),
  };
}

export type ProductSum = Pick<ProductRow, 'impressions' | 'opens' | 'tries' | 'results' | 'carts'>;

export function sumProducts(rows: readonly ProductRow[]): ProductSum {
  return {
    impressions: sum(rows, 'impressions'),
    opens: sum(rows, 'opens'),
    tries: sum(rows, 'tries'),
    results: sum(rows, 'results'),
    carts: sum(rows, 'carts'),
  };
}

/** Groups in the order in which their keys first appear. */
export function by<Row>(rows: readonly Row[], key: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return [...groups];
}

/** How often runs failed by each name, the most frequent first. */
export function failuresByName(rows: readonly FailureRow[]): { name: string; count: number }[] {
  const sums = by(rows, ({ name }) => name).map(([name, of]) => ({ name, count: sum(of, 'count') }));
  return sums.sort((one, other) => other.count - one.count || one.name.localeCompare(other.name));
}

/** One entry for each day, days without a row too. */
export function perDay(rows: readonly RunRow[], fromDay: number, toDay: number): { day: number; sum: RunSum }[] {
  const days = new Map(by(rows, ({ day }) => String(day)));
  return Array.from({ length: toDay - fromDay + 1 }, (_, index) => {
    const day = fromDay + index;
    return { day, sum: sumRuns(days.get(String(day)) ?? []) };
  });
}

export function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

export function sum<Key extends string>(rows: readonly Record<Key, number>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}
