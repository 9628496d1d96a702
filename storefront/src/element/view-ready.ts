// The photo is there: the last look before anything is sent.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { parseAddress } from '../client/address.ts';
import type { Scene } from './view.ts';

export function readyStage({ state, language }: Scene): TemplateResult {
  return html`${photo(state.photo?.url, state.photo?.sample ? language.strings.ready.model : language.strings.ready.photo)}
    <img class="garment" src=${state.product.image} alt=${state.product.title} />`;
}

export function photo(url: string | undefined, alt: string): TemplateResult | typeof nothing {
  return url === undefined ? nothing : html`<img class="photo" part="photo" src=${url} alt=${alt} />`;
}

export function readyPanel(scene: Scene): TemplateResult {
  const { language, actions, state } = scene;
  const { ready } = language.strings;
  const advice = state.photo?.sample ? undefined : state.photo?.advice[0];
  return html`
    <h3 tabindex="-1" part="heading">${ready.heading}</h3>
    ${advice ? html`<p class="note" part="advice">${language.strings.advice[advice]}</p>` : nothing}
    ${state.photo?.sample ? nothing : terms(scene)}
    ${products(scene)}
    <p class="links">
      <button type="button" class="plain" part="change" @click=${actions.changePhoto}>${ready.change}</button>
      ${state.photo?.sample ? nothing : html`<button type="button" class="plain" part="forget" @click=${actions.forgetPhoto}>${ready.forget}</button>`}
    </p>
    ${state.photo?.sample ? nothing : html`<p class="fine">${ready.kept}</p>`}
  `;
}

/** What is agreed to stands before the button that agrees; where a box is asked for, start explains what is missing. */
function terms({ language, actions, config, consent }: Scene): TemplateResult {
  const { ready } = language.strings;
  const privacy = config.privacyUrl === undefined ? undefined : link(config.privacyUrl);
  const isMissed = consent === 'missed';
  return html`<div class="terms">
    <p class="fine" id="terms" part="consent">
      ${ready.consent} ${privacy === undefined ? nothing : html`<a href=${privacy} target="_blank" rel="noopener">${ready.privacy}</a>`}
    </p>
    ${consent === 'told'
      ? nothing
      : html`<label class="agree">
          <input
            type="checkbox"
            part="agree"
            required
            aria-describedby=${isMissed ? 'unagreed terms' : 'terms'}
            aria-invalid=${isMissed}
            .checked=${consent === 'given'}
            @change=${({ target }: Event) => actions.agree((target as HTMLInputElement).checked)}
          />
          <span>${ready.agree}</span>
        </label>`}
    ${isMissed ? html`<p class="unagreed" id="unagreed" part="unagreed">${ready.unagreed}</p>` : nothing}
  </div>`;
}

/** Only addresses that a link may have. */
function link(address: string): string | undefined {
  const url = parseAddress(address, document.baseURI);
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

export function readyFoot({ language, actions }: Scene): TemplateResult {
  return html`<button type="button" class="button primary" part="start" @click=${actions.start}>${language.strings.ready.start}</button>`;
}

/** Other colours and products for the same photo. */
export function products({ state, config, language, actions }: Scene): TemplateResult | typeof nothing {
  if (config.products.length < 2) return nothing;
  return html`
    <div class="products" role="group" aria-label=${language.strings.ready.products}>
      <p class="hint" aria-hidden="true">${language.strings.ready.products}</p>
      <div class="row">
        ${config.products.map(
          (product) => html`<button
            type="button"
            class="thumb"
            part="product"
            aria-pressed=${product.id === state.product.id}
            aria-label=${product.title}
            title=${product.title}
            @click=${() => actions.pick(product)}
          >
            <img src=${product.image} alt="" loading="lazy" />
          </button>`,
        )}
      </div>
    </div>
  `;
}
