// This release beside the one after it, and one after the other on one storage: what was accepted comes to its end, mid-run, queued
// or listened to. Until there is a second release the other side is this tree with a feature that adds a column, a field of a message
// and a value (`next-release` in Cargo.toml).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NEXT_RELEASE, buildNextRelease } from '../scripts/build.mjs';
import { SHOP, STAFF_TOKEN, bodiesOf, databasesOf, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn, accepted } from './runs.ts';

const OLD = join(import.meta.dirname, '..', 'build');
const ONE_SLOT = { CONCURRENT_RUNS: '1', MERCHANT_WEBHOOK_URL: undefined };
const COMPLETED = { status: 'completed' };

let fashn: OwnFashn;
let runs: RunsAtFashn;
let gateway: Gateway;
let store: string;

beforeAll(buildNextRelease, 900_000);
beforeEach(async () => {
  runs = new RunsAtFashn();
  fashn = await startOwnFashn(runs.answer);
  store = mkdtempSync(join(tmpdir(), 'fitting-room-releases-'));
});
afterEach(async () => {
  await gateway.stop();
  await fashn.stop();
  rmSync(store, { recursive: true, force: true });
});

const status = async (id: string) => (await (await gateway.ask(`/v1/status/${id}`)).json()) as { status?: string };

/** What FASHN has ends; what waits goes, and ends too. */
async function allComplete(ids: string[]) {
  for (const id of ids) {
    await until(async () => {
      for (const run of runs.posted) if (!(run.upstream in runs.told)) await runs.ends(gateway, run);
      return (await status(id)).status === 'completed';
    });
  }
}

/** The events of a run, until it is over. */
async function listen(id: string): Promise<string> {
  const answer = await gateway.ask(`/v1/status/${id}`, { headers: { accept: 'text/event-stream' } });
  expect(answer.status).toBe(200);
  return answer.text();
}

const wait = async (id: string) => (await (await gateway.ask(`/v1/status/${id}?wait=25`)).json()) as { status: string };

const modelSwap = () => gateway.run({ model_name: 'model-swap', inputs: { model_image: 'https://cdn.shopify.com/s/files/model.jpg', prompt: String(Math.random()) } });

describe.each([
  ['an old Worker, new objects', { worker: OLD, accounts: NEXT_RELEASE, bodies: NEXT_RELEASE }],
  ['a new Worker, old objects', { worker: NEXT_RELEASE, accounts: OLD, bodies: OLD }],
  ['an old account, the rest new', { worker: NEXT_RELEASE, accounts: OLD, bodies: NEXT_RELEASE }],
  ['a new account, the rest old', { worker: OLD, accounts: NEXT_RELEASE, bodies: OLD }],
])('side by side: %s', (_, { worker, accounts, bodies }) => {
  beforeEach(async () => {
    gateway = await startGateway(fashn.url, ONE_SLOT, { store, build: worker, objects: { accounts, bodies } });
  });

  test('runs go, wait, are listened to, deleted, and complete', async () => {
    const running = await accepted(gateway);
    const waiting = [await accepted(gateway), await accepted(gateway)];
    const deleted = await accepted(gateway);
    expect(runs.posted).toHaveLength(1);
    expect(bodiesOf(store)).toBe(3);
    const heard = listen(running);
    const waited = wait(running);
    expect((await gateway.ask(`/v1/status/${deleted}`, { method: 'DELETE' })).status).toBe(204);
    await allComplete([running, ...waiting]);
    expect(await heard).toContain('"status":"completed"');
    expect(await waited).toMatchObject(COMPLETED);
    expect((await gateway.ask(`/v1/status/${deleted}`)).status).toBe(404);
    await until(() => bodiesOf(store) === 0);
    const repeat = tryOn();
    const keyed = { authorization: `Bearer ${STAFF_TOKEN}`, 'idempotency-key': 'twice' };
    const [first, second] = [await gateway.run(repeat, keyed), await gateway.run(repeat, keyed)];
    expect(await second.json()).toEqual(await first.json());
    expect((await gateway.run(tryOn(), { origin: SHOP })).status).toBe(200);
    const readiness = await gateway.readyz();
    expect([readiness.status, await readiness.json()]).toMatchObject([200, { ready: true, notices: [] }]);
    await gateway.cron();
    expect(gateway.log.filter((line) => line.includes('"error"'))).toEqual([]);
  });

  test('a refusal of a reason that only the new one knows is a refusal', async () => {
    const answer = await modelSwap();
    const isNew = accounts === NEXT_RELEASE;
    expect(answer.status).toBe(isNew ? 429 : 200);
    if (isNew) expect(await answer.json()).toMatchObject({ error: 'RateLimitExceeded', message: expect.stringMatching(/Please try again in 60 seconds\.$/) });
  });

  test('what only the new one knows is stored where both know it', async () => {
    await accepted(gateway);
    await gateway.stop();
    const isNew = accounts === NEXT_RELEASE;
    expect(columns()).toEqual(isNew ? ['note'] : []);
    if (isNew) expect(notes()).toEqual([worker === NEXT_RELEASE ? 'of the next release' : null]);
    gateway = await startGateway(fashn.url, ONE_SLOT, { store, build: worker, objects: { accounts, bodies } });
  });
});

test('upgrade, traffic, rollback, traffic, upgrade on one storage: nothing that was accepted is lost', async () => {
  const ids: string[] = [];
  for (const build of [OLD, NEXT_RELEASE, OLD, NEXT_RELEASE]) {
    gateway = await startGateway(fashn.url, ONE_SLOT, { store, build });
    // The release before left one run at FASHN and some that wait: two go on here, the rest with the next.
    for (const id of ids.slice(-3, -1)) await allComplete([id]);
    ids.push(await accepted(gateway), await accepted(gateway), await accepted(gateway));
    for (const id of ids) expect((await status(id)).status).toMatch(/^(completed|processing|in_queue|starting)$/);
    await gateway.stop();
  }
  expect(notes().filter((note) => note !== null)).toHaveLength(6);
  gateway = await startGateway(fashn.url, ONE_SLOT, { store, build: OLD });
  await allComplete(ids);
  expect(bodiesOf(store)).toBe(0);
  const readiness = await gateway.readyz();
  expect(await readiness.json()).toMatchObject({ ready: true, notices: [] });
  expect(runs.posted).toHaveLength(ids.length);
});

function read(statement: string): Record<string, unknown>[] {
  return databasesOf(store, 'AccountObject').flatMap((file) => {
    const database = new DatabaseSync(file);
    const rows = database.prepare(statement).all();
    database.close();
    return rows;
  });
}

const columns = () => read("SELECT name FROM pragma_table_info('runs') WHERE name = 'note'").map(({ name }) => name);
const notes = () => read('SELECT note FROM runs').map(({ note }) => note);
