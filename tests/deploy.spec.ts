// The first deploy as the README writes it, and a second one, against a stand-in of Cloudflare's API.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloudflare, type Cloudflare } from './deploy/cloudflare.ts';
import { commandsOf, copyTree, type Tree } from './deploy/tree.ts';

const NAME = 'fitting-room';
const SECRETS: Record<string, string> = {
  FASHN_API_KEY: 'fa-the-key-that-never-leaves',
  SIGNING_SECRET: 'a-signing-secret-of-the-tests-0123456789',
  STAFF_TOKEN: 'staff-token-of-the-tests',
};

/** Five commands, of which each starts npm and wrangler, on a machine with other work. */
const TIMEOUT_MS = 240_000;

let tree: Tree;
beforeAll(() => {
  tree = copyTree();
});
afterAll(() => tree.remove());

describe('the README’s first deploy', () => {
  let cloudflare: Cloudflare;
  beforeAll(async () => {
    cloudflare = await startCloudflare();
  });
  afterAll(() => cloudflare.stop());

  test('ends well word by word, and leaves a Worker with all its secrets', async () => {
    const commands = commandsOf('README.md', '## For real use\n');
    expect(commands).toHaveLength(5);
    for (const command of commands) {
      const [, secret = ''] = /secret put (\w+)/.exec(command) ?? [];
      const { code, output } = await tree.run(command, cloudflare.env, SECRETS[secret]);
      expect([command, code, output]).toEqual([command, 0, output]);
    }
    expect(cloudflare.unknown).toEqual([]);
    expect(Object.fromEntries(cloudflare.workers.get(NAME)?.secrets ?? [])).toEqual(SECRETS);
  }, TIMEOUT_MS);

  test('uploads what wrangler.toml says', () => {
    const worker = cloudflare.workers.get(NAME);
    const { metadata, modules } = worker?.upload ?? {};
    const bindings = Object.fromEntries((metadata?.bindings ?? []).map((binding) => [binding.name, binding.type]));
    expect(bindings).toEqual({
      ACCOUNT: 'durable_object_namespace',
      BODY: 'durable_object_namespace',
      OUTPUTS: 'kv_namespace',
      VISITOR_RATE: 'ratelimit',
      ADDRESS_RATE: 'ratelimit',
      LOOKUP_RATE: 'ratelimit',
      ALLOWED_ORIGINS: 'plain_text',
    });
    expect([...cloudflare.namespaces.values()]).toEqual([`${NAME}-outputs`]);
    expect([...(worker?.classes ?? [])].sort()).toEqual(['AccountObject', 'BodyObject']);
    expect(worker?.migrationTag).toBe('v1');
    expect(worker?.crons).toEqual(['17 4 * * *']);
    expect(worker?.hasWorkersDev).toBe(true);
    expect(metadata?.compatibility_date).toBe('2026-10-01');
    expect(metadata?.limits).toEqual({ cpu_ms: 5_000 });
    expect([...(modules?.keys() ?? [])].some((name) => name.endsWith('.wasm'))).toBe(true);
    expect(worker?.assets).toContain('/try-it-on.js');
    expect(metadata?.assets?.config?.run_worker_first).toContain('/v1/*');
  });

  test('keeps addresses out of Cloudflare’s own logs', () => {
    expect(cloudflare.workers.get(NAME)?.upload.metadata.observability).toEqual({
      enabled: true,
      logs: { enabled: true, invocation_logs: false },
      traces: { enabled: false },
    });
  });

  test('can be repeated: namespace, objects and secrets stay', async () => {
    const { code, output } = await tree.run('npm run deploy', cloudflare.env);
    expect([code, output]).toEqual([0, output]);
    expect(cloudflare.unknown).toEqual([]);
    expect(Object.fromEntries(cloudflare.workers.get(NAME)?.secrets ?? [])).toEqual(SECRETS);
    expect(cloudflare.namespaces.size).toBe(1);
    expect(cloudflare.workers.get(NAME)?.migrationTag).toBe('v1');
  }, TIMEOUT_MS);
});
