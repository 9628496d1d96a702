// <try-it-on>: the eager part. A button, the attributes, and the way to the dialog, which is loaded on first use.
// No side effects here: `try-it-on.ts` defines the element.
import { ATTRIBUTES, reflectAttributes, type AttributeProperties } from './attributes.ts';
import type { TryOnResult } from '../client/types.ts';
import { complain } from './complain.ts';
import { readConfig, readLocale } from './config.ts';
import { emit, type TryItOnEventMap } from './events.ts';
import { isHeld } from './holdout.ts';
import type { Config, Dialog, Host, Page, TriggerState } from './host.ts';
import { label } from './labels.ts';
import { loadDialog, loadWords, watchLater } from './load.ts';
import { imageKey, RunMemory } from './run-memory.ts';
import { Shops } from './shops.ts';
import styles from './styles/trigger.css';

const memory = new RunMemory();
const hosts = new Set<Host>();
const shops = new Shops(() => memory.changed());
const page: Page = { memory, hosts, shop: (gateway) => shops.ask(gateway) };
/** Runs whose dialog an element of this page load has opened again. */
const claimed = new Set<string>();

// A page may import this file where there is no DOM (server rendering).
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * A "Try it on" button with everything behind it.
 *
 * @element try-it-on
 * @slot - The button's content, instead of its label.
 * @slot closed - What stands there while the shop doesn't try on. Default: nothing.
 */
// The properties stand in `attributes.ts`.
export interface TryItOnElement extends AttributeProperties {}
export class TryItOnElement extends Base {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** Defines the element unless the page has it already, or there is no page. */
  static define(tag = 'try-it-on'): void {
    const registry = globalThis.customElements;
    if (registry && !registry.get(tag)) registry.define(tag, TryItOnElement);
  }

  /** Gets a Turnstile token, where the gateway requires a challenge. It is called before each run. */
  challenge: Config['challenge'];

  readonly #root: ShadowRoot;
  readonly #button: HTMLButtonElement;
  /** The shop's own label, for as long as there is nothing else to say. */
  readonly #slot: HTMLSlotElement;
  readonly #label: HTMLSpanElement;
  readonly #host: Host;
  readonly #states: CustomStateSet | undefined;
  #seen: string | undefined;
  #loaded: Dialog | undefined;
  #dialog: Promise<Dialog> | undefined;
  #failed = false;
  #ended: (() => void) | undefined;

  constructor() {
    super();
    this.#root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    this.#host = { element: this, root: this.#root, words: loadWords, config: () => readConfig(this), seen: () => this.#seen, load: () => void this.#load().catch(() => undefined), open: () => void this.open() };
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    this.#slot = document.createElement('slot');
    this.#label = document.createElement('span');
    this.#button = document.createElement('button');
    this.#button.type = 'button';
    this.#button.setAttribute('part', 'trigger');
    this.#button.setAttribute('aria-haspopup', 'dialog');
    this.#button.append(icon(), this.#slot, this.#label);
    this.#button.addEventListener('click', () => void this.open());
    // A finger or pointer that comes near will press: the dialog's files are under way by then.
    this.#button.addEventListener('pointerenter', this.#host.load);
    const closed = document.createElement('slot');
    closed.name = 'closed';
    this.#root.replaceChildren(this.#button, closed);
    this.#states = this.attachInternals?.().states;
  }

