// Add to cart from the dialog: by the shop's own listener or the theme's form, with a word on what came of it.
import { orderThroughForm } from './cart.ts';
import { emit } from './events.ts';
import type { Config } from './host.ts';
import type { CartState, State } from './state.ts';

/** What ordering needs of the dialog. */
export interface Counter {
  element: HTMLElement;
  state(): State;
  config(): Config;
  /** Shows and says where the product of this result stands. */
  carted(cart: CartState, resultId: string): void;
  close(): void;
}

export async function addToCart(counter: Counter): Promise<void> {
  const { phase, product } = counter.state();
  if (phase.name !== 'done' || phase.cart !== 'idle') return;
  const resultId = phase.result.id;
  counter.carted('adding', resultId);
  // (1) The shop may take it over.
  let taken: Promise<unknown> | undefined;
  const respondWith = (added: Promise<unknown>): void => void (taken = Promise.resolve(added));
  const detail = { productId: product.id, resultId, respondWith };
  const goOn = emit(counter.element, 'tryon:cart', detail, { cancelable: true });
  if (taken) {
    const added = await (taken as Promise<unknown>).then(() => true, () => false);
    return counter.carted(added ? 'added' : 'refused', resultId);
  }
  if (!goOn) return handOver(counter, resultId);
  // (2) Else it goes through the theme's own form.
  const { form, selected, productField, cartField: field } = counter.config();
  if (!form) return counter.carted('unavailable', resultId);
  const outcome = await orderThroughForm(form, { product, resultId, field, productField }, selected);
  if (outcome === 'unknown') return handOver(counter, resultId);
  counter.carted(outcome, resultId);
  // The browser shows what is missing, which it can't behind a modal dialog.
  if (outcome === 'incomplete') {
    counter.close();
    form.reportValidity();
  }
}

/** The page says what came of it, so it must be seen. */
function handOver(counter: Counter, resultId: string): void {
  counter.carted('idle', resultId);
  counter.close();
}

export function goToProduct({ state, close }: Counter): void {
  const { url } = state().product;
  if (url !== undefined && url !== location.href) location.assign(url);
  else close();
}
