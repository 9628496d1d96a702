// Whether trying on is open in this shop, and on what terms.
import { route } from './address.ts';

export interface Shop {
  open: boolean;
  /** Why not: `budget`, `credits`, `queue`, `unavailable`, `settings`; more may come. */
  reason: string | undefined;
  /** FASHN's names of the models that may be asked for; empty where the gateway doesn't tell. */
  models: readonly string[];
  /** The terms that a run must agree to. */
  consentVersion: string | undefined;
  /** How the shopper agrees to them: by starting a run (`told`), or by a box to tick (`ask`). */
  consentMode: string | undefined;
  /** What a run must pass. */
  challenge: { provider: string; siteKey: string; action: string } | undefined;
}

/** The gateway's answer as it came. Nothing from a gateway that has no such route or can't be reached: it refuses by itself. */
export async function askShop(gateway: string, cache: RequestCache = 'default'): Promise<Record<string, unknown>> {
  try {
    const answer = await fetch(route(gateway, '/v1/shop'), { cache });
    return answer.ok ? (((await answer.json()) as Record<string, unknown> | null) ?? {}) : {};
  } catch {
    return {};
  }
}

export function parseShop({ open, reason, models, consent_version: consent, consent_mode: mode, challenge }: Record<string, unknown>): Shop {
  const { provider, site_key: siteKey, action = 'try-on' } = (challenge ?? {}) as Record<string, unknown>;
  return {
    open: open !== false,
    reason: typeof reason === 'string' ? reason : undefined,
    models: Array.isArray(models) ? models.map(String) : [],
    consentVersion: typeof consent === 'string' ? consent : undefined,
    consentMode: typeof mode === 'string' ? mode : undefined,
    challenge: typeof siteKey === 'string' ? { provider: String(provider), siteKey, action: String(action) } : undefined,
  };
}

/** `GET /v1/shop`. A gateway that doesn't tell counts as open. */
export async function getShop(gateway: string): Promise<Shop> {
  return parseShop(await askShop(gateway));
}
