// The dialog's life as a pure machine: state + event → state. What is shown follows from the state alone.
import type { Action, Progress, TryOnResult } from '../client/types.ts';

/** Something that can be tried on. `image` is an absolute address; a signed one is as the shop wrote it. */
export interface Product {
  id: string;
  title: string;
  image: string;
  /** The shop's signature of the address, where the gateway requires one. */
  signature?: string;
  /** The product's own page. */
  url?: string;
  /** The form fields that select it, by name: `{"attribute_pa_colour": "red"}`. Default: the field of the id. */
  fields?: Readonly<Record<string, string>>;
}

/** The shopper's photo, prepared. `url` is a blob address for showing it. */
export interface Photo {
  blob: Blob;
  url: string;
  width: number;
  height: number;
  /** The shop's own model, not the shopper: nothing to keep and nothing to forget. */
  sample: boolean;
}

export interface Problem {
  code: string;
  action: Action;
  retryAfterSeconds?: number;
}

export type Phase =
  /** No photo yet, or the one given did not do. */
  | { name: 'choose'; problem?: Problem }
  | { name: 'preparing' }
  /** A photo is there and nothing was sent. */
  | { name: 'ready' }
  /** A run is under way. `progress` is what was last heard while there was a connection. */
  | { name: 'running'; progress: Running; offline: boolean }
  | { name: 'done'; result: TryOnResult; shown: number; cart: CartState }
  | { name: 'failed'; problem: Problem };

/** Where the product of the picture stands on its way to the cart; the last three say why it didn't get there. */
export type CartState = 'idle' | 'adding' | 'added' | 'incomplete' | 'unavailable' | 'refused';

export type Running = Exclude<Progress, { stage: 'offline' }>;

export interface State {
  phase: Phase;
  product: Product;
  photo?: Photo;
  /** Pictures made with this photo, by product: going back to a colour costs nothing. */
  results: ReadonlyMap<string, TryOnResult>;
  /** Ids of pictures whose product is in the cart: each is added once. */
  inCart: ReadonlySet<string>;
}

export type Event =
  | { type: 'photo-given' }
  | { type: 'photo-prepared'; photo: Photo }
  | { type: 'photo-refused'; problem: Problem }
  /** Back to choosing; the photo is kept. */
  | { type: 'photo-change' }
  | { type: 'photo-forgotten' }
  | { type: 'product-picked'; product: Product }
  | { type: 'started' }
  | { type: 'progressed'; progress: Progress }
  | { type: 'finished'; result: TryOnResult }
  | { type: 'failed'; problem: Problem }
  | { type: 'canceled' }
  | { type: 'picture-shown'; index: number }
  | { type: 'cart'; cart: CartState };

export function initial(product: Product): State {
  return { phase: { name: 'choose' }, product, results: new Map(), inCart: new Set() };
}

export function next(state: State, event: Event): State {
  switch (event.type) {
    case 'photo-given':
      return { ...state, phase: { name: 'preparing' } };
    case 'photo-prepared':
      return { ...state, photo: event.photo, results: new Map(), phase: { name: 'ready' } };
    case 'photo-refused':
      return { ...state, phase: { name: 'choose', problem: event.problem } };
    case 'photo-change':
      return isRunning(state) ? state : { ...state, phase: { name: 'choose' } };
    case 'photo-forgotten': {
      const { photo: _, ...rest } = state;
      return { ...rest, results: new Map(), phase: { name: 'choose' } };
    }
    case 'product-picked': {
      if (isRunning(state)) return state;
      const result = state.results.get(event.product.id);
      const phase: Phase = result ? donePhase(state, result) : restingPhase(state);
      return { ...state, product: event.product, phase };
    }
    case 'started':
      return { ...state, phase: { name: 'running', progress: { stage: 'preparing' }, offline: false } };
    case 'progressed': {
      // News of a run that was canceled meanwhile changes nothing.
      if (state.phase.name !== 'running') return state;
      if (event.progress.stage === 'offline') return { ...state, phase: { ...state.phase, offline: true } };
      return { ...state, phase: { name: 'running', progress: event.progress, offline: false } };
    }
    case 'finished': {
      if (state.phase.name !== 'running') return state;
      const results = new Map(state.results).set(state.product.id, event.result);
      return { ...state, results, phase: donePhase(state, event.result) };
    }
    case 'failed': {
      const results = new Map(state.results);
      results.delete(state.product.id);
      return { ...state, results, phase: { name: 'failed', problem: event.problem } };
    }
    case 'canceled':
      return { ...state, phase: restingPhase(state) };
    case 'picture-shown':
      return state.phase.name === 'done' && event.index < state.phase.result.images.length
        ? { ...state, phase: { ...state.phase, shown: event.index } }
        : state;
    case 'cart': {
      if (state.phase.name !== 'done') return state;
      const inCart = event.cart === 'added' ? new Set(state.inCart).add(state.phase.result.id) : state.inCart;
      return { ...state, inCart, phase: { ...state.phase, cart: event.cart } };
    }
    default:
      return event satisfies never;
  }
}

export function isRunning(state: State): boolean {
  return state.phase.name === 'running';
}

function donePhase(state: State, result: TryOnResult): Phase {
  return { name: 'done', result, shown: 0, cart: state.inCart.has(result.id) ? 'added' : 'idle' };
}

function restingPhase(state: State): Phase {
  return state.photo ? { name: 'ready' } : { name: 'choose' };
}
