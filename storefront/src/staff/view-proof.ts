// Whether the button pays: the two groups of a holdout, orders after a try-on, and what credits cost.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { decimal, minorPerMajor, money, percentage, percentageRange, pointsRange, pointsText, whole } from './numbers.ts';
import type { Page } from './page.ts';
import { answered, tile } from './part.ts';
import { breakEven, currencies, inCurrency, proof, type BreakEven, type Group, type Proof } from './pays.ts';
import type { State } from './state.ts';
import { rowsOf, share, sumRuns, type Rows } from './sums.ts';
import { saveButton, table, type Column } from './table.ts';

export function proofView(state: State, page: Page): TemplateResult {
  return answered(state.figures, 'The figures', (figures) => {
    const all = rowsOf(figures, state.span, state.shop);
    const found = currencies(all.orders, all.groups);
    const currency = found.find((one) => one === state.currency) ?? found[0] ?? null;
    const rows = inCurrency(all, currency);
    const of = proof(rows.orders, rows.groups, currency);
    const { credits } = sumRuns(rows.runs);
    return html`${found.length > 1 ? currencyChoice(found, currency, page) : nothing}
      ${groups(of, currency)} ${orders(of, credits, currency, rows)} ${currency === null ? nothing : even(state, page, of, credits, currency)}`;
  });
}

function currencyChoice(found: string[], currency: string | null, page: Page): TemplateResult {
  const chosen = (event: Event): void => page.price({ currency: (event.target as HTMLSelectElement).value });
  return html`<div class="choices"><label>Currency <select @change=${chosen}>${found.map((one) => html`<option value=${one} ?selected=${one === currency}>${one}</option>`)}</select></label>
    <span class="soft">Of shops that sell in it. Amounts are of orders in it alone.</span></div>`;
}

function groups(of: Proof, currency: string | null): TemplateResult {
  interface Named extends Group {
    name: string;
  }
  const rows: Named[] = [
    { name: 'See the button', ...of.shown },
    { name: 'Don’t see it', ...of.held },
  ];
  const columns: Column<Named>[] = [
    { label: 'Visitors that', value: ({ name }) => name },
    { label: 'Visitors', value: ({ visitors }) => visitors, show: ({ visitors }) => whole(visitors), isNumber: true },
    { label: 'Orders', value: ({ orders }) => orders, show: ({ orders }) => whole(orders), isNumber: true },
    { label: 'Conversion', value: ({ conversion }) => conversion?.value ?? null, show: ({ conversion }) => percentage(conversion?.value ?? null), isNumber: true },
    { label: '95% interval', show: ({ conversion }) => (conversion ? percentageRange(conversion) : '–'), isNumber: true },
    { label: `Amount${currency === null ? '' : `, ${currency}`}`, value: ({ amountMinor }) => (currency === null ? null : amountMinor / minorPerMajor(currency)), show: ({ amountMinor }) => money(amountMinor, currency), isNumber: true },
  ];
  const none = of.shown.visitors + of.held.visitors === 0;
  const empty = html`There is nothing to compare yet. Add <code>holdout="10%"</code> to the element: a tenth of the visitors go without the button,
    the same ones each time, and their orders are counted apart. Orders come from Shopify’s <code>orders/create</code> or <code>/webhooks/orders</code>.`;
  return html`${table({ caption: 'With and without the button', file: 'groups', rows: none ? [] : rows, columns, empty })} ${none ? nothing : liftText(of, currency)}`;
}

function liftText({ lift, added, shown, held }: Proof, currency: string | null): TemplateResult {
  if (lift === null) return html`<p class="verdict">One of the groups has no visitors in these days: choose more days.</p>`;
  const side = lift.low > 0 ? 'good' : lift.high < 0 ? 'bad' : '';
  const words = lift.low > 0 ? 'With the button more visitors order.' : lift.high < 0 ? 'With the button fewer visitors order.' : 'It can’t be told yet whether the button changes how many visitors order.';
  const few = shown.orders + held.orders;
  return html`<div class="verdict ${side}">
    <p><strong>${words}</strong> The difference is ${pointsText(lift.value)}; with 95% confidence it lies from ${pointsRange(lift)}.
      ${side === '' ? html`There are ${whole(few)} orders so far: the interval narrows as more come, and a larger holdout narrows it sooner.` : nothing}</p>
    ${added ? html`<p>That is ${money(added.value, currency)} of revenue in these days; with 95% confidence from ${money(added.low, currency)} to ${money(added.high, currency)}.</p>` : nothing}
  </div>`;
}

