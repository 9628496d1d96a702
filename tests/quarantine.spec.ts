// A row that can't be understood, in every table of an account and beside a body, stops no other run; staff are told.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SHOP, STAFF_TOKEN, bodiesOf, bodyOf, databasesOf, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { DONE, RunsAtFashn, accepted, type Run } from './runs.ts';

const STAFF = { authorization: `Bearer ${STAFF_TOKEN}` };
const ONE_SLOT = { CONCURRENT_RUNS: '1', VISITOR_DAY_CREDITS: '50' };

let store: string;
let fashn: OwnFashn;
let runs: RunsAtFashn;
let gateway: Gateway;

beforeEach(async () => {
  store = mkdtempSync(join(tmpdir(), 'fitting-room-quarantine-'));
  runs = new RunsAtFashn();
  fashn = await startOwnFashn(runs.answer);
  gateway = await startGateway(fashn.url, ONE_SLOT, { store });
});
afterEach(async () => {
  await gateway.stop();
  await fashn.stop();
  rmSync(store, { recursive: true, force: true });
});

/** The gateway stops, its databases change, and it starts again. */
async function spoil(change: () => void) {
  await gateway.stop();
  change();
  gateway = await startGateway(fashn.url, ONE_SLOT, { store });
}

function inAccount(...statements: string[]) {
  for (const file of databasesOf(store, 'AccountObject')) {
    const database = new DatabaseSync(file);
    for (const statement of statements) database.exec(statement);
    database.close();
  }
}

/** A run of one shopper. */
const shopper = () => gateway.run(tryOn(), { origin: SHOP, 'cf-connecting-ip': '203.0.113.7' });

const status = async (id: string) => ((await (await gateway.ask(`/v1/status/${id}`)).json()) as { status?: string }).status;
const notices = async () => ((await (await gateway.readyz()).json()) as { notices: { about: string; message: string }[] }).notices;
const account = async () => {
  const { accounts } = (await (await gateway.ask('/staff/api/account', { headers: STAFF })).json()) as { accounts: { quarantine: { table: string }[]; schema_version: number }[] };
  const [first] = accounts;
  if (!first) throw new Error('no account');
  return first;
};

test('in every table of an account: all other runs are served, and staff see it', async () => {
  const finished = await runs.sent(gateway);
  await runs.ends(gateway, finished);
  const running = await runs.sent(gateway);
  const waiting = [await accepted(gateway), await accepted(gateway), await accepted(gateway)];
  const lost = waiting[0] ?? '';
  expect((await shopper()).status).toBe(200);
  expect(bodiesOf(store)).toBe(4);
  await spoil(() =>
    inAccount(
      `UPDATE runs SET state = 'flying' WHERE ticket = '${bodyOf(lost)}'`,
      `UPDATE runs SET output = '{' WHERE ticket = '${bodyOf(finished.id)}'`,
      `INSERT INTO dedup VALUES ('-', 'echo', '', '')`,
      'UPDATE visitors SET committed = -1',
      `UPDATE limiter SET breaker = '{"ajar":1}'`,
      `INSERT INTO figures VALUES (unixepoch() / 86400, '', '', 9223372036854775807, 0, 0, 0, -5, 0, 0, '', '')`,
      `UPDATE figures SET completed = 9223372036854775807`,
      `INSERT INTO outbox VALUES ('-', NULL, '', 1, NULL, -1, 1, NULL, NULL)`,
      `INSERT INTO dead_letters VALUES ('-', '', 1, NULL, -1, NULL, unixepoch() * 1000, NULL)`,
      `INSERT INTO quarantine VALUES (9223372036854775807, '', '', '')`,
      'UPDATE schema_version SET version = -version',
    ),
  );
  // The first message wakes the account up, and the photograph of the lost run goes at once.
  expect(await status(running.id)).toBe('processing');
  expect(await status(lost)).toBeUndefined();
  expect(await status(finished.id)).toBeUndefined();
  await until(() => bodiesOf(store) === 3);
  // The limiter's windows count as full after its loss: with a rate of ten thousand a second they soon have room again.
  await runs.ends(gateway, running);
  for (const id of waiting.slice(1)) {
    await until(async () => {
      for (const run of runs.posted) if (!(run.upstream in runs.told)) await runs.ends(gateway, run);
      return (await status(id)) === 'completed';
    });
  }
  expect(await status(running.id)).toBe('completed');
  expect((await shopper()).status).toBe(200);

  const { quarantine, schema_version } = await account();
  expect(new Set(quarantine.map(({ table }) => table))).toEqual(new Set(['runs', 'limiter', 'figures', 'outbox', 'visitors']));
  expect(schema_version).toBeGreaterThan(0);
  expect(await notices()).toMatchObject([{ about: 'quarantine', message: expect.stringMatching(/^\d+ stored rows/) }]);
  expect(gateway.log.filter((line) => line.includes('"quarantined"'))).toHaveLength(quarantine.length);
  expect(gateway.log.join('\n')).not.toContain(bodyOf(lost));

  // Those of the other tables are met when their time comes: by the daily look at the latest.
  await gateway.cron();
  await until(async () => (await account()).quarantine.some(({ table }) => table === 'dedup'));
  // And dead letters when staff ask for them.
  expect(await (await gateway.ask('/staff/api/dead-letters', { headers: STAFF })).json()).toMatchObject({ dead_letters: [] });
  expect((await account()).quarantine.some(({ table }) => table === 'dead_letters')).toBe(true);

  expect(await (await gateway.ask('/staff/api/quarantine/clear', { method: 'POST', headers: STAFF })).json()).toEqual({ changed: true });
  expect((await account()).quarantine).toEqual([]);
});

test('beside a body: it is deleted at once, its run fails, and the next run goes', async () => {
  const running = await runs.sent(gateway);
  const [lost, next] = [await accepted(gateway), await accepted(gateway)];
  await spoil(() => {
    const its = databasesOf(store, 'BodyObject').filter((file) => readFileSync(file).includes(bodyOf(lost)) || holds(file, bodyOf(lost)));
    expect(its).toHaveLength(1);
    for (const file of its) {
      const database = new DatabaseSync(file);
      database.exec('UPDATE _cf_KV SET value = substr(value, 1, 8) || zeroblob(length(value) - 8)');
      database.close();
    }
  });
  await runs.ends(gateway, running);
  await until(async () => (await status(lost)) === 'failed');
  await until(() => runs.posted.length === 2);
  await runs.ends(gateway, runs.posted[1] as Run);
  await until(async () => (await status(next)) === 'completed');
  await until(() => bodiesOf(store) === 0);
  expect((await account()).quarantine).toMatchObject([{ table: 'bodies' }]);
  expect(gateway.log.some((line) => line.includes('"quarantine"'))).toBe(true);
});

/** A text stands in a value of a body's state. */
function holds(file: string, text: string): boolean {
  const database = new DatabaseSync(file);
  const rows = database.prepare('SELECT value FROM _cf_KV').all();
  database.close();
  return rows.some(({ value }) => Buffer.from(value as Uint8Array).includes(text));
}
