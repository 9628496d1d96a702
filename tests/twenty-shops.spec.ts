// Twenty shops on one deployment, each with its own FASHN key, budget and viewer: each sees itself alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STAFF_TOKEN, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn } from './runs.ts';

const NAMES = Array.from({ length: 20 }, (_, number) => `shop-${number}`);
const upper = (name: string) => name.toUpperCase().replaceAll('-', '_');
const key = (name: string) => `FASHN_API_KEY_${upper(name)}`;
const viewerOf = (name: string) => ({ authorization: `Bearer the-token-of-the-viewer-of-${name}` });
const ownerOf = (name: string) => ({ authorization: `Bearer the-token-of-the-owner-of-${name}` });
const STAFF = { authorization: `Bearer ${STAFF_TOKEN}` };
/** So many runs each shop makes, and may make in a day. */
const runsOf = (name: string) => 1 + (NAMES.indexOf(name) % 3);

let fashn: OwnFashn;
let gateway: Gateway;
const runs = new RunsAtFashn();

beforeAll(async () => {
  fashn = await startOwnFashn(runs.answer);
  const secrets = NAMES.flatMap((name) => [
    [key(name), `the-key-of-${name}`],
    [`STAFF_TOKEN_${upper(name)}`, `the-token-of-the-viewer-of-${name}`],
    [`STAFF_TOKEN_${upper(name)}_OWNER`, `the-token-of-the-owner-of-${name}`],
  ]);
  const shops = NAMES.map((name) => [name, { origins: [`https://${name}.example`], fashn_key: key(name), day_credits: runsOf(name) }]);
  const roles = NAMES.flatMap((name) => [
    [`viewer of ${name}`, { token: `STAFF_TOKEN_${upper(name)}`, role: 'viewer', shop: name }],
    [`owner of ${name}`, { token: `STAFF_TOKEN_${upper(name)}_OWNER`, role: 'owner', shop: name }],
  ]);
  gateway = await startGateway(fashn.url, {
    ...Object.fromEntries(secrets),
    SHOPS: Object.fromEntries(shops),
    STAFF_ROLES: Object.fromEntries(roles),
  });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});

const get = async (path: string, headers: Record<string, string>) => {
  const answer = await gateway.ask(`/staff/api/${path}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, any> };
};
const from = (name: string) => ({ origin: `https://${name}.example` });

test('each sees its own figures, account, brakes and runs, and nothing of another', { timeout: 120_000 }, async () => {
  const ids = new Map<string, string>();
  for (const name of NAMES) {
    for (let number = 0; number < runsOf(name); number += 1) {
      const made = runs.posted.length;
      const answer = await gateway.run(tryOn({ seed: number }), from(name));
      expect(answer.status).toBe(200);
      ids.set(name, ((await answer.json()) as { id: string }).id);
      await until(() => runs.posted.length === made + 1);
      const run = runs.posted[made];
      if (run) await runs.ends(gateway, run);
    }
    // Its own budget is used up, and nobody else's.
    expect((await gateway.run(tryOn({ seed: 99 }), from(name))).status).toBe(429);
  }
  const of = (name: string) => ({ shop: name, completed: runsOf(name), credits: runsOf(name) });
  for (const name of NAMES) {
    const viewer = viewerOf(name);
    expect((await get('me', viewer)).body).toMatchObject({ role: 'viewer', shop: name, shops: [name], settings: { day_credits: runsOf(name) } });
    await expect.poll(async () => (await get('figures', viewer)).body).toMatchObject({ accounts: [{ account: key(name), error: null }], runs: [of(name)], failures: [] });
    expect((await get('account', viewer)).body).toMatchObject({ accounts: [{ account: key(name), day: { spent: runsOf(name), budget: runsOf(name) } }] });
    expect((await get('brakes', viewer)).body).toMatchObject({ brakes: [{ shop: name, spent: { day: runsOf(name), month: runsOf(name) } }] });
    const other = NAMES[(NAMES.indexOf(name) + 1) % NAMES.length] ?? '';
    for (const path of ['figures', 'account', 'brakes', 'audit']) {
      for (const shop of [other, '']) expect((await get(`${path}?shop=${shop}`, viewer)).status, `${path} ${shop}`).toBe(403);
    }
    for (const [shop, status] of [[name, 200], [other, 404]] as const) {
      const body = JSON.stringify({ id: ids.get(shop) });
      const run = await gateway.ask('/staff/api/runs', { method: 'POST', headers: viewer, body });
      expect(run.status).toBe(status);
    }
  }
  const all = (await get('figures', STAFF)).body;
  expect(all['accounts']).toHaveLength(21);
  expect(all['runs']).toHaveLength(20);
});

test('an owner pauses its own shop and closes its own breaker, and no other', { timeout: 60_000 }, async () => {
  const [first = '', second = ''] = NAMES;
  const post = async (path: string, body: object) =>
    (await gateway.ask(`/staff/api/${path}`, { method: 'POST', headers: ownerOf(first), body: JSON.stringify(body) })).status;
  expect(await post('brakes', { is_paused: true })).toBe(200);
  expect(await post('brakes', { shop: second, is_paused: true })).toBe(403);
  expect(await post('breaker/close', {})).toBe(200);
  expect(await post('breaker/close', { shop: second })).toBe(403);
  const { brakes } = (await get('brakes', STAFF)).body as { brakes: { shop: string; is_paused: boolean }[] };
  expect(brakes.filter(({ is_paused }) => is_paused).map(({ shop }) => shop)).toEqual([first]);
  expect(brakes).toHaveLength(21);
  const { changes } = (await get('audit', STAFF)).body as { changes: { by: string }[] };
  expect(changes).toMatchObject([{ by: `owner of ${first}`, shop: first, change: 'is_paused: false → true' }]);
});
