// The picture: beside the original, with what one can do with it.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { handleIcon, saveIcon, shareIcon, tickIcon } from './figures.ts';
import type { Phase } from './state.ts';
import { fill } from './strings.ts';
import { products } from './view-ready.ts';
import type { Scene } from './view.ts';

export function doneStage({ state, language, actions }: Scene, phase: Extract<Phase, { name: 'done' }>): TemplateResult {
  const { done } = language.strings;
  const picture = phase.result.images[phase.shown];
  return html`
    <div class="compare" part="compare" dir="ltr">
      <img
        part="result"
        src=${picture ?? nothing}
        alt=${fill(done.result, { product: state.product.title })}
        @load=${actions.pictureLoaded}
        @error=${actions.pictureFailed}
      />
      ${state.photo
        ? html`<img class="before" part="before" src=${state.photo.url} alt=${done.before} />
            <input type="range" part="slider" min="0" max="100" step="1" .value=${'0'} aria-label=${done.compare} @input=${actions.slide} />
            <span class="handle" aria-hidden="true">${handleIcon}</span>`
        : nothing}
    </div>
  `;
}

export function donePanel(scene: Scene): TemplateResult {
  const { state, language, actions, canShare } = scene;
  const { done, ready } = language.strings;
  const phase = state.phase as Extract<Phase, { name: 'done' }>;
  return html`
    <h3 tabindex="-1" part="heading">${done.heading}</h3>
    ${phase.result.images.length < 2
      ? nothing
      : html`<div class="row">
          ${phase.result.images.map(
            (image, index) => html`<button
              type="button"
              class="thumb"
              part="picture"
              aria-pressed=${index === phase.shown}
              aria-label=${fill(done.picture, { number: language.number(index + 1) })}
              @click=${() => actions.showPicture(index)}
            >
              <img src=${image} alt="" />
            </button>`,
          )}
        </div>`}
    ${products(scene)}
    <div class="pair">
      <button type="button" class="button" part="save" @click=${actions.save}>${saveIcon}<span>${done.save}</span></button>
      ${canShare ? html`<button type="button" class="button" part="share" @click=${actions.share}>${shareIcon}<span>${done.share}</span></button>` : nothing}
    </div>
    <p class="links">
      <button type="button" class="plain" part="change" @click=${actions.changePhoto}>${ready.change}</button>
      ${state.photo?.sample ? nothing : html`<button type="button" class="plain" part="forget" @click=${actions.forgetPhoto}>${ready.forget}</button>`}
    </p>
    <p class="fine">${done.note}</p>
  `;
}

export function doneActions({ config, language, actions, inCart }: Scene): TemplateResult | typeof nothing {
  if (!config.cart) return nothing;
  const { done } = language.strings;
  return html`<div class="foot">
    <button type="button" class="button primary" part="cart" @click=${actions.addToCart}>${inCart ? tickIcon : nothing}<span>${inCart ? done.added : done.cart}</span></button>
  </div>`;
}
