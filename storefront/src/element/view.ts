// The dialog as a function of its state. Nothing is remembered here.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Estimate } from './estimate.ts';
import type { Config } from './host.ts';
import { closeIcon } from './figures.ts';
import { chooseStage, choosePanel } from './view-choose.ts';
import { doneActions, donePanel, doneStage } from './view-done.ts';
import { failedPanel, failedStage } from './view-failed.ts';
import { readyPanel, readyStage } from './view-ready.ts';
import { runningPanel, runningStage } from './view-running.ts';
import type { Product, State } from './state.ts';
import type { Language } from './strings.ts';

/** What the shopper can do. */
export interface Actions {
  close(): void;
  givePhoto(file: Blob): void;
  useSample(): void;
  changePhoto(): void;
  keepPhoto(): void;
  forgetPhoto(): void;
  undoForget(): void;
  pick(product: Product): void;
  start(): void;
  cancel(): void;
  otherProduct(): void;
  showPicture(index: number): void;
  pictureLoaded(event: Event): void;
  pictureFailed(): void;
  save(): void;
  share(): void;
  addToCart(): void;
  goToProduct(): void;
  slide(event: Event): void;
}

export interface Scene {
  state: State;
  config: Config;
  language: Language;
  actions: Actions;
  /** Said by the live region; empty when there is no news. */
  announcement: string;
  /** When the picture is due. */
  estimate: Estimate | undefined;
  dragging: boolean;
  canShare: boolean;
  touch: boolean;
  /** How the product gets into the cart from here: by a press, on its own page, or not at all. */
  cart: 'add' | 'link' | undefined;
}

export function view(scene: Scene): TemplateResult {
  const { state, language, actions } = scene;
  const { title, close } = language.strings;
  return html`
    <div class="frame" data-phase=${state.phase.name}>
      <header class="bar">
        <div class="titles">
          <h2 id="title" part="title">${title}</h2>
          <p class="product-title">${state.product.title}</p>
        </div>
        <button type="button" class="round" part="close" aria-label=${close} @click=${actions.close}>${closeIcon}</button>
      </header>
      <div class="stage" part="stage">${stage(scene)}</div>
      <div class="panel" part="panel">
        <div class="scroll">${panel(scene)}</div>
        <p class=${state.phase.name === 'running' ? 'status' : 'status quiet'} part="status" role="status">${scene.announcement}</p>
        ${state.phase.name === 'done' ? doneActions(scene, state.phase) : nothing}
      </div>
    </div>
  `;
}

function stage(scene: Scene): TemplateResult {
  const { phase } = scene.state;
  switch (phase.name) {
    case 'choose':
    case 'preparing':
      return chooseStage(scene, phase.name === 'preparing');
    case 'ready':
      return readyStage(scene);
    case 'running':
      return runningStage(scene);
    case 'done':
      return doneStage(scene, phase);
    case 'failed':
      return failedStage(scene);
    default:
      return phase satisfies never;
  }
}

function panel(scene: Scene): TemplateResult {
  const { phase } = scene.state;
  switch (phase.name) {
    case 'choose':
      return choosePanel(scene, phase);
    case 'preparing':
      return choosePanel(scene, undefined);
    case 'ready':
      return readyPanel(scene);
    case 'running':
      return runningPanel(scene, phase);
    case 'done':
      return donePanel(scene);
    case 'failed':
      return failedPanel(scene, phase.problem);
    default:
      return phase satisfies never;
  }
}
