// Under way: what is happening, how long it takes, and a way out.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { fraction, left, type Estimate } from './estimate.ts';
import type { Phase } from './state.ts';
import { fill, type Language } from './strings.ts';
import { photo } from './view-ready.ts';
import type { Scene } from './view.ts';

type RunningPhase = Extract<Phase, { name: 'running' }>;

export function runningStage({ state, language }: Scene): TemplateResult {
  return html`<div class="working">${photo(state.photo?.url, language.strings.ready.photo)}<div class="sheen"></div></div>
    <img class="garment" src=${state.product.image} alt=${state.product.title} />`;
}

export function runningPanel({ language, estimate }: Scene, phase: RunningPhase): TemplateResult {
  const { running } = language.strings;
  const { progress, line } = phase;
  const isUp = line === 'up';
  const isMaking = progress.stage === 'queued' || progress.stage === 'working';
  const value = progress.stage === 'sending' ? progress.fraction : isMaking && estimate ? fraction(estimate, Date.now()) : undefined;
  return html`
    <h3 tabindex="-1" part="heading">${running.heading}</h3>
    <progress part="progress" aria-label=${running.heading} max="1" value=${value ?? nothing} class=${isUp ? '' : 'halted'}></progress>
    <p class="hint" part="eta" aria-hidden="true">${isUp && isMaking && estimate ? timeLeft(estimate, language) : nothing}</p>
    <slot name="challenge"></slot>
    ${isMaking ? html`<p class="fine">${running.leave}</p>` : nothing}
  `;
}

export function runningFoot({ language, actions }: Scene): TemplateResult {
  return html`<button type="button" class="button" part="cancel" @click=${actions.cancel}>${language.strings.running.cancel}</button>`;
}

function timeLeft(estimate: Estimate, language: Language): string {
  const { running } = language.strings;
  const time = left(estimate, Date.now());
  switch (time.kind) {
    case 'unknown':
      return '';
    case 'seconds':
      return fill(running.eta, { time: language.duration(time.seconds) });
    case 'soon':
      return running.soon;
    case 'late':
      return running.late;
    default:
      return time satisfies never;
  }
}

/** The sentence for the live region. It changes only when there is something to say. */
export function runningText({ language }: Pick<Scene, 'language'>, phase: RunningPhase): string {
  const { running } = language.strings;
  const { progress, line } = phase;
  if (line !== 'up') return running[line];
  switch (progress.stage) {
    case 'preparing':
      return running.preparing;
    case 'checking':
      return running.checking;
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
