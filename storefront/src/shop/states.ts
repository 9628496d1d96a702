// Every face of the dialog, side by side. The view is a function of its state, so each state can simply be drawn.
import { render } from 'lit/html.js';
import { fitFrame } from '../element/picture.ts';
import type { Phase, Photo, Product } from '../element/state.ts';
import en from '../../locales/en.json' with { type: 'json' };
import { language as english, type Language } from '../element/strings.ts';
import { styles } from '../element/styles.ts';
import { runningText } from '../element/view-running.ts';
import { view, type Actions, type Scene } from '../element/view.ts';

const idle = new Proxy({ pictureLoaded: fitFrame } as Partial<Actions>, {
  get: (own, name) => Reflect.get(own, name) ?? (() => undefined),
}) as Actions;

const board = document.getElementById('states');
if (board) draw(board);

function draw(board: HTMLElement): void {
  const { picture = '', sample = '' } = board.dataset;
  const language = english('en', en);
  const product: Product = { id: 't-shirt-sage', title: 'Organic cotton T-shirt, Sage', image: picture };
  const result = { id: 'example', images: [sample] };
  const problem = (code: string, action: 'retake' | 'retry' | 'other_product' | 'contact') => ({ code, action });
  const faces: [string, Phase, Partial<Scene>?][] = [
    ['No photo yet', { name: 'choose' }],
    ['A file that is no photo', { name: 'choose', problem: problem('PhotoUnreadable', 'retake') }],
    ['Photo being prepared', { name: 'preparing' }],
    ['Ready', { name: 'ready' }],
    ['Asked to agree', { name: 'ready' }, { consent: 'open' }],
    ['Not agreed yet', { name: 'ready' }, { consent: 'missed' }],
    ['Sending', { name: 'running', progress: { stage: 'sending', fraction: 0.55 }, line: 'up' }],
    ['In the queue', { name: 'running', progress: { stage: 'queued', place: 3, etaSeconds: 24 }, line: 'up' }, { estimate: { startedAtMs: Date.now() - 6_000, dueAtMs: Date.now() + 24_000 } }],
    ['Being made', { name: 'running', progress: { stage: 'working', etaSeconds: 6 }, line: 'up' }, { estimate: { startedAtMs: Date.now() - 12_000, dueAtMs: Date.now() + 6_000 } }],
    ['Offline', { name: 'running', progress: { stage: 'working' }, line: 'offline' }],
    ['The picture', { name: 'done', result, shown: 0, cart: 'idle' }, { canShare: true }],
    ['The shop refuses', { name: 'done', result, shown: 0, cart: 'refused' }],
    ['Another photo would help', { name: 'failed', problem: problem('PoseError', 'retake') }],
    ['Another try would help', { name: 'failed', problem: problem('UnavailableError', 'retry') }],
    ['Another product would help', { name: 'failed', problem: problem('GarmentUnreadable', 'other_product') }],
    ['Nothing helps now', { name: 'failed', problem: problem('OutOfCredits', 'contact') }],
  ];
  for (const [name, phase, extra] of faces) board.append(face(name, phase, product, sample, language, extra));
}

function face(name: string, phase: Phase, product: Product, sample: string, language: Language, extra: Partial<Scene> = {}): HTMLElement {
  const figure = document.createElement('figure');
  const frame = document.createElement('try-it-on-state');
  const caption = document.createElement('figcaption');
  caption.textContent = name;
  const photo: Photo = { id: 'example', blob: new Blob(), url: sample, width: 1, height: 1, sample: false, advice: [] };
  const scene: Scene = {
    state: { phase, product, inCart: new Set(), ...(phase.name !== 'choose' && phase.name !== 'preparing' && { photo }) },
    config: {
      gateway: '', model: 'tryon-v1.6', inputs: {}, product, products: [product], sample, privacyUrl: '/#privacy', challenge: undefined,
      form: undefined, selected: undefined, productField: undefined, cart: true, cartField: '', locale: 'en', strings: undefined,
    },
    language,
    actions: idle,
    consent: 'told',
    announcement: phase.name === 'running' ? runningText({ language }, phase) : '',
    estimate: undefined,
    dragging: false,
    canShare: false,
    touch: false,
    hasCamera: true,
    camera: undefined,
    split: 0,
    zoom: 'off',
    cart: 'add',
    ...extra,
  };
  const root = frame.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  // The dialog's own rules, for a frame on the page.
  sheet.replaceSync(styles.replace(/(?<!-)\bdialog\b/g, '.face'));
  const page = new CSSStyleSheet();
  page.replaceSync('.face{width:100%;height:100%;border-radius:0;box-shadow:none}');
  root.adoptedStyleSheets = [sheet, page];
  const inner = document.createElement('div');
  inner.className = 'face';
  root.append(inner);
  // Nothing happens here: the faces are for looking at.
  inner.inert = true;
  render(view(scene), inner);
  figure.append(frame, caption);
  return figure;
}
