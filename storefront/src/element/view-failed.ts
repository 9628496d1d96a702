// It did not work: what happened, and the one thing that helps.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { problemText } from './problem-text.ts';
import type { Problem } from './state.ts';
import { photo, products } from './view-ready.ts';
import type { Actions, Scene } from './view.ts';

export function failedStage({ state, language }: Scene): TemplateResult {
  return html`<div class="dimmed">${photo(state.photo?.url, language.strings.ready.photo)}</div>
    <img class="garment" src=${state.product.image} alt=${state.product.title} />`;
}

export function failedPanel(scene: Scene, problem: Problem): TemplateResult {
  const { language, actions, state } = scene;
  const { actions: labels, ready } = language.strings;
  const { title, text } = problemText(problem, language);
  const hasPhoto = state.photo !== undefined;
  const remedy = hasPhoto || problem.action !== 'retry' ? problem.action : 'retake';
  // Another photo helps against what came of this one or of its product, not against a closed shop.
  const mayChange = hasPhoto && (remedy === 'retry' || remedy === 'other_product');
  return html`
    <div class="problem" part="error" role="alert">
      <h3 tabindex="-1" part="heading">${title}</h3>
      <p>${text}</p>
    </div>
    <div class="stack">
      <button type="button" class="button primary" part=${remedy === 'retry' ? 'retry' : 'remedy'} @click=${() => help(remedy, actions)}>${labels[remedy]}</button>
      ${!mayChange ? nothing : html`<button type="button" class="button" part="change" @click=${actions.changePhoto}>${ready.change}</button>`}
      ${remedy === 'retake' && hasPhoto ? html`<button type="button" class="plain" part="retry" @click=${actions.start}>${labels.retry}</button>` : nothing}
    </div>
    ${problem.action === 'other_product' ? products(scene) : nothing}
  `;
}

function help(action: Problem['action'], actions: Actions): void {
  switch (action) {
    case 'retake':
      return actions.changePhoto();
    case 'retry':
      return actions.start();
    case 'other_product':
      return actions.otherProduct();
    case 'contact':
    case 'none':
      return actions.close();
    default:
      return action satisfies never;
  }
}
