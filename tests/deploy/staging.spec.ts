// Staging, as docs/deploy.md writes it, against a stand-in of Cloudflare's API.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCloudflare, type Cloudflare } from './cloudflare.ts';
import { commandsOf, copyTree, type Tree } from './tree.ts';

let cloudflare: Cloudflare;
let tree: Tree;
beforeAll(async () => {
  cloudflare = await startCloudflare();
  tree = copyTree();
});
afterAll(async () => {
  await cloudflare.stop();
  tree.remove();
});

test('the sandbox, and a gateway in front of it', async () => {
  const commands = commandsOf('docs/deploy.md', '**Staging.**');
  expect(commands).toHaveLength(4);
  for (const command of commands) {
    const { code, output } = await tree.run(command, cloudflare.env, 'a-secret-of-the-tests-0123456789abcdef');
    expect([command, code, output]).toEqual([command, 0, output]);
    expect(output).not.toContain('WARNING');
  }
  expect(cloudflare.unknown).toEqual([]);
  expect([...cloudflare.workers.keys()].sort()).toEqual(['fashn-sandbox', 'fitting-room-staging']);
  const staging = cloudflare.workers.get('fitting-room-staging');
  expect([...(staging?.secrets.keys() ?? [])].sort()).toEqual(['FASHN_API_KEY', 'SIGNING_SECRET']);
  expect(JSON.stringify(staging?.upload.metadata.bindings)).toContain('https://fashn-sandbox.YOUR-SUBDOMAIN.workers.dev');
}, 240_000);
