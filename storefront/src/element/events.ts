// The element's events: they bubble and cross shadow roots, so that a shop can listen on `document`.
import type { Action, Progress } from '../client/types.ts';

export interface TryItOnEvents {
  /** The shopper pressed start (or a run was taken up again: `resumed`). */
  'tryon:start': { productId: string; model: string; resumed: boolean };
  'tryon:progress': { productId: string; id: string | undefined; progress: Progress };
  'tryon:result': { productId: string; id: string; images: string[] };
  'tryon:error': { productId: string; code: string; message: string; action: Action };
  /** Add to cart, with the id of the picture. Cancel it (`preventDefault`) to put the product in the cart yourself. */
  'tryon:cart': { productId: string; resultId: string };
}

export function emit<Name extends keyof TryItOnEvents>(
  element: HTMLElement,
  name: Name,
  detail: TryItOnEvents[Name],
  options: { cancelable?: boolean } = {},
): boolean {
  return element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, ...options }));
}
