// The whole page as a function of its state.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Page } from './page.ts';
import { clockTime, shopName } from './numbers.ts';
import { isOwner, shownBrakes, silentAccounts, VIEWS, SPANS, type Span, type State, type View } from './state.ts';
import { brakesView } from './view-brakes.ts';
import { changesView } from './view-changes.ts';
import { figuresView } from './view-figures.ts';
import { nowView } from './view-now.ts';
import { proofView } from './view-proof.ts';
import { runsView } from './view-runs.ts';

const TITLES: Record<View, string> = { figures: 'Figures', proof: 'Does it pay?', now: 'Now', brakes: 'Brakes', runs: 'Runs and messages', changes: 'Changes' };
const VIEW = { figures: figuresView, proof: proofView, now: nowView, brakes: brakesView, runs: runsView, changes: changesView };
const SPAN_NAMES: Record<Span, string> = { 1: 'Today', 7: '7 days', 30: '30 days', 90: '90 days' };

export const titleOf = ({ phase, view }: State): string => `${phase === 'signed-in' ? TITLES[view] : 'Staff'} · Fitting Room`;

export function page(state: State, page: Page): TemplateResult {
  if (state.phase === 'starting') return html`<main class="alone"><h1>Fitting Room</h1><p role="status">Signing in …</p></main>`;
  if (state.phase === 'signed-out') return signIn(state, page);
  return html`<a class="skip" href="#main" @click=${toContent}>To the content</a>
    <header>
      <p class="brand">Fitting Room</p>
      ${who(state, page)}
      <nav aria-label="Views">${VIEWS.map((view) => html`<a href="#${view}" aria-current=${view === state.view ? 'page' : nothing}>${TITLES[view]}</a>`)}</nav>
    </header>
    <main id="main">
      <div class="title"><h1 tabindex="-1">${TITLES[state.view]}</h1>${choices(state, page)}</div>
      ${alerts(state)} ${strip(state, page)}
      <p role="status" class=${state.note ? `note ${state.note.isBad ? 'bad' : 'good'}` : 'unseen'}>${state.note?.text}</p>
      ${VIEW[state.view](state, page)}
    </main>
    <footer>${freshness(state, page)}</footer>`;
}

/** The address keeps naming the view. */
function toContent(event: Event): void {
  event.preventDefault();
  document.querySelector('h1')?.focus();
}

function signIn({ signInError, isSigningIn }: State, page: Page): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const { token } = (event.target as HTMLFormElement).elements as unknown as { token: HTMLInputElement };
    void page.signIn(token.value.trim());
  };
  return html`<main class="alone">
    <h1>Fitting Room</h1>
    <form class="card" @submit=${submit} novalidate>
      <h2>Sign in</h2>
      <label for="token">Staff token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required spellcheck="false"
        aria-describedby="token-hint ${signInError ? 'token-error' : ''}" aria-invalid=${signInError ? 'true' : nothing}>
      <p class="soft" id="token-hint">It stays in this tab, until you close it or sign out.</p>
      <p role="alert" id="token-error" class="error">${signInError}</p>
      <button type="submit" class="primary" ?disabled=${isSigningIn}>${isSigningIn ? 'Signing in …' : 'Sign in'}</button>
    </form>
  </main>`;
}

function who({ me, isByAccess }: State, page: Page): TemplateResult {
  const role = me?.role === 'viewer' ? 'sees, changes nothing' : 'owner';
  const out = isByAccess
    ? html`<a href="/cdn-cgi/access/logout">Sign out</a>`
    : html`<button type="button" class="quiet" @click=${() => page.signOut()}>Sign out</button>`;
  return html`<p class="who"><span>${me?.name} <span class="soft">(${role}${me?.shop === null || !me ? '' : `, ${shopName(me.shop)}`})</span></span>${out}</p>`;
}

