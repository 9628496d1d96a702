// The dialog as a function of its state. Nothing is remembered here.
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Consent } from './agreement.ts';
import type { CameraState } from './camera.ts';
import type { Estimate } from './estimate.ts';
import type { Config } from './host.ts';
import { closeIcon } from './figures.ts';
import { camera } from './view-camera.ts';
import { chooseFoot, choosePanel, chooseStage } from './view-choose.ts';
import { doneFoot, donePanel, doneStage, zoomed } from './view-done.ts';
import { failedFoot, failedPanel, failedStage } from './view-failed.ts';
import { readyFoot, readyPanel, readyStage } from './view-ready.ts';
import { runningFoot, runningPanel, runningStage } from './view-running.ts';
import type { Product, State } from './state.ts';
import type { Language } from './strings.ts';

/** What the shopper can do. */
export interface Actions {
  close(): void;
  givePhoto(file: Blob): void;
  useSample(): void;
  openCamera(): void;
  shoot(video: HTMLVideoElement): void;
  closeCamera(): void;
  changePhoto(): void;
  keepPhoto(): void;
  forgetPhoto(): void;
  undoForget(): void;
  pick(product: Product): void;
  agree(isTicked: boolean): void;
  start(): void;
  cancel(): void;
  otherProduct(): void;
  showPicture(index: number): void;
  pictureLoaded(event: Event): void;
  pictureFailed(): void;
  /** 0: the picture that was made; 100: the photo before. */
  slide(percent: number): void;
  zoom(next: Zoom): void;
  save(): void;
  share(): void;
  addToCart(): void;
  goToProduct(): void;
}

/** How large the picture is looked at: in its place, as large as the window, or closer. */
export type Zoom = 'off' | 'whole' | 'close-up';

export interface Scene {
  state: State;
  config: Config;
  language: Language;
  actions: Actions;
  /** Said by the live region; empty when there is no news. */
  announcement: string;
  consent: Consent;
  /** When the picture is due. */
  estimate: Estimate | undefined;
  dragging: boolean;
  canShare: boolean;
  touch: boolean;
  /** The device has a camera that the dialog can show. */
  hasCamera: boolean;
  camera: CameraState | undefined;
  /** How much of the photo before is shown, 0 to 100. */
  split: number;
  zoom: Zoom;
  /** How the product gets into the cart from here: by a press, on its own page, or not at all. */
  cart: 'add' | 'link' | undefined;
}

/** What a phase shows: pictures, words and lesser controls, and the way on, which is always in view. */
interface Parts {
  stage: TemplateResult;
  panel: TemplateResult;
  foot: TemplateResult | typeof nothing;
}

export function view(scene: Scene): TemplateResult {
  const { state, language, actions } = scene;
  const { title, close } = language.strings;
  const { stage, panel, foot } = parts(scene);
  return html`
    <div class="frame" data-phase=${state.phase.name}>
      <header class="bar">
        <div class="titles">
          <h2 id="title" part="title">${title}</h2>
          <p class="product-title">${state.product.title}</p>
        </div>
        <button type="button" class="round" part="close" aria-label=${close} @click=${actions.close}>${closeIcon}</button>
      </header>
      <div class="stage" part="stage">${stage}</div>
      <div class="panel" part="panel">
        <div class="scroll">${panel}</div>
        <p class=${state.phase.name === 'running' ? 'status' : 'status quiet'} part="status" role="status">${scene.announcement}</p>
        ${foot === nothing ? nothing : html`<div class="foot" part="foot">${foot}</div>`}
      </div>
    </div>
    ${zoomed(scene)} ${camera(scene)}
  `;
}

function parts(scene: Scene): Parts {
  const { phase } = scene.state;
  switch (phase.name) {
    case 'choose':
      return { stage: chooseStage(scene, false), panel: choosePanel(scene, phase), foot: chooseFoot(scene) };
    case 'preparing':
      return { stage: chooseStage(scene, true), panel: choosePanel(scene, undefined), foot: chooseFoot(scene) };
    case 'ready':
      return { stage: readyStage(scene), panel: readyPanel(scene), foot: readyFoot(scene) };
    case 'running':
      return { stage: runningStage(scene), panel: runningPanel(scene, phase), foot: runningFoot(scene) };
    case 'done':
      return { stage: doneStage(scene, phase), panel: donePanel(scene, phase), foot: doneFoot(scene, phase) };
    case 'failed':
      return { stage: failedStage(scene), panel: failedPanel(scene, phase.problem), foot: failedFoot(scene, phase.problem) };
    default:
      return phase satisfies never;
  }
}
