// `wrangler dev` with `.dev.vars`: each name of that file reaches the gateway, so staff are served.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyTree, type Tree } from './deploy/tree.ts';
import { json, startOwnFashn, until, type OwnFashn } from './gateway.ts';

const SIGNING_SECRET = 'a-signing-secret-of-the-tests-0123456789';
const STAFF_TOKEN = 'staff-token-of-the-tests';

/** npx, wrangler and its build step, on a machine with other work. */
const TIMEOUT_MS = 240_000;

let tree: Tree;
beforeAll(() => {
  tree = copyTree();
});
afterAll(() => tree.remove());

describe('wrangler dev', () => {
  let fashn: OwnFashn;
  beforeAll(async () => {
    fashn = await startOwnFashn();
  });
  afterAll(() => fashn.stop());

  test('serves staff in front of the FASHN that .dev.vars names', async () => {
    fashn.answer = (_, response) => json(response, 200, { credits: { total: 7, subscription: 7, on_demand: 0 } });
    const lines = Object.entries({ FASHN_API_KEY: 'fa-key', SIGNING_SECRET, STAFF_TOKEN, FASHN_BASE_URL: fashn.url });
    writeFileSync(join(tree.folder, '.dev.vars'), lines.map(([name, value]) => `${name}=${value}\n`).join(''));
    const dev = tree.start('npx wrangler dev --ip 127.0.0.1 --port 0 --inspector-port 0 --show-interactive-dev-session=false');
    let output = '';
    for (const stream of [dev.stdout, dev.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = new Promise((resolve) => dev.on('close', resolve));
    try {
      const url = await until(() => {
        if (dev.exitCode !== null) throw new Error(output);
        return /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      });
      const headers = { authorization: `Bearer ${STAFF_TOKEN}` };
      const credits = await fetch(`${url}/v1/credits`, { headers });
      expect([credits.status, await credits.json()]).toMatchObject([200, { credits: { total: 7 } }]);
      expect((await fetch(`${url}/v1/credits`)).status).toBe(401);
      expect((await fetch(`${url}/try-it-on.js`)).status).toBe(200);
    } finally {
      // Its own children too: it started as the leader of a group.
      if (dev.pid !== undefined) process.kill(-dev.pid, 'SIGTERM');
      await ended;
    }
  }, TIMEOUT_MS);
});

describe('.dev.vars.example', () => {
  /** Every setting of the reference, which is made from the table of settings. */
  const settings = [...readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = '']) => name);
  const example = readFileSync(new URL('../.dev.vars.example', import.meta.url), 'utf8');

  test('has each setting once, and only what every gateway needs is not commented out', () => {
    const named = [...example.matchAll(/^(# )?([A-Z_]+)=/gm)];
    expect(named.map(([, , name]) => name).sort()).toEqual([...settings].sort());
    // The Deploy button makes a secret of each of these.
    const open = named.filter(([, comment]) => comment === undefined).map(([, , name]) => name);
    expect(open).toEqual(['FASHN_API_KEY', 'SIGNING_SECRET']);
  });

  test('is what wrangler types has every setting and binding from', async () => {
    writeFileSync(join(tree.folder, 'all.env'), example.replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
    const types = 'npx wrangler types env.d.ts --env-file all.env --include-runtime=false';
    const { code, output } = await tree.run(types);
    expect([code, output]).toEqual([0, output]);
    const made = readFileSync(join(tree.folder, 'env.d.ts'), 'utf8');
    const kinds = Object.fromEntries([...made.matchAll(/^\s+([A-Z_]+): ([A-Za-z]+)/gm)].map(([, name = '', kind = '']) => [name, kind]));
    for (const name of settings) expect([name, kinds[name]]).toEqual([name, 'string']);
    expect(kinds).toMatchObject({ ACCOUNT: 'DurableObjectNamespace', BODY: 'DurableObjectNamespace', OUTPUTS: 'KVNamespace', LOOKUP_RATE: 'RateLimit' });
  }, TIMEOUT_MS);
});
