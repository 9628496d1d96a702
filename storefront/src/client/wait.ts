// Waiting that a shopper does not have to wait for: it ends early when the connection or the tab comes back.

/** Resolves after `ms`, or sooner when the page comes online or into view. Rejects when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener('online', done);
      document.removeEventListener('visibilitychange', onView);
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const onView = (): void => {
      if (document.visibilityState === 'visible') done();
    };
    const onAbort = (): void => {
      done();
      reject(signal?.reason);
    };
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    document.addEventListener('visibilitychange', onView);
    signal?.addEventListener('abort', onAbort);
  });
}

/** Delay before attempt `n` (from 0): doubling from `firstMs`, at most `mostMs`. */
export function backoffMs(n: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(n, 16));
}