  connectedCallback(): void {
    hosts.add(this.#host);
    const endMemory = memory.onChange(() => this.#show());
    // A theme changes the variant in its form and tells nobody; its own script may need a moment for that.
    const changed = (): void => void setTimeout(() => this.#show());
    document.addEventListener('change', changed);
    this.#ended = () => {
      endMemory();
      document.removeEventListener('change', changed);
    };
    this.#show();
    void this.#dialog?.then((dialog) => dialog.moved(), () => undefined);
    this.#takeUp();
    void shops.ask(readConfig(this).gateway);
    this.#watchImpression();
    watchLater(page);
  }

  disconnectedCallback(): void {
    hosts.delete(this.#host);
    this.#ended?.();
    void this.#dialog?.then((dialog) => {
      if (!this.isConnected) dialog.disconnect();
    }, () => undefined);
  }

  /** Moved by `moveBefore`, which keeps an open dialog as it is. */
  connectedMoveCallback(): void {
    this.#show();
  }

  attributeChangedCallback(): void {
    this.#show();
  }

  /** What the button stands for now; also for CSS, as `:state(busy)`. */
  get state(): TriggerState {
    const { gateway, product } = readConfig(this);
    if (this.#failed) return 'failed';
    const state = memory.triggerState(gateway, imageKey(product.image));
    return state === 'idle' && !shops.isOpen(gateway) ? 'closed' : state;
  }

  /** The picture of the product and the shopper's photo, once the dialog has shown one on this page. */
  get result(): TryOnResult | undefined {
    return this.#loaded?.result;
  }

  /** Add-to-cart without a form: the shop listens to `tryon:cart`. */
  get cart(): boolean {
    return this.hasAttribute('cart');
  }
  set cart(on: boolean) {
    this.toggleAttribute('cart', on);
  }

  close(): void {
    this.#loaded?.close();
  }

  /** Opens the dialog, as a press of the button does. Resolves when it is open, or says on the button that it can't be. */
  async open(): Promise<void> {
    this.#button.setAttribute('aria-busy', 'true');
    try {
      await (await this.#load()).open();
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      complain(`the dialog could not be opened: ${String(error)}. See script-src in the Content-Security-Policy.`);
      emit(this, 'tryon:error', { productId: readConfig(this).product.id, code: 'LoadError', message: String(error), action: 'retry' });
    } finally {
      this.#button.removeAttribute('aria-busy');
      this.#show();
    }
  }

  #watchImpression(): void {
    const observer = new IntersectionObserver(
      ([entry]) => {
        const { id } = readConfig(this).product;
        if (!entry?.isIntersecting || this.#seen === id) return;
        this.#seen = id;
        emit(this, 'tryon:impression', { productId: id });
      },
      { threshold: 0.5 },
    );
    observer.observe(this);
    const ended = this.#ended;
    this.#ended = () => {
      ended?.();
      observer.disconnect();
    };
  }

  #load(): Promise<Dialog> {
    if (!this.#dialog) {
      // Side by side, so that the words cost no round trip of their own.
      void loadWords(readLocale(this));
      const dialog = loadDialog().then(({ createDialog }) => createDialog(this.#host, page));
      // What failed is tried again by the next press.
      dialog.then((loaded) => (this.#loaded = loaded), () => (this.#dialog = undefined));
      this.#dialog = dialog;
    }
    return this.#dialog;
  }

  /** The run that an earlier page load has left open opens its dialog, in the first of its buttons. */
  #takeUp(): void {
    takeUp();
    // Also one whose chip was pressed on another page.
    const open = memory.records.find((record) => record.open);
    const { gateway, product } = readConfig(this);
    if (!open || claimed.has(open.id) || open.gateway !== gateway || open.image !== imageKey(product.image)) return;
    claimed.add(open.id);
    void this.#load().then((dialog) => (this.isConnected ? dialog.open() : undefined)).catch(() => undefined);
  }

  /** The label is derived from what is known now: the product, the form's selection, the photo, the runs. */
  #show(): void {
    if (!this.isConnected) return;
    const { product } = readConfig(this);
    const { state } = this;
    // Without a picture there is nothing to try on; `watch.ts` tells the page's developer.
    this.#button.hidden = product.image === '' || state === 'closed' || isHeld(this) === true;
    this.#button.nextElementSibling?.toggleAttribute('hidden', state !== 'closed');
    const text = (state === 'idle' ? this.getAttribute('label') : null) ?? label(readLocale(this), state);
    const isIdle = state === 'idle';
    this.#slot.textContent = isIdle ? text : '';
    this.#slot.hidden = !isIdle;
    this.#label.textContent = isIdle ? '' : text;
    this.#button.dataset['state'] = state;
    try {
      this.#states?.clear();
      this.#states?.add(state);
    } catch {
      // Browsers of some years ago take other names only; the part's data-state is there for them.
    }
  }
}

if (globalThis.HTMLElement) reflectAttributes(TryItOnElement.prototype);

/** What an earlier page load has left goes on, also on a page without a button: a chip shows it. */
export function takeUp(): void {
  if (memory.forgotten.length > 0 || memory.records.some(({ done }) => !done)) {
    void loadDialog().then((module) => module.takeUp(page, readLocale(document.documentElement), loadWords)).catch(() => undefined);
  }
}

/** A hanger, drawn in the text's colour. */
function icon(): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('part', 'icon');
  path.setAttribute('d', 'M12 9.5V8.4c0-.7.4-1.2 1-1.5a2 2 0 1 0-3-1.7M12 9.5 3.4 16c-1.1.8-.5 2.5.8 2.5h15.6c1.3 0 1.9-1.7.8-2.5L12 9.5Z');
  svg.append(path);
  return svg;
}

declare global {
  interface HTMLElementTagNameMap {
    'try-it-on': TryItOnElement;
  }
  // `addEventListener('tryon:cart', ({ detail }) => …)` knows the detail, on the element and on the document.
  interface HTMLElementEventMap extends TryItOnEventMap {}
  interface DocumentEventMap extends TryItOnEventMap {}
}
