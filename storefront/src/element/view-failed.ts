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
  const { title, text } = problemText(problem, language);
  const remedy = remedyOf(scene, problem);
  // Another photo helps against what came of this one or of its product, not against a closed shop.
  const mayChange = state.photo !== undefined && (remedy === 'retry' || remedy === 'other_product');
  return html`
    <div class="problem" part="error" role="alert">
      <h3 tabindex="-1" part="heading">${title}</h3>
      <p>${text}</p>
    </div>
    ${problem.action === 'other_product' ? products(scene) : nothing}
    <p class="links">
      ${mayChange ? html`<button type="button" class="plain" part="change" @click=${actions.changePhoto}>${language.strings.ready.change}</button>` : nothing}
      ${remedy === 'retake' && state.photo ? html`<button type="button" class="plain" part="retry" @click=${actions.start}>${language.strings.actions.retry}</button>` : nothing}
    </p>
  `;
}

export function failedFoot(scene: Scene, problem: Problem): TemplateResult {
  const { language, actions } = scene;
  const remedy = remedyOf(scene, problem);
  return html`<button type="button" class="button primary" part=${remedy === 'retry' ? 'retry' : 'remedy'} @click=${() => help(remedy, actions)}>
    ${language.strings.actions[remedy]}
  </button>`;
}

/** Without a photo there is nothing to try again with. */
function remedyOf({ state }: Scene, { code, action }: Problem): Problem['action'] {
  return action === 'retry' && !state.photo && code !== 'PictureUnreachable' ? 'retake' : action;
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
