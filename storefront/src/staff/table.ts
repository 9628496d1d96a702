// A table that is read on a phone, too (each row a card there), and saved as CSV from the same columns.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { csv, download, type Cell } from './csv.ts';
import { whole } from './numbers.ts';

export interface Column<Row> {
  label: string;
  /** As a spreadsheet reads it. Without one the column is of the page alone. */
  value?: (row: Row) => Cell;
  /** As people read it; the value without one. */
  show?: (row: Row) => unknown;
  isNumber?: boolean;
}

export interface Table<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  /** The name of the CSV file, without `.csv`. */
  file?: string;
  /** What is shown without rows: what to do. */
  empty: unknown;
  /** Shows the rows after the first few. Without it all are shown. */
  unfold?: (() => void) | null;
}

/** Rows that are shown before a press shows the rest. */
const FOLDED = 12;

export function table<Row>({ caption, columns, rows, file, empty, unfold = null }: Table<Row>): TemplateResult {
  if (rows.length === 0) return html`<section class="card"><h2>${caption}</h2><p class="empty">${empty}</p></section>`;
  const shown = unfold === null ? rows : rows.slice(0, FOLDED);
  return html`<section class="card">
    <div class="card-head"><h2>${caption}</h2>${file === undefined ? nothing : saveButton(caption, file, columns, rows)}</div>
    <table role="table" aria-label=${caption}>
      <thead role="rowgroup"><tr role="row">${columns.map(({ label, isNumber }) => html`<th role="columnheader" scope="col" class=${isNumber ? 'number' : ''}>${label}</th>`)}</tr></thead>
      <tbody role="rowgroup">${shown.map((row) => html`<tr role="row">${columns.map((column) => cell(column, row))}</tr>`)}</tbody>
    </table>
    ${rows.length > shown.length ? html`<button type="button" @click=${unfold}>Show all ${whole(rows.length)}</button>` : nothing}
  </section>`;
}

function cell<Row>({ label, value, show, isNumber }: Column<Row>, row: Row): TemplateResult {
  return html`<td role="cell" class=${isNumber ? 'number' : ''} data-label=${label}>${show ? show(row) : value?.(row)}</td>`;
}

export function saveButton<Row>(caption: string, file: string, columns: readonly Column<Row>[], rows: readonly Row[]): TemplateResult {
  const save = (): void => {
    const kept = columns.filter(({ value }) => value !== undefined);
    download(`${file}.csv`, csv(kept.map(({ label }) => label), rows.map((row) => kept.map(({ value }) => value?.(row) ?? null))));
  };
  return html`<button type="button" class="quiet" @click=${save} aria-label="Save as CSV: ${caption}">Save as CSV</button>`;
}
