// No photo yet: where to get one, and what a good one looks like.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { cameraIcon, crossIcon, examplePhoto, modelIcon, photoIcon, tickIcon, type Example } from './figures.ts';
import { problemText } from './problem-text.ts';
import type { Phase } from './state.ts';
import type { Actions, Scene } from './view.ts';

type ChoosePhase = Extract<Phase, { name: 'choose' }>;

/** What every browser decodes. HEIC is left out on purpose: iOS then hands over a JPEG. */
const ACCEPT = 'image/jpeg,image/png,image/webp,image/avif';

export function chooseStage({ state, config, language, dragging }: Scene, busy: boolean): TemplateResult {
  const { choose, running } = language.strings;
  const bad = ['cropped', 'blurred', 'dark'] as const satisfies Example[];
  const model = savesData() ? undefined : config.sample;
  return html`
    <div class=${dragging ? 'drop over' : 'drop'}>
      <div class="examples" role="img" aria-label=${choose.tips.join('. ')}>
        <figure class="good">${examplePhoto('good', model)}<figcaption>${tickIcon}${choose.good}</figcaption></figure>
        <div class="bad">
          ${bad.map((kind) => html`<figure>${examplePhoto(kind, model)}<figcaption>${crossIcon}${choose[kind]}</figcaption></figure>`)}
        </div>
      </div>
      ${busy ? html`<div class="veil"><span class="spinner"></span><span>${running.preparing}</span></div>` : nothing}
      ${dragging ? html`<div class="veil">${choose.dropping}</div>` : nothing}
    </div>
    <img class="garment" src=${state.product.image} alt=${state.product.title} />
  `;
}

export function choosePanel({ state, config, language, actions, touch }: Scene, phase: ChoosePhase | undefined): TemplateResult {
  const { choose, ready } = language.strings;
  const busy = phase === undefined;
  const told = phase?.problem && problemText(phase.problem, language);
  return html`
    ${phase?.forgotten
      ? html`<p class="note" part="forgotten">${language.strings.done.forgotten} <button type="button" class="plain" part="undo" @click=${actions.undoForget}>${choose.undo}</button></p>`
      : nothing}
    ${told
      ? html`<div class="problem" part="error" role="alert"><h3 tabindex="-1" part="heading">${told.title}</h3><p>${told.text}</p></div>`
      : html`<h3 tabindex="-1" part="heading">${choose.heading}</h3><p class="hint">${choose.hint}</p>`}
    <ul class="tips">${choose.tips.map((tip) => html`<li>${tip}</li>`)}</ul>
    ${touch ? nothing : html`<p class="hint">${choose.drop}</p>`}
    <div class="stack">
      ${config.sample === undefined
        ? nothing
        : html`<button type="button" class="button" part="sample" ?disabled=${busy} @click=${actions.useSample}>${modelIcon}<span>${choose.sample}</span></button>`}
      ${state.photo
        ? html`<button type="button" class="plain" part="keep" ?disabled=${busy} @click=${actions.keepPhoto}>${state.photo.sample ? ready.model : choose.back}</button>`
        : nothing}
    </div>
  `;
}

export function chooseFoot({ state, language, actions, touch, hasCamera }: Scene): TemplateResult {
  const { choose } = language.strings;
  const busy = state.phase.name === 'preparing';
  return html`
    <div class="pair">
      <label class="button primary" ?data-disabled=${busy}>
        ${photoIcon}<span>${choose.file}</span>
        <input type="file" part="file" accept=${ACCEPT} ?disabled=${busy} @change=${(event: Event) => given(event, actions)} />
      </label>
      ${touch
        ? html`<label class="button" ?data-disabled=${busy}>
            ${cameraIcon}<span>${choose.camera}</span>
            <input type="file" part="camera" accept="image/*" capture="user" ?disabled=${busy} @change=${(event: Event) => given(event, actions)} />
          </label>`
        : hasCamera
          ? html`<button type="button" class="button" part="live" ?disabled=${busy} @click=${actions.openCamera}>${cameraIcon}<span>${choose.camera}</span></button>`
          : nothing}
    </div>
  `;
}

/** Examples are worth a shopper's bytes unless they are counted. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

function given(event: Event, actions: Actions): void {
  const input = event.target as HTMLInputElement;
  const file = input.files?.[0];
  // The same file again must count as a change again.
  if (file) actions.givePhoto(file);
  input.value = '';
}
