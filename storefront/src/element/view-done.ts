// The picture: beside the original, with what one can do with it.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { handleIcon, saveIcon, shareIcon, tickIcon } from './figures.ts';
import type { Phase } from './state.ts';
import { fill } from './strings.ts';
import { products } from './view-ready.ts';
import type { Scene } from './view.ts';

type DonePhase = Extract<Phase, { name: 'done' }>;

export function doneStage({ state, language, actions }: Scene, phase: DonePhase): TemplateResult {
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
  const phase = state.phase as DonePhase;
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

export function doneActions({ cart, state, language, actions }: Scene, phase: DonePhase): TemplateResult | typeof nothing {
  if (cart === undefined) return nothing;
  const { done } = language.strings;
  if (cart === 'link') {
    return html`<div class="foot"><a class="button primary" part="product-link" href=${state.product.url ?? nothing}>${done.product}</a></div>`;
  }
  switch (phase.cart) {
    case 'idle':
    case 'adding':
    case 'added': {
      const text = { idle: done.cart, adding: done.adding, added: done.added }[phase.cart];
      // Not `disabled`, which would take the focus away from a press of the keyboard.
      return html`<div class="foot">
        <button type="button" class="button primary" part="cart" aria-disabled=${phase.cart !== 'idle'} @click=${actions.addToCart}>
          ${phase.cart === 'added' ? tickIcon : nothing}<span>${text}</span>
        </button>
      </div>`;
    }
    case 'incomplete':
    case 'unavailable':
    case 'refused':
      return html`<div class="foot">
        <p class="problem" part="cart-problem">${done[phase.cart]}</p>
        <button type="button" class="button primary" part="go" @click=${actions.goToProduct}>${done.product}</button>
      </div>`;
    default:
      return phase.cart satisfies never;
  }
}
