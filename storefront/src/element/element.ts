// <try-it-on>: the eager part. A button, the attributes, and the way to the dialog, which is loaded on first use.
// No side effects here: `try-it-on.ts` defines the element.
import { complain } from './complain.ts';
import { readConfig, readLocale } from './config.ts';
import { emit } from './events.ts';
import type { Config, Dialog, Host, RunMemory, RunRecord, TriggerState } from './host.ts';
import { label } from './labels.ts';
import { loadDialog, loadWords } from './load.ts';
import styles from './styles/trigger.css';

// A page may import this file where there is no DOM (server rendering).
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * A "Try it on" button with everything behind it.
 *
 * @element try-it-on
 * @slot - The button's content, instead of its label.
 */
export class TryItOnElement extends Base {
  static readonly observedAttributes = ['label', 'locale', 'product-image'];

  /** Defines the element unless the page has it already, or there is no page. */
  static define(tag = 'try-it-on'): void {
    const registry = globalThis.customElements;
    if (registry && !registry.get(tag)) registry.define(tag, TryItOnElement);
  }

  /** Gets a Turnstile token, where the gateway requires a challenge. It is called before each run. */
  challenge: Config['challenge'];

  readonly #root: ShadowRoot;
  readonly #button: HTMLButtonElement;
  readonly #label: HTMLSlotElement;
  #state: TriggerState = 'idle';
  #dialog: Promise<Dialog> | undefined;
  #key: string | undefined;

  constructor() {
    super();
    this.#root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    this.#label = document.createElement('slot');
    this.#button = document.createElement('button');
    this.#button.type = 'button';
    this.#button.setAttribute('part', 'trigger');
    this.#button.setAttribute('aria-haspopup', 'dialog');
    this.#button.append(icon(), this.#label);
    this.#button.addEventListener('click', () => void this.open());
    // A finger or pointer that comes near will press: the dialog's files are under way by then.
    this.#button.addEventListener('pointerenter', () => void this.#load().catch(() => undefined));
    this.#root.replaceChildren(this.#button);
  }

  connectedCallback(): void {
    // Once: a shop may change the product under a run, and a reload starts from the first one again.
    this.#key ??= `try-it-on:${this.getAttribute('gateway') ?? ''}:${this.#productId()}`;
    this.#showLabel();
    const record = this.#runs.read();
    if (record?.done) this.#show('done');
    else if (record) void this.#load().then((dialog) => (this.isConnected ? dialog.resume(record) : undefined), () => undefined);
  }

  disconnectedCallback(): void {
    void this.#dialog?.then((dialog) => {
      if (!this.isConnected) dialog.disconnect();
    }, () => undefined);
  }

  attributeChangedCallback(): void {
    this.#showLabel();
  }

  /** Opens the dialog, as a press of the button does. Resolves when it is open, or says on the button that it can't be. */
  async open(): Promise<void> {
    this.#button.setAttribute('aria-busy', 'true');
    try {
      await (await this.#load()).open();
      if (this.#state === 'failed') this.#show('idle');
    } catch (error) {
      this.#show('failed');
      complain(`the dialog could not be opened: ${String(error)}. If that stays so, look for script-src in the Content-Security-Policy.`);
      emit(this, 'tryon:error', { productId: this.#productId(), code: 'LoadError', message: String(error), action: 'retry' });
    } finally {
      this.#button.removeAttribute('aria-busy');
    }
  }

  #load(): Promise<Dialog> {
    if (!this.#dialog) {
      // Side by side, so that the words cost no round trip of their own.
      void loadWords(readLocale(this));
      const dialog = loadDialog().then(({ createDialog }) => createDialog(this.#host()));
      // What failed is tried again by the next press.
      dialog.catch(() => (this.#dialog = undefined));
      this.#dialog = dialog;
    }
    return this.#dialog;
  }

  #host(): Host {
    return {
      element: this,
      root: this.#root,
      runs: this.#runs,
      words: loadWords,
      config: () => readConfig(this),
      showTrigger: (state) => this.#show(state),
    };
  }

  #productId(): string {
    return this.getAttribute('product-id') ?? this.getAttribute('product-image') ?? '';
  }

  #show(state: TriggerState): void {
    this.#state = state;
    this.#showLabel();
  }

  #showLabel(): void {
    if (!this.isConnected) return;
    // Without a picture there is nothing to try on; the page's developer is told.
    this.#button.hidden = readConfig(this).product.image === '';
    const own = this.#state === 'idle' ? this.getAttribute('label') : null;
    this.#label.textContent = own ?? label(readLocale(this), this.#state);
    this.#button.dataset['state'] = this.#state;
  }

  get #runs(): RunMemory {
    const key = this.#key ?? '';
    return {
      read: () => parseRecord(stored(() => sessionStorage.getItem(key))),
      write: (record) => stored(() => sessionStorage.setItem(key, JSON.stringify(record))),
      clear: () => stored(() => sessionStorage.removeItem(key)),
    };
  }
}

/** Storage may be switched off, which throws. Then a reload forgets the run, and all else works. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

function parseRecord(text: string | null | undefined): RunRecord | undefined {
  const { id, productId, open, done } = parseObject(text ?? undefined);
  if (typeof id !== 'string' || typeof productId !== 'string') return undefined;
  return { id, productId, open: open === true, done: done === true };
}

function parseObject(text: string | undefined): Record<string, unknown> {
  try {
    return (JSON.parse(text ?? '{}') as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
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
}
