// A run by its id, and messages that the merchant's backend never took.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { DeadLetter, RunReport } from './answers.ts';
import { duration, shopName, time, whole } from './numbers.ts';
import type { Page } from './page.ts';
import { answered } from './part.ts';
import { isOwner, unfolds, type State } from './state.ts';
import { table, type Column } from './table.ts';

export function runsView(state: State, page: Page): TemplateResult {
  return html`${finder(state, page)} ${answered(state.deadLetters, 'The messages', (letters) => deadLetters(letters, state, page))}`;
}

function finder(state: State, page: Page): TemplateResult {
  const { run, busy } = state;
  const isBusy = busy.has('run');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const { id } = (event.target as HTMLFormElement).elements as unknown as { id: HTMLInputElement };
    void page.findRun(id.value);
  };
  return html`<section class="card"><h2>A run</h2>
    <form class="finder" @submit=${submit} novalidate role="search" aria-label="A run">
      <div class="field"><label for="run-id">Its id</label>
        <input id="run-id" name="id" autocomplete="off" spellcheck="false" aria-describedby="run-hint" aria-invalid=${run.error ? 'true' : nothing}>
        <p id="run-hint" class="soft">Or the address of its picture. The photo and the picture are shown to nobody here.</p></div>
      <button type="submit" class="primary" ?disabled=${isBusy}>${isBusy ? 'Looking …' : 'Find'}</button>
    </form>
    <div role="status" class="found">${run.error ? html`<p class="error">${run.error}</p>` : nothing} ${run.value ? report(run.value, state, page) : nothing}</div>
  </section>`;
}

function report(run: RunReport, state: State, page: Page): TemplateResult {
  const took = run.ended_ms === null ? null : duration(run.ended_ms - run.admitted_ms);
  const { id } = state.run;
  const button = (key: string, label: string, press: () => unknown): TemplateResult =>
    html`<button type="button" ?disabled=${state.busy.has(key)} @click=${press}>${label}</button>`;
  return html`<dl class="facts">
      <dt>State</dt><dd><strong>${run.state.replaceAll('_', ' ')}</strong>${run.error === null ? '' : `: ${typeof run.error === 'string' ? run.error : `${run.error.name}, ${run.error.message}`}`}</dd>
      <dt>Shop</dt><dd>${shopName(run.shop)}</dd>
      <dt>Model</dt><dd>${run.model}</dd>
      <dt>Admitted</dt><dd>${time(run.admitted_ms)}</dd>
      <dt>Ended</dt><dd>${run.ended_ms === null ? 'not yet' : `${time(run.ended_ms)}, after ${took}`}</dd>
      <dt>Attempts</dt><dd>${whole(run.attempt)}, ${whole(run.failures)} of which FASHN failed</dd>
      <dt>Credits</dt><dd>${whole(run.credits)}</dd>
      <dt>Kept until</dt><dd>${time(run.expires_ms)}</dd>
    </dl>
    ${isOwner(state)
      ? html`<div class="buttons">${run.ended_ms === null ? button('slot', 'Free its slot', () => page.freeSlot(id)) : nothing} ${button('visitor', 'Reset its visitor’s day', () => page.resetVisitor(id))}</div>`
      : nothing}`;
}

function deadLetters(letters: DeadLetter[], state: State, page: Page): TemplateResult {
  const at = (text: string): string => time(Date.parse(text));
  const columns: Column<DeadLetter>[] = [
    { label: 'Message', value: ({ type }) => type },
    { label: 'Account', value: ({ account }) => account },
    { label: 'Of', value: ({ timestamp }) => timestamp, show: ({ timestamp }) => at(timestamp) },
    { label: 'Tries', value: ({ tries }) => tries, show: ({ tries }) => whole(tries), isNumber: true },
    { label: 'Last answer', value: ({ outcome }) => outcome, show: ({ outcome }) => outcome ?? 'none' },
    { label: 'Given up', value: ({ dead_at }) => dead_at, show: ({ dead_at }) => at(dead_at) },
    ...(isOwner(state)
      ? [{
          label: 'Action',
          show: ({ id, type, timestamp }: DeadLetter) => html`<button type="button" aria-label="Send again: ${type} of ${at(timestamp)}" ?disabled=${state.busy.has(`send ${id}`)} @click=${() => page.sendAgain(id)}>Send again</button>`,
        }]
      : []),
  ];
  return table({ caption: 'Messages that your backend never took', file: 'dead-letters', unfold: unfolds(state, page, 'Messages'), rows: letters, columns, empty: 'None: all messages were delivered, or are still tried.' });
}
