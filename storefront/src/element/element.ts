// <try-it-on>: the eager part. A button, the attributes, and the door to the dialog, which is loaded on first use.
// No side effects here: `try-it-on.ts` defines the element.
import type { TryOnModel } from '../client/types.ts';
import type { Config, Dialog, Host, RunMemory, RunRecord, TriggerState } from './host.ts';
import type { Product } from './state.ts';
import { findForm, selectedProduct } from './form.ts';
import styles from './styles/trigger.css';

type Labels = Readonly<Record<TriggerState, string>>;
/** The button's words by language, put in by the build from `locales/`, as JSON. */
declare const __TRIGGER_LABELS__: string;
const LABELS = JSON.parse(__TRIGGER_LABELS__) as Readonly<Record<string, Labels>>;

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

  /** Defines the element unless the page has it already. */
  static define(tag = 'try-it-on'): void {
    if (!customElements.get(tag)) customElements.define(tag, TryItOnElement);
  }

  /** Gets a Turnstile token, where the gateway requires a challenge. It is called before each run. */
  challenge: (() => Promise<string>) | undefined;

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
    else if (record) void this.#load().then((dialog) => (this.isConnected ? dialog.resume(record) : undefined));
  }

  disconnectedCallback(): void {
    void this.#dialog?.then((dialog) => {
      if (!this.isConnected) dialog.disconnect();
    });
  }

  attributeChangedCallback(): void {
    this.#showLabel();
  }

  /** Opens the dialog, as a press of the button does. */
  async open(): Promise<void> {
    this.#button.setAttribute('aria-busy', 'true');
    try {
      await (await this.#load()).open();
    } finally {
      this.#button.removeAttribute('aria-busy');
    }
  }

  #load(): Promise<Dialog> {
    this.#dialog ??= import('./dialog.ts').then(
      ({ createDialog }) => createDialog(this.#host()),
      (error: unknown) => {
        // A lost connection is no reason to stay broken: the next press tries again.
        this.#dialog = undefined;
        throw error;
      },
    );
    return this.#dialog;
  }

  #host(): Host {
    return {
      element: this,
      root: this.#root,
      runs: this.#runs,
      config: () => this.#config(),
      showTrigger: (state) => this.#show(state),
    };
  }

  #config(): Config {
    const text = (name: string): string | undefined => this.getAttribute(name)?.trim() || undefined;
    const model = (text('model') ?? 'tryon-v1.6') as TryOnModel;
    // tryon-max finds out for itself and would refuse to be told.
    const category = model === 'tryon-max' ? undefined : text('category');
    const form = this.#form();
    const own = asProduct(this.#productId(), text('product-title') ?? document.title, text('product-image') ?? '', text('garment-signature'));
    const known = parseProducts(text('products'));
    const productField = text('product-field');
    // The form's variant is the shopper's choice, also where the theme changes it and tells nobody.
    const selected = form && selectedProduct(form, [...known, own], productField);
    const product = selected ?? own;
    // Sizes share a picture: each picture is offered once.
    const others = known.filter(({ image }, at) => image !== product.image && known.findIndex((item) => item.image === image) === at);
    return {
      gateway: text('gateway') ?? '',
      model,
      inputs: { ...(category && { category }), ...parseObject(text('inputs')) },
      product,
      products: [product, ...others],
      sample: text('sample') && absolute(text('sample') ?? ''),
      privacyUrl: link(text('privacy-url')),
      consent: text('consent-version'),
      challenge: this.challenge,
      form,
      selected: form && product,
      productField,
      cart: this.hasAttribute('cart'),
      cartField: text('cart-field') ?? 'properties[_try_on]',
      locale: this.#locale(),
      strings: text('strings'),
    };
  }

  #form(): HTMLFormElement | undefined {
    const selector = this.getAttribute('form');
    return selector ? findForm(this, selector) : undefined;
  }

  #productId(): string {
    return this.getAttribute('product-id') ?? this.getAttribute('product-image') ?? '';
  }

  #locale(): string {
    const near = this.closest('[lang]')?.getAttribute('lang');
    return this.getAttribute('locale') || near || navigator.language || 'en';
  }

  #show(state: TriggerState): void {
    this.#state = state;
    this.#showLabel();
  }

  #showLabel(): void {
    if (!this.#label) return;
    const wanted = this.#locale().toLowerCase();
    const labels = LABELS[wanted] ?? LABELS[wanted.split('-')[0] ?? ''] ?? LABELS['en'];
    const idle = this.getAttribute('label') ?? labels?.idle ?? '';
    this.#label.textContent = this.#state === 'idle' ? idle : (labels?.[this.#state] ?? idle);
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
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function parseProducts(text: string | undefined): Product[] {
  const list = parseJson(text);
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const { id, title, image, signature, url, fields } = (item ?? {}) as Record<string, unknown>;
    const known = (typeof id === 'string' || typeof id === 'number') && typeof title === 'string' && typeof image === 'string';
    if (!known) return [];
    const product = asProduct(String(id), title, image, signature);
    if (typeof url === 'string') product.url = absolute(url);
    if (typeof fields === 'object' && fields !== null) {
      product.fields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    }
    return [product];
  });
}

/** A signed address stays letter by letter as it was signed. */
function asProduct(id: string, title: string, image: string, signature: unknown): Product {
  return typeof signature === 'string' ? { id, title, image, signature } : { id, title, image: absolute(image) };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    console.warn('<try-it-on>: an attribute is not valid JSON:', text);
    return null;
  }
}

/** Only addresses that a link may have. */
function link(address: string | undefined): string | undefined {
  const url = address && absolute(address);
  return url && /^https?:/.test(url) ? url : undefined;
}

function absolute(address: string): string {
  return new URL(address, document.baseURI).href;
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