function orders({ tried, added }: Proof, credits: number, currency: string | null, rows: Rows): TemplateResult {
  if (rows.orders.length === 0) {
    return html`<section class="card"><h2>Orders after a try-on</h2><p class="empty">No order had a piece that was tried on. If shoppers do order,
      see that the shop sends orders (<code>docs/staff.md</code>) and that its cart keeps the line property <code>_try_on</code>.</p></section>`;
  }
  const columns: Column<Rows['orders'][number]>[] = [
    { label: 'day', value: ({ day }) => day },
    { label: 'shop', value: ({ shop }) => shop },
    { label: 'currency', value: ({ currency }) => currency },
    { label: 'orders', value: ({ orders }) => orders },
    { label: 'lines', value: ({ lines }) => lines },
    { label: 'amount_minor', value: ({ amount_minor }) => amount_minor },
  ];
  return html`<section class="card"><div class="card-head"><h2>Orders after a try-on</h2>${saveButton('Orders after a try-on', 'orders', columns, rows.orders)}</div>
    <dl class="tiles">
      ${tile('Orders', whole(tried.orders), 'with a piece that was tried on')}
      ${tile('Revenue of these pieces', money(tried.amountMinor, currency))}
      ${tile('Revenue per credit', money(share(tried.amountMinor, credits), currency), `${whole(credits)} credits`)}
      ${tile('Added revenue per credit', money(added ? share(added.value, credits) : null, currency), added ? 'by the holdout' : 'needs a holdout')}
    </dl></section>`;
}

function even(state: State, page: Page, of: Proof, credits: number, currency: string): TemplateResult {
  const price = positive(state.creditPrice);
  const margin = positive(state.margin);
  const isMargin = margin !== null && margin <= 100;
  const result = price !== null && isMargin ? breakEven(of, credits, price * minorPerMajor(currency), margin / 100) : null;
  const field = (name: 'creditPrice' | 'margin', label: string, hint: string, error: string | null): TemplateResult => html`<div class="field">
    <label for=${name}>${label}</label>
    <input id=${name} inputmode="decimal" autocomplete="off" .value=${state[name]} aria-describedby="${name}-hint" aria-invalid=${error ? 'true' : nothing}
      @input=${(event: Event) => page.price({ [name]: (event.target as HTMLInputElement).value })}>
    <p id="${name}-hint" class=${error ? 'error' : 'soft'}>${error ?? hint}</p>
  </div>`;
  return html`<section class="card"><h2>Break-even</h2>
    <div class="fields">
      ${field('creditPrice', `Price of a credit, ${currency}`, 'On FASHN’s invoice.', state.creditPrice !== '' && price === null ? 'Enter a number, as 0.075.' : null)}
      ${field('margin', 'Margin, %', 'What is left of an order’s amount after its costs.', isMargin ? null : 'Enter a number from 0 to 100.')}
    </div>
    ${result ? outcome(result, currency) : html`<p class="empty">${price === null ? 'Enter what a credit costs, to see from when on the button pays.' : 'An order’s worth isn’t known yet.'}</p>`}
  </section>`;
}

function outcome({ costMinor, orders, lift, verdict }: BreakEven, currency: string): TemplateResult {
  const words = {
    pays: 'The button pays: the whole interval is above the break-even.',
    loses: 'The button costs more than it brings: the whole interval is below the break-even.',
    open: 'It can’t be told yet: the break-even lies within the interval, or there is no holdout.',
  };
  return html`<dl class="tiles">
      ${tile('Cost of the credits', money(costMinor, currency))}
      ${tile('Break-even', `${decimal(Math.ceil(orders))} orders`, 'added by the button')}
      ${tile('Break-even lift', lift === null ? '–' : pointsText(lift), 'of the conversion')}
    </dl>
    <p class="verdict ${verdict === 'pays' ? 'good' : verdict === 'loses' ? 'bad' : ''}"><strong>${words[verdict]}</strong></p>`;
}

/** A number as people type it, with a point or a comma; null for what is none. */
function positive(text: string): number | null {
  const typed = text.trim().replace(',', '.');
  return /^(\d+\.?\d*|\.\d+)$/.test(typed) ? Number(typed) : null;
}
