// The dialog's life as a pure machine: state + event → state. What is shown follows from the state alone.
import type { PhotoAdvice } from '../photo/advice.ts';
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
  /** What is added besides the product itself, as the shop writes it: `M`, `Sage / M`. */
  option?: string;
  /** As the shop writes it: `29,00 €`. */
  price?: string;
}

/** The shopper's photo, prepared. `url` is a blob address for showing it. */
export interface Photo {
  /** Runs belong to it: another photo, another id. */
  id: string;
  blob: Blob;
  url: string;
  width: number;
  height: number;
  /** The shop's own model, not the shopper: nothing to keep and nothing to forget. */
  sample: boolean;
  /** What could be better about it. */
  advice: readonly PhotoAdvice[];
}

export interface Problem {
  code: string;
  action: Action;
  retryAfterSeconds?: number;
}

/** Where a run stands, whether a dialog shows it or not. */
export type RunPhase =
  /** Under way. `progress` is what was last heard while the gateway was heard. */
  | { name: 'running'; progress: Running; line: Line }
  | { name: 'done'; result: TryOnResult }
  | { name: 'failed'; problem: Problem };

export type Phase =
  /** No photo yet, or the one given did not do. `forgotten`: it was just forgotten, which can still be undone. */
  | { name: 'choose'; problem?: Problem; forgotten?: true }
  | { name: 'preparing' }
  /** A photo is there and nothing was sent. */
  | { name: 'ready' }
  | Exclude<RunPhase, { name: 'done' }>
  | { name: 'done'; result: TryOnResult; shown: number; cart: CartState };

/** Where the product of the picture stands on its way to the cart; the last three say why it didn't get there. */
export type CartState = 'idle' | 'adding' | 'added' | 'incomplete' | 'unavailable' | 'refused';

export type Running = Exclude<Progress, { stage: 'offline' | 'reconnecting' }>;
export type Line = 'up' | 'offline' | 'reconnecting';

export interface State {
  phase: Phase;
  product: Product;
  photo?: Photo;
  /** Ids of pictures whose product is in the cart: each is added once. */
  inCart: ReadonlySet<string>;
}

export type Event =
  | { type: 'photo-given' }
  /** `run` is the one that this product and photo have already. */
  | { type: 'photo-prepared'; photo: Photo; run?: RunPhase | undefined }
  | { type: 'photo-refused'; problem: Problem }
  /** Back to choosing; the photo is kept. */
  | { type: 'photo-change' }
  /** `undoable`: by the shopper, here and now. */
  | { type: 'photo-forgotten'; undoable: boolean }
  | { type: 'product-picked'; product: Product; run?: RunPhase | undefined }
  /** News of the run of this product and photo; nothing: it was canceled. */
  | { type: 'run'; run: RunPhase | undefined }
  /** Back from choosing, or from a failure that was read. */
  | { type: 'rested' }
  | { type: 'picture-shown'; index: number }
  | { type: 'cart'; cart: CartState };

export function initial(product: Product): State {
  return { phase: { name: 'choose' }, product, inCart: new Set() };
}

export function next(state: State, event: Event): State {
  switch (event.type) {
    case 'photo-given':
      return { ...state, phase: { name: 'preparing' } };
    case 'photo-prepared':
      return withRun({ ...state, photo: event.photo }, event.run);
    case 'photo-refused':
      return { ...state, phase: { name: 'choose', problem: event.problem } };
    case 'photo-change':
      return isRunning(state) ? state : { ...state, phase: { name: 'choose' } };
    case 'photo-forgotten': {
      const { photo: _, ...rest } = state;
      return { ...rest, phase: event.undoable ? { name: 'choose', forgotten: true } : { name: 'choose' } };
    }
    case 'product-picked':
      return withRun({ ...state, product: event.product }, event.run);
    case 'run':
      return withRun(state, event.run);
    case 'rested':
      return withRun(state, undefined);
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

/** A run's next phase: silence keeps what was last known, and any news ends it. */
export function progressed(run: RunPhase, progress: Progress): RunPhase {
  if (run.name !== 'running') return run;
  if (progress.stage === 'offline' || progress.stage === 'reconnecting') return { ...run, line: progress.stage };
  return { name: 'running', progress, line: 'up' };
}

export function isRunning(state: State): boolean {
  return state.phase.name === 'running';
}

function withRun(state: State, run: RunPhase | undefined): State {
  if (run === undefined) return { ...state, phase: state.photo ? { name: 'ready' } : { name: 'choose' } };
  if (run.name !== 'done') return { ...state, phase: run };
  const { result } = run;
  return { ...state, phase: { name: 'done', result, shown: 0, cart: state.inCart.has(result.id) ? 'added' : 'idle' } };
}
