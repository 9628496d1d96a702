// What the dialog (loaded on first use) and the element (loaded with the page) need of each other.
import type { TryOnModel, TryOnResult } from '../client/types.ts';
import type { RunMemory } from './run-memory.ts';
import type { Product } from './state.ts';
import type { Strings } from './words.ts';

/** The element's attributes, parsed, at the moment they are asked for. */
export interface Config {
  gateway: string;
  model: TryOnModel;
  inputs: Readonly<Record<string, unknown>>;
  product: Product;
  /** Other colours and products for the same photo; the element's own product comes first. */
  products: readonly Product[];
  /** Address of the shop's own model photo. */
  sample: string | undefined;
  /** As the page wrote it: the dialog links only to http and https. */
  privacyUrl: string | undefined;
  /** Gets a Turnstile token for the next run. A widget that must be seen goes into `place`, which is in the dialog. */
  challenge: ((place: HTMLElement) => Promise<string>) | undefined;
  /** The shop's product form, for add-to-cart. */
  form: HTMLFormElement | undefined;
  /** The product that the form has selected. */
  selected: Product | undefined;
  /** Name of the form field that carries the product's id, where the shop names it. */
  productField: string | undefined;
  /** The shop puts products into the cart itself, told by `tryon:cart`. */
  cart: boolean;
  /** Name of the form field that carries the result's id. */
  cartField: string;
  /** A language that the dialog speaks: `de`. */
  locale: string;
  /** Address of a JSON file with the shop's own wording. */
  strings: string | undefined;
}

/** `closed`: the shop doesn't try on at the moment, and there is no picture to show. */
export type TriggerState = 'idle' | 'busy' | 'done' | 'failed' | 'closed';

export interface Host {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  /** The words of a language, loaded beside the dialog; nothing for English and for what couldn't be loaded. */
  words(language: string): Promise<Strings | undefined>;
  config(): Config;
  /** The product whose button was seen, once one was. */
  seen(): string | undefined;
  /** Loads the dialog's files: the shopper may press next. */
  load(): void;
  /** Opens the dialog, or says on the button that it can't be opened. */
  open(): void;
}

/** What all elements of a page share. */
export interface Page {
  readonly memory: RunMemory;
  /** The elements that are on the page, in the order of their coming. */
  readonly hosts: ReadonlySet<Host>;
  /** What `GET /v1/shop` answers, not older than 30 seconds. */
  shop(gateway: string): Promise<Record<string, unknown>>;
}

/** The file that is loaded on first use. */
export interface DialogModule {
  createDialog(host: Host, page: Page): Promise<Dialog>;
  /** Takes up what an earlier page load has left: runs under way, photos to be forgotten. */
  takeUp(page: Page, locale: string, words: Host['words']): Promise<void>;
}

/** The file that is loaded when the page has nothing else to do. */
export interface WatchModule {
  watch(page: Page): void;
}

/** What the dialog module gives back to the element. */
export interface Dialog {
  /** The picture of the element's product and the shopper's photo, once there is one. */
  readonly result: TryOnResult | undefined;
  open(): Promise<void>;
  close(): void;
  /** The element was moved within the page. */
  moved(): void;
  /** The element left the page. Its run goes on. */
  disconnect(): void;
}
