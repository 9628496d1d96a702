// What was tried on: sums, charts, and tables by shop, product, model and day.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Figures, ProductRow, RunRow } from './answers.ts';
import { settingsOf } from './brakes.ts';
import type { ChartData } from './chart.ts';
import { quantile } from './histogram.ts';
import { day, duration, isoDay, percentage, quantileText, shopName, whole } from './numbers.ts';
import type { Page } from './page.ts';
import { answered, tile } from './part.ts';
import { unfolds, type State } from './state.ts';
import { by, failuresByName, perDay, rowsOf, share, sumProducts, sumRuns, type ProductSum, type Rows, type RunSum } from './sums.ts';
import { table, type Column } from './table.ts';

export function figuresView(state: State, page: Page): TemplateResult {
  return answered(state.figures, 'The figures', (figures) => {
    const rows = rowsOf(figures, state.span, state.shop);
    if (rows.runs.length === 0 && rows.products.length === 0) return nothingYet(state);
    return html`${tiles(figures, rows, state)} ${state.span > 1 ? charts(figures, rows, state) : nothing}
      <div class="tables">${failures(rows)} ${byModel(figures, rows)} ${byShop(figures, rows, state, page)} ${byProduct(rows, state, page)} ${state.span > 1 ? byDay(figures, rows, state) : nothing}</div>`;
  });
}

function nothingYet({ span }: State): TemplateResult {
  return html`<section class="card"><h2>Nothing was tried on ${span === 1 ? 'today' : 'in these days'}</h2>
    <p class="empty">Open a product page of the shop: is the button there? If it isn’t, see Brakes for a pause or a budget that is used up,
    and ask the gateway with <code>npm run doctor</code>. Or choose more days.</p></section>`;
}

/** The 50th and 95th percentile. */
function times(counts: readonly number[], { bounds_ms }: Figures): [string, string] {
  return [quantileText(quantile(counts, bounds_ms, 0.5)), quantileText(quantile(counts, bounds_ms, 0.95))];
}

function tiles(figures: Figures, rows: Rows, { brakes, shop, me }: State): TemplateResult {
  const runs = sumRuns(rows.runs);
  const products = sumProducts(rows.products);
  const [wait, waitLong] = times(runs.wait, figures);
  const [run, runLong] = times(runs.run, figures);
  const own = (brakes.value ?? []).filter((one) => shop === null || one.shop === shop);
  const today = own.reduce((sum, { spent }) => sum + spent.day, 0);
  const [only] = own;
  const limit = own.length === 1 && only && me ? (only.day_credits ?? settingsOf(only, me)?.day_credits) : undefined;
  const budget = limit === undefined ? '' : ` of ${whole(limit)}`;
  return html`<dl class="tiles">
    ${tile('Impressions', whole(products.impressions), `${percentage(share(products.opens, products.impressions))} opened`)}
    ${tile('Opens', whole(products.opens), `${percentage(share(products.tries, products.opens))} tried on`)}
    ${tile('Try-ons', whole(runs.tries), `${whole(runs.joined)} more joined an earlier one`)}
    ${tile('Success', percentage(share(runs.completed, runs.tries)), `${whole(runs.failed)} failed, ${whole(runs.timed_out)} timed out`)}
    ${tile('Carts', whole(products.carts), `${percentage(share(products.carts, products.results))} of results`)}
    ${tile('Credits', whole(runs.credits), own.length > 0 ? `today ${whole(today)}${budget}` : nothing)}
    ${tile('Wait, median', wait, `95% within ${waitLong}`)}
    ${tile('Run, median', run, `95% within ${runLong}`)}
  </dl>`;
}