function choices(state: State, page: Page): TemplateResult {
  const { me, shop, span, view } = state;
  const shops = me?.shops ?? [];
  const ALL = '*';
  const chosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    page.choose(value === ALL ? null : value);
  };
  const hasShops = shops.length > 1 && view !== 'runs';
  const hasDays = view === 'figures' || view === 'proof';
  return html`<div class="choices">
    ${hasShops
      ? html`<label>Shop <select @change=${chosen}>
          <option value=${ALL} ?selected=${shop === null}>All shops</option>
          ${shops.map((one) => html`<option value=${one} ?selected=${shop === one}>${shopName(one)}</option>`)}
        </select></label>`
      : nothing}
    ${hasDays
      ? html`<fieldset class="days"><legend class="unseen">Days</legend>${SPANS.map((one) => html`<label>
          <input type="radio" name="days" value=${one} .checked=${one === span} @change=${() => page.choosePeriod(one)}><span>${SPAN_NAMES[one]}</span>
        </label>`)}</fieldset>`
      : nothing}
  </div>`;
}

/** What to look at: accounts that are silent, and what accounts report. */
function alerts(state: State): TemplateResult | typeof nothing {
  const silent = silentAccounts(state);
  const told = (state.accounts.value ?? []).flatMap((account) => ('error' in account ? [] : account.notices.map(({ message }) => ({ account: account.account, message }))));
  if (silent.length === 0 && told.length === 0) return nothing;
  return html`<ul class="alerts" aria-label="To look at">
    ${silent.map((account) => html`<li><strong>${account}</strong> did not answer: its figures are missing here. The page asks again by itself; if this stays, look at <code>/readyz</code> with the staff token.</li>`)}
    ${told.map(({ account, message }) => html`<li><strong>${account}</strong>: ${message}.</li>`)}
  </ul>`;
}

/** Whether shoppers can try on, and the brake that is pulled first. */
function strip(state: State, page: Page): TemplateResult | typeof nothing {
  const shown = shownBrakes(state);
  if (shown.length === 0) return nothing;
  const paused = shown.filter(({ is_paused }) => is_paused);
  const open = shown.filter(({ is_paused }) => !is_paused);
  const all = shown.length > 1;
  const [only] = shown;
  let text = all ? `Trying on is open in all ${shown.length} shops` : `Trying on is open: ${shopName(only?.shop ?? '')}`;
  if (open.length === 0) text = all ? `Trying on is paused in all ${shown.length} shops` : `Trying on is paused: ${shopName(only?.shop ?? '')}`;
  else if (paused.length > 0) text = `Trying on is paused in ${paused.map(({ shop }) => shopName(shop)).join(', ')}`;
  const isBusy = [...state.busy].some((key) => key.startsWith('pause'));
  const press = (shops: typeof shown, isPaused: boolean, label: string): TemplateResult =>
    html`<button type="button" class=${isPaused ? 'stop' : 'primary'} ?disabled=${isBusy} @click=${() => page.pause(shops, isPaused)}>${label}</button>`;
  return html`<div class="strip ${paused.length > 0 ? 'is-paused' : ''}" role="group" aria-label="Pause">
    <p><span class="lamp" aria-hidden="true"></span>${text}</p>
    ${isOwner(state)
      ? html`<span class="buttons">${open.length > 0 ? press(open, true, open.length > 1 ? `Pause ${open.length} shops` : 'Pause') : nothing}
          ${paused.length > 0 ? press(paused, false, paused.length > 1 ? `Resume ${paused.length} shops` : 'Resume') : nothing}</span>`
      : nothing}
  </div>`;
}

function freshness(state: State, page: Page): TemplateResult {
  const { figures, accounts } = state;
  const as = (what: string, at: number | null): string => (at === null ? '' : `${what} as of ${clockTime(at)}`);
  const parts = [as('Figures', figures.at), as('accounts', accounts.at)].filter(Boolean);
  return html`<p class="soft">${parts.join(', ')}. Days are counted in UTC.</p><button type="button" class="quiet" @click=${() => page.refresh()}>Refresh</button>`;
}
