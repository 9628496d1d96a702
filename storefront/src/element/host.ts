// What the dialog (loaded on first use) needs of the element (loaded with the page).
import type { TryOnModel } from '../client/types.ts';
import type { Product } from './state.ts';
import type { Strings } from './words.ts';

/** The element's attributes, parsed, at the moment the dialog is opened. */
export interface Config {
  gateway: string;
  model: TryOnModel;
  inputs: Readonly<Record<string, unknown>>;
  product: Product;
  /** Other colours and products for the same photo; the element's own product comes first. */
  products: readonly Product[];
  /** Address of the shop's own model photo. */
  sample: string | undefined;
  privacyUrl: string | undefined;
  /** The version of the terms beside the button that sends: pressing it is agreeing to them. */
  consent: string | undefined;
  /** Gets a Turnstile token for the next run. */
  challenge: (() => Promise<string>) | undefined;
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

/** A run that this tab has started for the element's product. */
export interface RunRecord {
  id: string;
  productId: string;
  /** The dialog was open: a reload in mid-run opens it again. */
  open: boolean;
  /** The picture was made: it waits behind the button. */
  done: boolean;
}

/** In `sessionStorage`: it outlives a reload and dies with the tab. */
export interface RunMemory {
  read(): RunRecord | undefined;
  write(record: RunRecord): void;
  clear(): void;
}

export type TriggerState = 'idle' | 'busy' | 'done' | 'failed';

export interface Host {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  /** The words of a language, loaded beside the dialog; nothing for English and for what couldn't be loaded. */
  words(language: string): Promise<Strings | undefined>;
  readonly runs: RunMemory;
  config(): Config;
  showTrigger(state: TriggerState): void;
}

/** The file that is loaded on first use. */
export interface DialogModule {
  createDialog(host: Host): Promise<Dialog>;
}

/** What the dialog module gives back to the element. */
export interface Dialog {
  open(): Promise<void>;
  /** Take up a run after a reload. */
  resume(record: RunRecord): Promise<void>;
  /** The element left the page: stop waiting, keep the run for the next load. */
  disconnect(): void;
}