function charts(figures: Figures, rows: Rows, { span }: State): TemplateResult {
  const days = perDay(rows.runs, Math.max(figures.to_day - span + 1, figures.from_day), figures.to_day);
  const xs = days.map(({ day }) => day);
  const of = (value: (sum: RunSum) => number | null): (number | null)[] => days.map(({ sum }) => value(sum));
  const seconds = (key: 'wait' | 'run', of: number) => (sum: RunSum) => {
    const found = quantile(sum[key], figures.bounds_ms, of);
    return found === null ? null : found.ms / 1000;
  };
  const runs: ChartData = {
    label: `Try-ons of each day: ${whole(sumRuns(rows.runs).tries)} in all. The table “By day” has the numbers.`,
    days: xs,
    axis: whole,
    lines: [
      { label: 'not completed', colour: '--bad-fill', kind: 'bar', values: of(({ tries }) => tries), text: (tries, index) => whole(tries - (days[index]?.sum.completed ?? 0)) },
      { label: 'completed', colour: '--accent', kind: 'bar', values: of(({ completed }) => completed), text: whole },
    ],
  };
  const credits: ChartData = {
    label: `Credits of each day: ${whole(sumRuns(rows.runs).credits)} in all. The table “By day” has the numbers.`,
    days: xs,
    axis: whole,
    lines: [{ label: 'credits', colour: '--accent', kind: 'bar', values: of(({ credits }) => credits), text: whole }],
  };
  const text = (value: number): string => duration(value * 1000);
  const times: ChartData = {
    label: 'How long runs waited and ran on each day. The table “By day” has the numbers.',
    days: xs,
    axis: text,
    lines: [
      { label: 'run, 95%', colour: '--accent', kind: 'limit', values: of(seconds('run', 0.95)), text },
      { label: 'run, median', colour: '--accent', kind: 'line', values: of(seconds('run', 0.5)), text },
      { label: 'wait, 95%', colour: '--second', kind: 'limit', values: of(seconds('wait', 0.95)), text },
      { label: 'wait, median', colour: '--second', kind: 'line', values: of(seconds('wait', 0.5)), text },
    ],
  };
  const chart = (title: string, data: ChartData): TemplateResult => html`<section class="card"><h2>${title}</h2><staff-chart .data=${data}></staff-chart></section>`;
  return html`<div class="charts">${chart('Try-ons', runs)} ${chart('Times', times)} ${chart('Credits', credits)}</div>`;
}

function failures({ failures, runs }: Rows): TemplateResult {
  const names = failuresByName(failures);
  const { tries } = sumRuns(runs);
  return table({
    caption: 'Why try-ons failed',
    file: 'failures',
    rows: names,
    columns: [
      { label: 'Name', value: ({ name }) => name },
      { label: 'Times', value: ({ count }) => count, show: ({ count }) => whole(count), isNumber: true },
      { label: 'Of try-ons', show: ({ count }) => percentage(share(count, tries)), isNumber: true },
    ],
    empty: 'None failed in these days.',
  });
}

interface Summed<Key> {
  key: Key;
  sum: RunSum;
}

/** Columns of sums of runs, after the first. */
function runColumns(figures: Figures): Column<Summed<unknown>>[] {
  const number = (label: string, value: (sum: RunSum) => number): Column<Summed<unknown>> => ({ label, value: ({ sum }) => value(sum), show: ({ sum }) => whole(value(sum)), isNumber: true });
  const time = (label: string, key: 'wait' | 'run', part: number): Column<Summed<unknown>> => ({
    label,
    value: ({ sum }) => Math.round(quantile(sum[key], figures.bounds_ms, part)?.ms ?? 0),
    show: ({ sum }) => quantileText(quantile(sum[key], figures.bounds_ms, part)),
    isNumber: true,
  });
  return [
    number('Try-ons', ({ tries }) => tries),
    { label: 'Success', show: ({ sum }) => percentage(share(sum.completed, sum.tries)), isNumber: true },
    { ...number('Completed', ({ completed }) => completed) },
    number('Failed', ({ failed }) => failed),
    number('Timed out', ({ timed_out }) => timed_out),
    number('Joined', ({ joined }) => joined),
    number('Credits', ({ credits }) => credits),
    time('Wait p50', 'wait', 0.5),
    time('Wait p95', 'wait', 0.95),
    time('Run p50', 'run', 0.5),
    time('Run p95', 'run', 0.95),
  ];
}

