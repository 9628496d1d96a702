// The audit list: what staff changed, with their roles.
import type { TemplateResult } from 'lit/html.js';
import type { Change } from './answers.ts';
import { shopName, time } from './numbers.ts';
import { changeText } from './brakes.ts';
import type { Page } from './page.ts';
import { answered } from './part.ts';
import { unfolds, type State } from './state.ts';
import { table, type Column } from './table.ts';

const CAPTION = 'What staff changed';
const COLUMNS: Column<Change>[] = [
  { label: 'When', value: ({ at_ms }) => new Date(at_ms).toISOString(), show: ({ at_ms }) => time(at_ms) },
  { label: 'By', value: ({ by }) => by },
  { label: 'Shop', value: ({ shop }) => shopName(shop) },
  { label: 'Change', value: ({ change }) => change, show: ({ change }) => changeText(change) },
];

export function changesView(state: State, page: Page): TemplateResult {
  const { changes, shop } = state;
  return answered(changes, 'The changes', (all) => {
    const rows = all.filter((change) => shop === null || change.shop === shop);
    return table({ caption: CAPTION, file: 'changes', rows, columns: COLUMNS, unfold: unfolds(state, page, CAPTION), empty: 'Nothing was changed yet. Each change of a brake, and of a breaker, slot, quarantine, visitor or message, is listed here with the name of its author.' });
  });
}
