// The staff API: what an operator sees of an account and changes in it, and which callers are refused.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GARMENT_IMAGE, SHOP, STAFF_TOKEN, json, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn, accepted } from './runs.ts';
import type { Vars } from '../scripts/desk.ts';

const STAFF = { authorization: `Bearer ${STAFF_TOKEN}` };

let fashn: OwnFashn;
let gateway: Gateway;
let runs: RunsAtFashn;

async function start(vars: Vars = {}) {
  runs = new RunsAtFashn();
  fashn = await startOwnFashn(runs.answer);
  gateway = await startGateway(fashn.url, vars);
}

async function stop() {
  await gateway.stop();
  await fashn.stop();
}

const show = async (path = '/staff/api/account') => (await (await gateway.ask(path, { headers: STAFF })).json()) as { accounts: Record<string, any>[] };
const post = (path: string, body?: object, headers: Record<string, string> = STAFF) =>
  gateway.ask(`/staff/api/${path}`, { method: 'POST', headers, ...(body ? { body: JSON.stringify(body) } : {}) });
const changed = async (path: string, body?: object) => {
  const answer = await post(path, body);
  return [answer.status, await answer.json()];
};
const audit = () => gateway.log.filter((line) => line.includes('"place":"staff"'));

/** A shopper of the shop, at an address of its own. */
const shopper = (number: number, body = tryOn()) => gateway.run(body, { origin: SHOP, 'cf-connecting-ip': `203.0.113.${number}` });

describe('what is refused', () => {
  beforeAll(() => start());
  afterAll(async () => {
    expect(audit()).toEqual([]);
    await stop();
  });

  test.each([
    ['without a token', {}, 401],
    ['with a wrong one', { authorization: 'Bearer wrong-token-of-nobody' }, 401],
    ['from a page of the shop', { origin: SHOP }, 401],
    ['from a page of another', { origin: 'https://elsewhere.example' }, 403],
  ])('nobody gets in %s, and no object is asked', async (_, headers: Record<string, string>, status) => {
    for (const answer of [
      await gateway.ask('/staff/api/account', { headers }),
      await post('breaker/close', {}, headers),
      await post('slots/free', { id: 'x' }, headers),
      await post('quarantine/clear', {}, headers),
      await post('visitors/reset', { id: 'x' }, headers),
    ]) {
      expect([answer.status, await answer.json()]).toEqual([status, { error: expect.any(String), message: expect.stringMatching(/\.$/), action: expect.any(String) }]);
    }
    expect(gateway.objects('AccountObject')).toBe(0);
  });

  test.each([
    ['an id that was not minted here', 'slots/free', { id: 'x'.repeat(48) }, 404, undefined],
    ['no id', 'visitors/reset', {}, 400, 'id'],
    ['a shop that there is not', 'breaker/close', { shop: 'south' }, 400, 'shop'],
    ['a field that there is not', 'quarantine/clear', { shops: 'north' }, 400, 'shops'],
    ['an id that is no text', 'slots/free', { id: 7 }, 400, 'id'],
  ])('a change with %s is refused, and says which field', async (_, path, body, status, field) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    const { errors } = (await answer.json()) as { errors?: { path: string }[] };
    expect(errors?.map(({ path }) => path)).toEqual(field === undefined ? undefined : [field]);
  });
});

