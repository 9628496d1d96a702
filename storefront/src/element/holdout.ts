// A holdout keeps the button from a share of visitors, so that their orders can be compared with those of the others.
// Part of the eager script: a button that goes again would move the page, and would have been seen.

/** One of a hundred, drawn once: it says nothing of the visitor, and a larger share holds the same ones and more. */
const BUCKET = 'try-it-on:bucket';

/**
 * Whether this visitor is one of those that see no button. Undefined without a holdout, with one that is no percentage
 * (`watch.ts` says so), and where nothing can be stored: such a visitor sees the button and isn't counted.
 */
export function isHeld(element: Element): boolean | undefined {
  const share = /^(100|\d?\d)%$/.exec(element.getAttribute('holdout') ?? '')?.[1];
  try {
    return share ? +(localStorage[BUCKET] ??= (Math.random() * 100) | 0) < +share : undefined;
  } catch {
    return undefined;
  }
}
