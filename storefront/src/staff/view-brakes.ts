// Each shop's brakes: what holds, what is spent, and the form that changes them.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Bounds, Brakes, Me } from './answers.ts';
import { boundOf, draftOf, NAMES, settingsOf, type NumberName, type TickName } from './brakes.ts';
import { shopName, whole } from './numbers.ts';
import type { Page } from './page.ts';
import { answered, meter } from './part.ts';
import { isOwner, shownBrakes, type State } from './state.ts';

export function brakesView(state: State, page: Page): TemplateResult {
  return answered(state.brakes, 'The brakes', () => {
    const shown = shownBrakes(state);
    return html`<p class="soft">Brakes hold at once, without a deploy. The settings of the deployment stay the upper bound.</p>
      <div class="cards">${shown.map((brakes) => card(brakes, shown.length === 1, state, page))}</div>`;
  });
}

function card(brakes: Brakes, isAlone: boolean, state: State, page: Page): TemplateResult {
  const { me } = state;
  if (!me) return html``;
  const name = shopName(brakes.shop);
  const { spent } = brakes;
  const settings = settingsOf(brakes, me);
  const form = isOwner(state) ? change(brakes, state, me, page) : nothing;
  return html`<section class="card brakes" aria-label=${name}>
    <div class="card-head"><h2>${name}</h2>
      ${isOwner(state) && !isAlone
        ? html`<button type="button" class=${brakes.is_paused ? 'primary' : 'stop'} aria-label="${brakes.is_paused ? 'Resume' : 'Pause'} ${name}"
            ?disabled=${state.busy.has(`pause ${brakes.shop}`)} @click=${() => page.pause([brakes], !brakes.is_paused)}>${brakes.is_paused ? 'Resume' : 'Pause'}</button>`
        : nothing}
    </div>
    ${brakes.is_paused ? html`<p class="error"><strong>Paused.</strong> Its buttons are gone.</p>` : nothing}
    ${budget('Credits today', spent.day, brakes.day_credits ?? settings?.day_credits)}
    ${budget('Credits this month', spent.month, brakes.month_credits ?? settings?.month_credits)}
    <ul class="held">${rules(brakes, settings).map((rule) => html`<li>${rule}</li>`)}</ul>
    ${form === nothing ? nothing : isAlone ? form : html`<details><summary>Change</summary>${form}</details>`}
  </section>`;
}

const budget = (label: string, used: number, limit: number | undefined): TemplateResult =>
  limit === undefined ? html`<p>${label}: ${whole(used)}</p>` : meter(label, used, limit);

/** What holds, in words. */
function rules(brakes: Brakes, settings: Bounds | null): string[] {
  const { pacing, signed_in_only, signed_in_share, guest_day_tries, signed_in_day_tries } = brakes;
  const tries = (value: number | null): string => {
    const tries = value ?? settings?.visitor_day_tries;
    return tries === undefined ? 'as the setting says' : `${whole(tries)} a day`;
  };
  return [
    signed_in_only ? 'Only signed-in customers try on' : `Guests: ${tries(guest_day_tries)}`,
    `Signed-in customers: ${tries(signed_in_day_tries)}`,
    ...(pacing ? ['The day’s credits are spread over the day'] : []),
    ...(signed_in_share > 0 && !signed_in_only ? [`${signed_in_share}% of the day’s credits are for signed-in customers`] : []),
  ];
}

function change(brakes: Brakes, state: State, me: Me, page: Page): TemplateResult {
  const draft = state.drafts[brakes.shop] ?? draftOf(brakes);
  const errors = state.fieldErrors[brakes.shop] ?? {};
  const isBusy = state.busy.has(`save ${brakes.shop}`);
  const id = (name: string): string => `${name}-${brakes.shop}`;
  const number = (name: NumberName, hint: string): TemplateResult => {
    const error = errors[name];
    return html`<div class="field"><label for=${id(name)}>${NAMES[name]}</label>
      <input id=${id(name)} inputmode="numeric" autocomplete="off" .value=${draft[name]} aria-invalid=${error ? 'true' : nothing} aria-describedby=${id(`${name}-hint`)}
        @input=${(event: Event) => page.edit(brakes, { [name]: (event.target as HTMLInputElement).value })}>
      <p id=${id(`${name}-hint`)} class=${error ? 'error' : 'soft'}>${error ?? hint}</p></div>`;
  };
  const tick = (name: TickName): TemplateResult => html`<label class="tick"><input type="checkbox" .checked=${draft[name]}
      @change=${(event: Event) => page.edit(brakes, { [name]: (event.target as HTMLInputElement).checked })}><span>${NAMES[name]}</span></label>
    ${errors[name] ? html`<p class="error">${errors[name]}</p>` : nothing}`;
  const atMost = (name: NumberName): string => {
    const bound = boundOf(name, brakes, me);
    return bound === null ? 'Empty: the setting holds.' : `At most ${whole(bound)}, which holds if this is empty.`;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void page.save(brakes);
  };
  return html`<form @submit=${submit} novalidate>
    <fieldset><legend>Credits</legend>
      <div class="fields">${number('day_credits', atMost('day_credits'))} ${number('month_credits', atMost('month_credits'))}</div>
      ${tick('pacing')}
    </fieldset>
    <fieldset><legend>Visitors</legend>
      <div class="fields">${number('guest_day_tries', atMost('guest_day_tries'))} ${number('signed_in_day_tries', atMost('signed_in_day_tries'))}
        ${number('signed_in_share', 'Of the day’s credits. 0 keeps nothing back.')}</div>
      ${tick('signed_in_only')}
    </fieldset>
    <div class="buttons"><button type="submit" class="primary" ?disabled=${isBusy}>${isBusy ? 'Saving …' : 'Save'}</button>
      ${state.drafts[brakes.shop] ? html`<button type="button" @click=${() => page.discard(brakes.shop)}>Discard</button>` : nothing}</div>
  </form>`;
}
