// A sliding window: so many calls in any so many milliseconds.

/** Calls that are out of the window are kept until so many can be forgotten at once. */
const STALE_MOST = 256;

export class Window {
  readonly #most: number;
  readonly #windowMs: number;
  #times: number[] = [];

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** `50/60`: so many in so many seconds. */
  static of(rate: string): Window {
    const [calls, seconds] = rate.split('/').map(Number);
    return new Window(calls ?? 0, (seconds ?? 0) * 1_000);
  }

  note(atMs: number) {
    this.#times.push(atMs);
  }

  /** When the next call may be made; a time that has passed means now. */
  opensMs(now: number): number {
    const blocking = this.#times[this.#times.length - this.#most];
    return blocking === undefined ? now : blocking + this.#windowMs;
  }

  /** Whether it is worth forgetting. */
  isStale(now: number): boolean {
    const at = this.#times[STALE_MOST];
    return at !== undefined && at <= now - this.#windowMs;
  }

  /** Forgets what is out of the window; answers up to when. */
  forget(now: number): number {
    const until = now - this.#windowMs;
    this.#times = this.#times.filter((at) => at > until);
    return until;
  }
}
