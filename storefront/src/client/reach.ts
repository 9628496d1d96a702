// A request that got no answer: is it the line, the gateway, or this page that isn't let in?
import { route } from './address.ts';
import { TryOnError } from './problems.ts';

/**
 * Resolves if it is worth trying again. Throws {@link TryOnError} `OriginRefused` where the gateway is there but not for
 * this page: browsers tell scripts nothing of that, so it is asked once with and once without leave to read the answer.
 */
export async function checkReach(gateway: string, signal?: AbortSignal): Promise<void> {
  if (!navigator.onLine) return;
  const address = route(gateway, '/v1/shop');
  const asked = (mode: RequestMode): Promise<boolean> =>
    fetch(address, { mode, cache: 'no-store', credentials: 'omit', ...(signal && { signal }) }).then(() => true, () => false);
  if (await asked('cors')) return;
  const isThere = await asked('no-cors');
  signal?.throwIfAborted();
  if (isThere && navigator.onLine) {
    throw new TryOnError('OriginRefused', `The gateway doesn't let this page in: ${location.origin} is missing in its ALLOWED_ORIGINS.`);
  }
}

/** What to say while there is no answer. */
export function lineProgress(): { stage: 'offline' | 'reconnecting' } {
  return { stage: navigator.onLine ? 'reconnecting' : 'offline' };
}
