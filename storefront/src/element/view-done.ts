// The picture: beside the original, with what one can do with it.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { closeIcon, handleIcon, saveIcon, shareIcon, tickIcon, zoomIcon } from './figures.ts';
import type { Phase } from './state.ts';
import { fill } from './strings.ts';
import { products } from './view-ready.ts';
import type { Actions, Scene } from './view.ts';

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
            <span class="handle" aria-hidden="true" @pointerdown=${(event: PointerEvent) => drag(event, actions)}>${handleIcon}</span>`
        : nothing}
      <span class="made" part="ai-mark" lang=${language.tag} dir=${language.direction}>${done.ai}</span>
    </div>
  `;
}

/** The grip follows the finger until it is let go. */
function drag(event: PointerEvent, actions: Actions): void {
  const grip = event.currentTarget as HTMLElement;
  const { left, width } = grip.parentElement?.getBoundingClientRect() ?? { left: 0, width: 0 };
  if (width === 0) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const move = ({ clientX }: PointerEvent): void => actions.slide(Math.round(Math.min(1, Math.max(0, (clientX - left) / width)) * 100));
  grip.addEventListener('pointermove', move);
  grip.addEventListener('lostpointercapture', () => grip.removeEventListener('pointermove', move), { once: true });
}

export function donePanel(scene: Scene, phase: DonePhase): TemplateResult {
  const { state, language, actions, canShare, split } = scene;
  const { done, ready } = language.strings;
  return html`
    <h3 tabindex="-1" part="heading">${done.heading}</h3>
    ${state.photo
      ? html`<label class="slider">
          <span aria-hidden="true">${done.beforeAfter}</span>
          <input
            type="range"
            part="slider"
            min="0"
            max="100"
            step="1"
            .value=${String(split)}
            aria-label=${done.compare}
            aria-valuetext=${fill(done.original, { percent: language.percent(split / 100) })}
            @input=${(event: Event) => actions.slide(Number((event.target as HTMLInputElement).value))}
          />
        </label>`
      : nothing}
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
      <button type="button" class="button" part="zoom" @click=${() => actions.zoom('whole')}>${zoomIcon}<span>${done.zoom}</span></button>
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

/** Over everything else in the dialog; a press goes closer, the next one back. */
export function zoomed({ state, language, actions, zoom }: Scene): TemplateResult | typeof nothing {
  const { phase, product } = state;
  const picture = phase.name === 'done' ? phase.result.images[phase.shown] : undefined;
  if (zoom === 'off' || picture === undefined) return nothing;
  return html`
    <div class=${`zoom ${zoom}`} part="zoomed">
      <img
        src=${picture}
        alt=${fill(language.strings.done.result, { product: product.title })}
        @click=${() => actions.zoom(zoom === 'whole' ? 'close-up' : 'whole')}
      />
      <button type="button" class="round" part="zoom-close" aria-label=${language.strings.close} @click=${() => actions.zoom('off')}>${closeIcon}</button>
    </div>
  `;
}

/** What a press adds, and for how much: a size of the tried picture that the page's form has selected stands. */
function order({ cart, config: { selected }, state: { product } }: Scene): TemplateResult | typeof nothing {
  const { option, price } = cart === 'add' && selected?.image === product.image ? selected : product;
  const words = [option, price].filter(Boolean);
  return words.length === 0 ? nothing : html`<p class="order" part="order">${words.map((word) => html`<bdi>${word}</bdi>`)}</p>`;
}

export function doneFoot(scene: Scene, phase: DonePhase): TemplateResult | typeof nothing {
  const { cart, state, language, actions } = scene;
  if (cart === undefined) return nothing;
  const { done } = language.strings;
  if (cart === 'link') {
    return html`${order(scene)}<a class="button primary" part="product-link" href=${state.product.url ?? nothing}>${done.product}</a>`;
  }
  switch (phase.cart) {
    case 'idle':
    case 'adding':
    case 'added': {
      const text = { idle: done.cart, adding: done.adding, added: done.added }[phase.cart];
      // Not `disabled`, which would take the focus away from a press of the keyboard.
      return html`
        ${order(scene)}
        <button type="button" class="button primary" part="cart" aria-disabled=${phase.cart !== 'idle'} @click=${actions.addToCart}>
          ${phase.cart === 'added' ? tickIcon : nothing}<span>${text}</span>
        </button>`;
    }
    case 'incomplete':
    case 'unavailable':
    case 'refused':
      return html`
        <p class="problem" part="cart-problem">${done[phase.cart]}</p>
        <button type="button" class="button primary" part="go" @click=${actions.goToProduct}>${done.product}</button>`;
    default:
      return phase.cart satisfies never;
  }
}