const summed = (rows: readonly RunRow[], key: (row: RunRow) => string): Summed<string>[] =>
  by(rows, key)
    .map(([key, of]) => ({ key, sum: sumRuns(of) }))
    .sort((one, other) => other.sum.tries - one.sum.tries);

function byModel(figures: Figures, { runs }: Rows): TemplateResult {
  return table({
    caption: 'By model',
    file: 'models',
    rows: summed(runs, ({ model }) => model),
    columns: [{ label: 'Model', value: ({ key }) => key }, ...(runColumns(figures) as Column<Summed<string>>[])],
    empty: 'Nothing was tried on in these days.',
  });
}

function byShop(figures: Figures, { runs }: Rows, state: State, page: Page): TemplateResult | typeof nothing {
  const { shop, me } = state;
  if (shop !== null || (me?.shops.length ?? 0) < 2) return nothing;
  return table({
    caption: 'By shop',
    file: 'shops',
    unfold: unfolds(state, page, 'By shop'),
    rows: summed(runs, ({ shop }) => shop),
    columns: [{ label: 'Shop', value: ({ key }) => shopName(key) }, ...(runColumns(figures) as Column<Summed<string>>[])],
    empty: 'Nothing was tried on in these days.',
  });
}

function byProduct({ products }: Rows, state: State, page: Page): TemplateResult {
  const { shop, me } = state;
  interface Product {
    shop: string;
    product: string;
    sum: ProductSum;
  }
  const rows = by(products, (row: ProductRow) => JSON.stringify([row.shop, row.product])).map(([, of]): Product => ({ shop: of[0]?.shop ?? '', product: of[0]?.product ?? '', sum: sumProducts(of) }));
  rows.sort((one, other) => other.sum.tries - one.sum.tries || other.sum.impressions - one.sum.impressions);
  const number = (label: string, key: keyof ProductSum): Column<Product> => ({ label, value: ({ sum }) => sum[key], show: ({ sum }) => whole(sum[key]), isNumber: true });
  const withShop = shop === null && (me?.shops.length ?? 0) > 1;
  return table({
    caption: 'By product',
    file: 'products',
    unfold: unfolds(state, page, 'By product'),
    rows,
    columns: [
      { label: 'Product', value: ({ product }) => product, show: ({ product }) => (product === '' ? html`<span class="soft">all other products</span>` : product) },
      ...(withShop ? [{ label: 'Shop', value: ({ shop }: Product) => shopName(shop) }] : []),
      number('Impressions', 'impressions'),
      number('Opens', 'opens'),
      number('Try-ons', 'tries'),
      number('Results', 'results'),
      number('Carts', 'carts'),
      { label: 'Carts of results', show: ({ sum }) => percentage(share(sum.carts, sum.results)), isNumber: true },
    ],
    empty: html`No product page has told anything yet. Pages tell by themselves, unless the element has <code>metrics="off"</code>.`,
  });
}

function byDay(figures: Figures, { runs }: Rows, { span }: State): TemplateResult {
  const rows = perDay(runs, Math.max(figures.to_day - span + 1, figures.from_day), figures.to_day)
    .map(({ day: key, sum }) => ({ key, sum }))
    .reverse();
  const columns: Column<Summed<number>>[] = [
    { label: 'Day', value: ({ key }) => isoDay(key), show: ({ key }) => day(key) },
    ...(runColumns(figures) as Column<Summed<number>>[]),
  ];
  return html`<details class="by-day"><summary>By day</summary>${table({ caption: 'By day', file: 'days', rows, columns, empty: '' })}</details>`;
}
