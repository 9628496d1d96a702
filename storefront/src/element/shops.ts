// Whether the page's gateways are open: asked at load, when the page comes into view, and every 30 seconds while it is seen.
import { askShop } from '../client/shop.ts';

type Answer = Record<string, unknown>;

const EVERY_MS = 30_000;
/** A little less, so that an answer is never still fresh when it is asked for again. */
const FRESH_MS = EVERY_MS - 1_000;

export class Shops {
  readonly #known = new Map<string, { answer: Answer; askedAtMs: number; asking: Promise<Answer> }>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** By what was last heard. */
  isOpen(gateway: string): boolean {
    return this.#known.get(gateway)?.answer['open'] !== false;
  }

  /** What is true now, or was less than 30 seconds ago. */
  ask(gateway: string): Promise<Answer> {
    const known = this.#known.get(gateway);
    if (known && performance.now() - known.askedAtMs < FRESH_MS) return known.asking;
    // The first of a page's gateways.
    if (this.#known.size === 0) this.#keepAsking();
    // The browser's own copy, of another page of the shop, may be as old: it does for the first answer alone.
    const asking = askShop(gateway, known ? 'no-cache' : 'default').then((answer) => {
      this.#known.set(gateway, { answer, askedAtMs, asking });
      this.#changed();
      return answer;
    });
    const askedAtMs = performance.now();
    this.#known.set(gateway, { answer: known?.answer ?? {}, askedAtMs, asking });
    return asking;
  }

  #keepAsking(): void {
    const ask = (): void => {
      if (document.visibilityState === 'visible') for (const gateway of this.#known.keys()) void this.ask(gateway);
    };
    document.addEventListener('visibilitychange', ask);
    setInterval(ask, EVERY_MS);
  }
}
