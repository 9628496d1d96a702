// Under way: what is happening, how long it takes, and a way out.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Phase } from './state.ts';
import { fill } from './strings.ts';
import { photo } from './view-ready.ts';
import type { Scene } from './view.ts';

type RunningPhase = Extract<Phase, { name: 'running' }>;

export function runningStage({ state, language }: Scene): TemplateResult {
  return html`<div class="working">${photo(state.photo?.url, language.strings.ready.photo)}<div class="sheen"></div></div>
    <img class="garment" src=${state.product.image} alt=${state.product.title} />`;
}

export function runningPanel({ language, actions, secondsLeft }: Scene, phase: RunningPhase): TemplateResult {
  const { running } = language.strings;
  const { progress, offline } = phase;
  const sent = progress.stage === 'sending' ? progress.fraction : undefined;
  const eta = offline || secondsLeft === undefined ? nothing : secondsLeft > 2 ? fill(running.eta, { time: language.duration(secondsLeft) }) : running.soon;
  return html`
    <h3 tabindex="-1" part="heading">${running.heading}</h3>
    <progress
      part="progress"
      aria-label=${running.heading}
      max="1"
      value=${sent ?? nothing}
      class=${offline ? 'halted' : ''}
    ></progress>
    <p class="hint" part="eta" aria-hidden="true">${eta}</p>
    <div class="stack">
      <button type="button" class="button" part="cancel" @click=${actions.cancel}>${running.cancel}</button>
    </div>
    ${progress.stage === 'queued' || progress.stage === 'working' ? html`<p class="fine">${running.leave}</p>` : nothing}
  `;
}

/** The sentence for the live region. It changes only when there is something to say. */
export function runningText({ language }: Pick<Scene, 'language'>, phase: RunningPhase): string {
  const { running } = language.strings;
  const { progress } = phase;
  if (phase.offline) return running.offline;
  switch (progress.stage) {
    case 'preparing':
      return running.preparing;
    case 'sending':
      // In quarters: a screen reader has better things to do than to count.
      return fill(running.sending, { percent: language.percent(Math.floor(progress.fraction * 4) / 4) });
    case 'accepted':
      return running.accepted;
    case 'queued':
      return progress.place === undefined ? running.queued : fill(running.place, { place: language.number(progress.place) });
    case 'working':
      return running.working;
    default:
      return progress satisfies never;
  }
}
