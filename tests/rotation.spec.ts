// Secrets that are changed while the gateway works: `npm run keys` makes them, two of each are good for a while.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accepting, startGateway, startOwnFashn, tryOn, until, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What `npm run keys` prints, with the secrets by name. */
function keys() {
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'scripts/keys.mjs')], { encoding: 'utf8' });
  const made = Object.fromEntries([...stdout.matchAll(/^ {2}(\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]));
  return { stdout, status, made: made as { SIGNING_SECRET: string; STAFF_TOKEN: string } };
}

let fashn: OwnFashn;
let store: string;

beforeAll(async () => {
  fashn = await startOwnFashn();
  store = mkdtempSync(join(tmpdir(), 'fitting-room-rotation-'));
});
afterAll(async () => {
  await fashn.stop();
  rmSync(store, { recursive: true, force: true });
});

/** The same deployment, with the secrets that it has at that time. */
async function deployed<T>(vars: Vars, use: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await startGateway(fashn.url, vars, { store });
  try {
    return await use(gateway);
  } finally {
    await gateway.stop();
  }
}

test('npm run keys prints secrets that the gateway takes, others each time, and writes nothing', async () => {
  const had = existsSync(join(root, '.dev.vars'));
  const { made, status, stdout } = keys();
  expect(status).toBe(0);
  expect(Object.keys(made)).toEqual(['SIGNING_SECRET', 'STAFF_TOKEN']);
  expect(new Set([...Object.values(made), ...Object.values(keys().made)]).size).toBe(4);
  expect(existsSync(join(root, '.dev.vars'))).toBe(had);
  for (const name of ['SIGNING_SECRET', 'STAFF_TOKEN', 'FASHN_API_KEY']) expect(stdout).toContain(`npx wrangler secret put ${name}`);
  await deployed(made, async (gateway) => {
    expect(await (await gateway.ask('/readyz', { headers: { authorization: `Bearer ${made.STAFF_TOKEN}` } })).json()).toEqual({ ready: true, problems: [], notices: [] });
    expect((await gateway.run(tryOn(), { authorization: `Bearer ${made.STAFF_TOKEN}` })).status).toBe(200);
  });
});

test('a run that the old secret signed is looked up, and completed by its webhook, under the new one', async () => {
  const [old, next] = [keys().made, keys().made];
  const during = { ...next, SIGNING_SECRET_PREVIOUS: old.SIGNING_SECRET, STAFF_TOKEN_PREVIOUS: old.STAFF_TOKEN };
  const staff = ({ STAFF_TOKEN }: { STAFF_TOKEN: string }) => ({ authorization: `Bearer ${STAFF_TOKEN}` });

  const { id, webhook } = await deployed(old, async (gateway) => {
    const { id } = (await (await gateway.run(tryOn(), staff(old))).json()) as { id: string };
    return { id, webhook: webhookOf(fashn.calls.at(-1)) };
  });
  await deployed(during, async (gateway) => {
    const status = async () => (await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string };
    expect(await status()).toMatchObject({ id, status: 'processing' });
    // Both tokens are good, and what is signed now is the new secret's.
    expect((await gateway.run(tryOn(), staff(old))).status).toBe(200);
    const fresh = (await (await gateway.run(tryOn(), staff(next))).json()) as { id: string };
    fashn.answer = accepting('a-u1', { status: 'completed', output: [`${fashn.url}/a.png`] });
    const told = await gateway.ask(webhook, { method: 'POST', body: JSON.stringify({ id: 'a-u1', status: 'completed' }) });
    expect(told.status).toBe(204);
    await until(async () => (await status()).status === 'completed');
    fashn.answer = accepting('a-u1');
    return fresh;
  }).then(({ id: fresh }) =>
    deployed(next, async (gateway) => {
      expect((await gateway.ask(`/v1/status/${fresh}`)).status).toBe(200);
      expect((await gateway.ask(`/v1/status/${id}`)).status).toBe(404);
      expect((await gateway.ask(webhook, { method: 'POST', body: '{}' })).status).toBe(404);
      expect((await gateway.run(tryOn(), staff(old))).status).toBe(401);
    }),
  );
});
