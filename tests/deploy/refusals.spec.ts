// What wrangler says where Cloudflare refuses a deploy, and why wrangler.toml is as it is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startCloudflare, type Cloudflare, type Plan } from './cloudflare.ts';
import { copyTree, type Tree } from './tree.ts';

let tree: Tree;
let cloudflare: Cloudflare;
/** wrangler.toml as it is. */
let original: string;
beforeAll(() => {
  tree = copyTree();
  original = readFileSync(join(tree.folder, 'wrangler.toml'), 'utf8');
});
afterAll(() => tree.remove());
afterEach(() => cloudflare.stop());

interface Refusal {
  says: RegExp;
  /** Replaces this part of wrangler.toml, or adds to its end. */
  change?: [RegExp, string];
  plan?: Plan;
  env?: Record<string, string>;
}

const TOMORROW = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);

test.each<[string, Refusal]>([
  ['with a token that is not the account’s', { says: /Authentication error/, env: { CLOUDFLARE_API_TOKEN: 'another' } }],
  ['without the migration that makes the objects', { says: /not currently configured to implement durable objects/, change: [/\[\[migrations\]\]\n(?:.+\n)+/, ''] }],
  ['with secrets required before the Worker is there', { says: /required secrets have not been set: FASHN_API_KEY/, change: [/$/, '\n[secrets]\nrequired = ["FASHN_API_KEY"]\n'] }],
  ['on the Free plan, for its CPU limit', { says: /not supported for the Free plan/, plan: { isPaid: false, hasAnalyticsEngine: false } }],
  ['with metrics where Analytics Engine is not enabled', { says: /enable Analytics Engine/, change: [/$/, '\n[[analytics_engine_datasets]]\nbinding = "METRICS"\n'] }],
  ['with a date in the future', { says: /compatibility date in the future/, change: [/compatibility_date = .*/, `compatibility_date = "${TOMORROW}"`] }],
])('%s', async (_, { says, change, plan, env }) => {
  const changed = change === undefined ? original : original.replace(...change);
  if (change !== undefined) expect(changed).not.toBe(original);
  writeFileSync(join(tree.folder, 'wrangler.toml'), changed);
  cloudflare = await startCloudflare(plan);
  const { code, output } = await tree.run('npx wrangler deploy', { ...cloudflare.env, ...env });
  expect([code, output]).toEqual([1, output]);
  expect(output).toMatch(says);
  expect(cloudflare.workers.size).toBe(0);
});
