// The accounts as they are: queue, slots, breaker, balance, and what an owner changes there.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Account, Silent } from './answers.ts';
import { duration, time, whole } from './numbers.ts';
import type { Page } from './page.ts';
import { answered, meter } from './part.ts';
import { DEFAULT_ACCOUNT, isOwner, type State } from './state.ts';

export function nowView(state: State, page: Page): TemplateResult {
  return answered(state.accounts, 'The accounts', (accounts) => {
    const shown = state.shop === '' ? accounts.filter(({ account }) => account === DEFAULT_ACCOUNT) : accounts;
    return html`<p class="soft">One card for each FASHN key, by the name of its secret. It is asked again every 5 seconds.</p>
      <div class="cards">${shown.map((account) => card(account, state, page))}</div>`;
  });
}

function card(account: Account | Silent, state: State, page: Page): TemplateResult {
  if ('error' in account) {
    return html`<section class="card"><h2>${account.account}</h2><p class="error">${account.error}</p></section>`;
  }
  const { slots, queue, runs, day, balance, breaker, backoff, outbox, quarantine } = account;
  const later = (until: number | null): string | null => (until === null || until <= account.now_ms ? null : duration(until - account.now_ms));
  const holds = [
    ['All runs', later(backoff.runs_until_ms)],
    ['Statuses', later(backoff.statuses_until_ms)],
    ['Some slots', later(backoff.reduced_slots_until_ms)],
  ].filter(([, left]) => left !== null);
  // A change is made in a shop's account; without one, in the default shop's.
  const shop = account.account === DEFAULT_ACCOUNT && state.shop === null ? null : state.shop;
  const canChange = isOwner(state) && (account.account === DEFAULT_ACCOUNT || state.shop !== null);
  const button = (key: string, label: string, press: () => unknown): TemplateResult =>
    html`<button type="button" ?disabled=${state.busy.has(key)} @click=${press}>${label}</button>`;
  const chooseFirst = isOwner(state) && !canChange ? html`<p class="soft">Choose its shop above to change it.</p>` : nothing;
  return html`<section class="card"><h2>${account.account}</h2>
    ${meter('Slots', slots.taken, Math.max(slots.usable, slots.taken), `${whole(slots.taken)} of ${whole(slots.usable)}${slots.usable < slots.limit ? `, usually ${whole(slots.limit)}` : ''}`, false)}
    ${meter('Queue', queue.waiting, queue.waiting_max)}
    ${meter('Credits today', day.spent + day.reserved, day.budget, `${whole(day.spent)} spent, ${whole(day.reserved)} reserved, of ${whole(day.budget)}`)}
    <dl class="facts">
      <dt>Runs</dt><dd>${whole(runs.running)} running, ${whole(runs.sending)} on their way, ${whole(runs.unknown)} without an answer, ${whole(runs.unsettled)} not settled</dd>
      <dt>FASHN’s balance</dt><dd>${balance.is_out_of_credits ? html`<strong class="error">used up: buy credits</strong>` : balance.total === null ? 'not asked yet' : `${whole(balance.total)} credits`}${balance.floor > 0 ? `, stops at ${whole(balance.floor)}` : ''}</dd>
      <dt>Breaker</dt><dd>${breaker.state === 'closed' ? `closed${breaker.failed_visitors > 0 ? `, ${whole(breaker.failed_visitors)} visitors failed` : ''}` : html`<strong class="error">${breaker.state === 'open' ? 'open: runs wait' : 'half open: one run is tried'}</strong>`}</dd>
      ${holds.map(([what, left]) => html`<dt>${what}</dt><dd>held back by FASHN for ${left}</dd>`)}
      ${queue.held_by === null || queue.waiting === 0 ? nothing : html`<dt>Queue</dt><dd>waits for ${queue.held_by === 'event' ? 'a slot or a balance' : (later(queue.held_until_ms) ?? 'a moment')}</dd>`}
      <dt>Messages</dt><dd>${whole(outbox.waiting)} to your backend wait</dd>
    </dl>
    ${breaker.state === 'closed' ? nothing : canChange ? button('breaker', 'Close the breaker', () => page.closeBreaker(shop)) : chooseFirst}
    ${quarantine.length === 0
      ? nothing
      : html`<details><summary>Quarantine: ${whole(quarantine.length)}</summary><ul>${quarantine.map(({ at_ms, table, reason }) => html`<li>${time(at_ms)}, ${table}: ${reason}</li>`)}</ul>
          ${canChange ? button('quarantine', 'Clear the quarantine', () => page.clearQuarantine(shop)) : chooseFirst}</details>`}
  </section>`;
}
