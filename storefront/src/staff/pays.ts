// Whether the button pays: a holdout's two groups, what an order brings and what credits cost.
import type { GroupRow, OrderRow } from './answers.ts';
import { newcombe, wilson, type Interval } from './confidence.ts';
import { by, share, sum, type Rows } from './sums.ts';

export interface Group {
  visitors: number;
  orders: number;
  amountMinor: number;
  /** Orders per visitor. */
  conversion: Interval | null;
}

/** The rows of shops that sell in a currency; all of them without one. */
export function inCurrency(rows: Rows, currency: string | null): Rows {
  if (currency === null) return rows;
  const shops = new Set([...rows.orders, ...rows.groups].filter((row) => row.currency === currency).map(({ shop }) => shop));
  const of = <Row extends { shop: string }>(some: Row[]): Row[] => some.filter(({ shop }) => shops.has(shop));
  return { runs: of(rows.runs), failures: of(rows.failures), products: of(rows.products), orders: of(rows.orders), groups: of(rows.groups) };
}

/** A group's sum. Orders in all currencies count for the conversion, those in `currency` for the amount. */
export function sumGroup(rows: readonly GroupRow[], group: GroupRow['group'], currency: string | null): Group {
  const own = rows.filter((row) => row.group === group);
  // The visitors of a day and shop stand in the row of each currency.
  const days = by(own, ({ day, shop }) => `${day} ${shop}`);
  const visitors = days.reduce((total, [, of]) => total + Math.max(...of.map((row) => row.visitors)), 0);
  const orders = sum(own, 'orders');
  const amountMinor = sum(own.filter((row) => row.currency === currency), 'amount_minor');
  return { visitors, orders, amountMinor, conversion: wilson(orders, visitors) };
}

/** The currencies of orders, the one of most orders first. */
export function currencies(orders: readonly OrderRow[], groups: readonly GroupRow[]): string[] {
  const named = [...orders, ...groups].filter((row) => row.currency !== null && row.currency !== '' && row.orders > 0);
  return by(named, ({ currency }) => currency ?? '')
    .map(([currency, of]) => ({ currency, orders: sum(of, 'orders') }))
    .sort((one, other) => other.orders - one.orders || one.currency.localeCompare(other.currency))
    .map(({ currency }) => currency);
}

export interface Proof {
  shown: Group;
  held: Group;
  /** By how much more of the visitors that see the button order; null if one of the groups has no visitors. */
  lift: Interval | null;
  /** Revenue that the button added, in the smallest unit: the lift of all that saw it, at their average order. */
  added: Interval | null;
  /** The amount in the currency by all orders of the visitors that see the button. */
  averageMinor: number | null;
  /** Orders with a line that was tried on. */
  tried: { orders: number; amountMinor: number };
}

export function proof(orders: readonly OrderRow[], groups: readonly GroupRow[], currency: string | null): Proof {
  const shown = sumGroup(groups, 'shown', currency);
  const held = sumGroup(groups, 'held', currency);
  const lift = shown.conversion && held.conversion ? newcombe(shown.conversion, held.conversion) : null;
  const averageMinor = share(shown.amountMinor, shown.orders);
  const scale = averageMinor === null ? null : shown.visitors * averageMinor;
  const added = lift === null || scale === null ? null : { value: lift.value * scale, low: lift.low * scale, high: lift.high * scale };
  const tried = orders.filter((row) => row.currency === currency);
  return { shown, held, lift, added, averageMinor, tried: { orders: sum(tried, 'orders'), amountMinor: sum(tried, 'amount_minor') } };
}

export interface BreakEven {
  /** What the credits cost, in the smallest unit. */
  costMinor: number;
  /** Orders that the button must add to earn that. */
  orders: number;
  /** The lift of the conversion that this takes; null while nobody was shown the button in a holdout. */
  lift: number | null;
  /** What is known by now: the whole interval above the break-even, the whole below, or neither. */
  verdict: 'pays' | 'loses' | 'open';
}

/** Null while an order's worth isn't known. `marginShare`: what is left of an order's amount. */
export function breakEven(of: Proof, credits: number, creditMinor: number, marginShare: number): BreakEven | null {
  const earned = (of.averageMinor ?? share(of.tried.amountMinor, of.tried.orders) ?? 0) * marginShare;
  if (earned <= 0) return null;
  const costMinor = credits * creditMinor;
  const orders = costMinor / earned;
  const lift = share(orders, of.shown.visitors);
  let verdict: BreakEven['verdict'] = 'open';
  if (of.lift && lift !== null && of.lift.low > lift) verdict = 'pays';
  else if (of.lift && lift !== null && of.lift.high < lift) verdict = 'loses';
  return { costMinor, orders, lift, verdict };
}
