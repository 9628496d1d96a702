// The app proxy's signature, there and back.
import { createHmac } from 'node:crypto';
import { bad, good, skipped } from './finding.mjs';
import { ask, jsonOf } from './reach.mjs';

/** A query as Shopify signs it (its page "Authenticate app proxies"). */
export function signedQuery(fields, secret) {
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('');
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  return new URLSearchParams({ ...fields, signature });
}

/** The gateway knows this app's secret. */
export async function shopify({ gateway, shopifyShop, shopifySecret }) {
  if (shopifySecret === undefined) {
    return skipped(
      'Shopify’s signature was not looked at.',
      'For a Shopify shop: SHOPIFY_SECRET in the environment, and --shopify NAME.myshopify.com.',
    );
  }
  if (!/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/.test(shopifyShop ?? '')) {
    return bad(
      `${shopifyShop ?? 'No shop'} is no Shopify domain.`,
      'Name the shop as Shopify does: --shopify shop-name.myshopify.com.',
    );
  }
  const query = signedQuery(
    { shop: shopifyShop, path_prefix: '/apps/try-on', timestamp: String(Math.floor(Date.now() / 1_000)) },
    shopifySecret,
  );
  const answer = await ask(new URL(`/apps/try-on/v1/quote?${query}`, gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  // The signature is verified before the body is read, which is refused.
  if (answer.status === 400) return good('Shopify’s signature is verified.');
  if (answer.status === 401) {
    return bad(
      'The gateway refuses Shopify’s signature.',
      'SHOPIFY_SECRET must be the client secret of the app whose proxy leads here: npx wrangler secret put SHOPIFY_SECRET.',
    );
  }
  return bad(
    `A signed request through the app proxy is answered with ${answer.status}: ${jsonOf(answer)?.message ?? answer.text.slice(0, 200)}`,
    'docs/troubleshooting.md has the rows for /apps/….',
  );
}
