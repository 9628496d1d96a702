// The camera's picture, with an outline to stand in.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { cameraIcon, closeIcon, outline } from './figures.ts';
import type { Scene } from './view.ts';

export function camera({ camera: state, language, actions }: Scene): TemplateResult | typeof nothing {
  if (!state) return nothing;
  const { choose } = language.strings;
  const { countdown } = state;
  return html`
    <div class="zoom camera" part="viewfinder">
      <video .srcObject=${state.stream} autoplay playsinline .muted=${true} aria-label=${choose.camera}></video>
      ${outline}
      <p class="countdown" part="countdown" role="status">${countdown === undefined ? choose.outline : language.number(countdown)}</p>
      <button
        type="button"
        class="button primary"
        part="shoot"
        aria-disabled=${countdown !== undefined}
        @click=${(event: Event) => {
          const video = (event.currentTarget as Element).parentElement?.querySelector('video');
          if (video) actions.shoot(video);
        }}
      >
        ${cameraIcon}<span>${choose.shoot}</span>
      </button>
      <button type="button" class="round" part="camera-close" aria-label=${language.strings.close} @click=${actions.closeCamera}>${closeIcon}</button>
    </div>
  `;
}