describe('staff', () => {
  afterEach(stop);

  test('an account is shown whole, each key’s by its name', async () => {
    await start({
      CONCURRENT_RUNS: '1',
      DAY_CREDITS: '500',
      FASHN_API_KEY_NORTH: 'the-key-of-the-north',
      SHOPS: { north: { origins: ['https://north.example'], fashn_key: 'FASHN_API_KEY_NORTH', day_credits: 7 } },
    });
    await accepted(gateway);
    await accepted(gateway);
    const { accounts } = await show();
    expect(accounts.map(({ account }) => account)).toEqual(['FASHN_API_KEY', 'FASHN_API_KEY_NORTH']);
    expect(accounts[0]).toMatchObject({
      schema_version: expect.any(Number),
      notices: [],
      runs: { running: 1, queued: 1 },
      queue: { waiting: 1, held_by: 'event', held_until_ms: null },
      slots: { taken: 1, usable: 1, limit: 1 },
      windows: { runs: { used: 1, limit: 10_000 } },
      breaker: { state: 'closed' },
      day: { spent: 0, reserved: 2, budget: 500 },
      balance: { total: null, is_out_of_credits: false },
      outbox: { waiting: 0 },
      alarm: { at_ms: expect.any(Number), late_ms: null },
      quarantine: [],
    });
    const north = await show('/staff/api/account?shop=north');
    expect(north.accounts).toMatchObject([{ account: 'FASHN_API_KEY_NORTH', day: { budget: 7 }, runs: { running: 0 } }]);
    const unknown = await gateway.ask('/staff/api/account?shop=south', { headers: STAFF });
    expect([unknown.status, await unknown.json()]).toMatchObject([400, { errors: [{ path: 'shop' }] }]);
  });

  test('a breaker that opened is told by /readyz to staff, and closed by them', async () => {
    await start();
    fashn.answer = (_, response) => json(response, 401, { error: 'UnauthorizedAccess', message: 'no' });
    for (let number = 1; number <= 5; number += 1) expect((await shopper(number)).status).toBe(502);
    expect((await show()).accounts).toMatchObject([{ breaker: { state: 'open', until_ms: expect.any(Number) } }]);
    fashn.answer = runs.answer;
    expect((await shopper(6)).status).toBe(200);
    expect(runs.posted).toEqual([]);

    const ready = await gateway.readyz();
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, problems: [], notices: [{ account: 'FASHN_API_KEY', about: 'breaker', message: expect.any(String) }] },
    ]);
    // Everyone else sees no more than this, even of the same answer.
    expect(await (await gateway.ask('/readyz')).json()).toEqual({ ready: true });
    expect(await (await gateway.ask('/readyz', { headers: { authorization: 'Bearer wrong-token-of-nobody' } })).json()).toEqual({ ready: true });

    expect(await changed('breaker/close')).toEqual([200, { changed: true }]);
    await until(() => runs.posted.length === 1);
    expect(await changed('breaker/close', {})).toEqual([200, { changed: false }]);
    expect(audit()).toHaveLength(2);
  });

  test('a slot that staff free goes to the next run, and the first still ends', async () => {
    await start({ CONCURRENT_RUNS: '1' });
    const stuck = await runs.sent(gateway);
    const waiting = await accepted(gateway);
    expect(runs.posted).toHaveLength(1);
    expect(await changed('slots/free', { id: stuck.id })).toEqual([200, { changed: true }]);
    await until(() => runs.posted.length === 2);
    expect(await changed('slots/free', { id: stuck.id })).toEqual([200, { changed: false }]);
    for (const run of runs.posted) await runs.ends(gateway, run);
    for (const id of [stuck.id, waiting]) {
      await until(async () => ((await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string }).status === 'completed');
    }
    expect((await show()).accounts).toMatchObject([{ slots: { taken: 0 }, day: { spent: 2, reserved: 0 } }]);
  });

  test('a visitor whose day staff reset tries on again', async () => {
    await start({ VISITOR_DAY_CREDITS: '1' });
    const first = await shopper(1);
    const { id } = (await first.json()) as { id: string };
    expect((await shopper(1)).status).toBe(429);
    await until(() => runs.posted.length === 1);
    await runs.ends(gateway, runs.posted[0] ?? { upstream: '', webhook: '' });
    expect((await shopper(1)).status).toBe(429);
    expect(await changed('visitors/reset', { id })).toEqual([200, { changed: true }]);
    expect((await shopper(1)).status).toBe(200);
  });

  test('what is logged of a change names action and account, and nothing of the run', async () => {
    await start();
    const { id, upstream } = await runs.sent(gateway);
    expect(await changed('slots/free', { id })).toEqual([200, { changed: true }]);
    const [line] = audit();
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'info', text: expect.stringMatching(/^FreeSlot in account [0-9a-f]{8}: Changed$/) });
    for (const secret of [id, id.slice(0, 26), upstream, GARMENT_IMAGE, STAFF_TOKEN]) expect(gateway.log.join('\n')).not.toContain(secret);
  });
});
