// The element's events: they bubble and cross shadow roots, so that a shop can listen on `document`.
import type { Action, Progress } from '../client/types.ts';

export interface TryItOnEvents {
  /** Half of the button has come into view, once for each product. */
  'tryon:impression': { productId: string };
  'tryon:open': { productId: string };
  'tryon:close': { productId: string };
  /** A photo was given and made ready. The photo itself stays with the dialog. */
  'tryon:photo': { productId: string; sample: boolean };
  /** The shopper pressed start (or a run was taken up again: `resumed`). */
  'tryon:start': { productId: string; model: string; resumed: boolean };
  'tryon:progress': { productId: string; id: string | undefined; progress: Progress };
  /** `consentReceipt`: what the gateway certifies of the shopper's agreement, where it requires one. */
  'tryon:result': { productId: string; id: string; images: string[]; consentReceipt?: string };
  'tryon:save': { productId: string; id: string };
  'tryon:share': { productId: string; id: string };
  'tryon:forget': { productId: string };
  'tryon:error': { productId: string; code: string; message: string; action: Action };
  /**
   * Add to cart, with the id of the picture. To put the product into the cart yourself, call `respondWith` with the promise
   * of it: the button says what came of it. After a mere `preventDefault` the dialog closes, and your page says it.
   */
  'tryon:cart': { productId: string; resultId: string; respondWith: (added: Promise<unknown>) => void };
}

export type TryItOnEventMap = { [Name in keyof TryItOnEvents]: CustomEvent<TryItOnEvents[Name]> };

export function emit<Name extends keyof TryItOnEvents>(
  element: EventTarget,
  name: Name,
  detail: TryItOnEvents[Name],
  options: { cancelable?: boolean } = {},
): boolean {
  return element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, ...options }));
}
