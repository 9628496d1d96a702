// Cloudflare's Turnstile, for gateways that require it and shops that don't bring a widget of their own.
import { policy } from './trusted.ts';

const SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';

interface Turnstile {
  render(
    place: HTMLElement,
    options: {
      sitekey: string;
      action: string;
      callback: (token: string) => void;
      'error-callback': (code: string) => void;
      'expired-callback': () => void;
    },
  ): string;
}

let loading: Promise<Turnstile> | undefined;

/** A token for one run. The widget shows itself in `place` if it needs the shopper. */
export async function turnstileToken({ siteKey, action }: { siteKey: string; action: string }, place: HTMLElement): Promise<string> {
  loading ??= load();
  loading.catch(() => (loading = undefined));
  const turnstile = await loading;
  return new Promise((resolve, reject) => {
    turnstile.render(place, {
      sitekey: siteKey,
      action,
      callback: resolve,
      'error-callback': (code) => reject(new Error(`Turnstile: ${code}`)),
      'expired-callback': () => reject(new Error('Turnstile: expired')),
    });
  });
}

function load(): Promise<Turnstile> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = policy().createScriptURL(SCRIPT);
    script.onload = () => {
      const { turnstile } = globalThis as { turnstile?: Turnstile };
      if (turnstile) resolve(turnstile);
      else reject(new Error('Turnstile did not load'));
    };
    script.onerror = () => {
      script.remove();
      reject(new Error('Turnstile did not load: allow challenges.cloudflare.com in script-src and frame-src'));
    };
    document.head.append(script);
  });
}
