// Keys, challenges and repeats: one wish is one run, and no stranger's key changes that.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rowsOf, type Gateway } from '../gateway.ts';
import { prints } from './figures.ts';
import { StandIn, endOf, idOf, keyed, labelled, shopper } from './stand-in.ts';

const CLOCK = fileURLToPath(new URL('clock.mjs', import.meta.url));
const setClock = async (gateway: Gateway, aheadMs: number) =>
  expect((await gateway.ask(`/v1/clock?ahead_ms=${aheadMs}`)).status).toBe(200);

/** Deduplication rows of one run: `dedup_per_run_max` in src/config/limits/account.rs. */
const ROWS_PER_RUN = 4;

test('one body under three hundred new keys is one run and four rows', async () => {
  const store = mkdtempSync(join(tmpdir(), 'fitting-room-keys-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  const { fashn, gateway } = await StandIn.start({}, { store });
  const ids = new Set<string>();
  prints(
    'F5',
    () =>
      `300 keys: ${fashn.labels.length} at FASHN, ${ids.size} told, ${rowsOf(store, 'dedup')} rows`,
  );
  const body = labelled('one wish');
  // The first is answered before the others come: until then they would be told to wait.
  ids.add(await idOf(await gateway.run(body, shopper('198.51.100.1', keyed()))));
  const lanes = Array.from({ length: 13 }, async () => {
    for (let number = 0; number < 23; number += 1)
      ids.add(await idOf(await gateway.run(body, shopper('198.51.100.1', keyed()))));
  });
  await Promise.all(lanes);
  expect(ids.size).toBe(1);
  expect(fashn.labels).toHaveLength(1);
  expect(rowsOf(store, 'dedup')).toBe(ROWS_PER_RUN);
});

describe('a key in UUID form is the shop’s', () => {
  test('the same body from another network is the same run, another is refused', async () => {
    const { fashn, gateway } = await StandIn.start({});
    const key = keyed();
    const body = labelled('wish');
    prints('F7', () => `from two networks: ${fashn.labels.length} runs at FASHN`);
    const id = await idOf(await gateway.run(body, shopper('203.0.113.1', key)));
    expect(await idOf(await gateway.run(body, shopper('198.51.100.1', key)))).toBe(id);
    for (const address of ['203.0.113.1', '198.51.100.1']) {
      const other = await gateway.run(labelled('other wish'), shopper(address, key));
      expect([other.status, other.headers.get('x-should-retry')]).toEqual([422, 'false']);
    }
    expect(fashn.labels).toEqual(['wish']);
  });

  test('the same body after midnight (UTC) gets the same run', async () => {
    const { fashn, gateway } = await StandIn.start({}, { door: CLOCK });
    prints('F7', () => `across midnight: ${fashn.labels.length} runs at FASHN`);
    const day = 24 * 3_600_000;
    const toMidnight = day - (Date.now() % day);
    const key = keyed();
    const body = labelled('wish');
    await setClock(gateway, toMidnight - 60_000);
    const id = await idOf(await gateway.run(body, shopper('203.0.113.1', key)));
    await setClock(gateway, toMidnight + 60_000);
    expect(await idOf(await gateway.run(body, shopper('203.0.113.1', key)))).toBe(id);
    expect(fashn.labels).toEqual(['wish']);
  });
});

test('any other key is its visitor’s: a stranger’s equal key makes a run', async () => {
  const { fashn, gateway } = await StandIn.start({});
  const body = labelled('wish');
  const id = await idOf(await gateway.run(body, shopper('203.0.113.1', keyed('1'))));
  expect(await idOf(await gateway.run(body, shopper('203.0.113.1', keyed('1'))))).toBe(id);
  expect(
    (await gateway.run(labelled('other wish'), shopper('203.0.113.1', keyed('1')))).status,
  ).toBe(422);
  const same = await idOf(await gateway.run(body, shopper('198.51.100.1', keyed('1'))));
  const other = await idOf(
    await gateway.run(labelled('stranger’s'), shopper('198.51.100.2', keyed('1'))),
  );
  expect(new Set([id, same, other]).size).toBe(3);
  expect(fashn.labels).toEqual(['wish', 'wish', 'stranger’s']);
});

describe('a passed challenge is one visitor’s and one body’s', () => {
  /** Cloudflare's siteverify: a token is good once, and again under the same idempotency key. */
  async function startSiteverify() {
    const used = new Map<string, string>();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const form = new URLSearchParams(body);
        const [token, key] = [
          form.get('response') ?? '',
          form.get('idempotency_key') ?? randomUUID(),
        ];
        const first = used.get(token) ?? key;
        used.set(token, first);
        const answer =
          first === key
            ? { success: true, hostname: 'shop.example', action: 'try-on' }
            : { success: false, 'error-codes': ['timeout-or-duplicate'] };
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const door = fileURLToPath(new URL('../entrance/siteverify.mjs', import.meta.url));
    const SITEVERIFY = `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`;
    return StandIn.start(
      {
        TURNSTILE_SECRET: 'the-secret-key-of-the-widget',
        TURNSTILE_HOSTNAMES: 'shop.example',
        SITEVERIFY,
      },
      { door },
    );
  }
  const challenged = (address: string, key: string) =>
    shopper(address, { 'cf-turnstile-response': 'a-passed-token', 'idempotency-key': key });

  test.each([
    ['a UUID', randomUUID()],
    ['another key', 'one'],
  ])('with %s: thirty visitors with one token are one run', async (kind, key) => {
    const { fashn, gateway } = await startSiteverify();
    prints(
      'F8',
      () => `thirty visitors with one token and ${kind}: ${fashn.labels.length} runs at FASHN`,
    );
    const body = labelled('wish');
    const id = await idOf(await gateway.run(body, challenged('203.0.113.1', key)));
    // The same request, sent again, is no replay.
    expect(await idOf(await gateway.run(body, challenged('203.0.113.1', key)))).toBe(id);
    const replays = [];
    for (let number = 2; number <= 30; number += 1)
      replays.push(await gateway.run(body, challenged(`203.0.113.${number}`, key)));
    expect(fashn.labels).toEqual(['wish']);
    for (const replay of replays) {
      expect(replay.status).toBe(403);
      expect(await replay.json()).toMatchObject({ error: 'ChallengeFailed' });
    }
  });

  test('with another body, the token is refused', async () => {
    const { fashn, gateway } = await startSiteverify();
    prints('F8', () => `one token with two bodies: ${fashn.labels.length} runs at FASHN`);
    await idOf(await gateway.run(labelled('wish'), challenged('203.0.113.1', 'one')));
    const replay = await gateway.run(labelled('other wish'), challenged('203.0.113.1', 'one'));
    expect(replay.status).toBe(403);
    expect(await replay.json()).toMatchObject({ error: 'ChallengeFailed' });
    expect(fashn.labels).toEqual(['wish']);
  });
});

test('a key whose result has expired makes a new run', async () => {
  const { fashn, gateway } = await StandIn.start({ RESULT_TTL_SECONDS: '60' }, { door: CLOCK });
  prints('F15', () => `66 s after the end: ${fashn.labels.length} runs at FASHN`);
  const headers = shopper('203.0.113.1', keyed());
  const body = labelled('wish');
  const first = await idOf(await gateway.run(body, headers));
  expect(await endOf(gateway, first)).toMatchObject({ status: 'completed' });
  await setClock(gateway, 66_000);
  expect((await gateway.ask(`/v1/status/${first}`)).status).toBe(404);
  const second = await idOf(await gateway.run(body, headers));
  expect(second).not.toBe(first);
  expect((await gateway.ask(`/v1/status/${second}`)).status).toBe(200);
  expect(fashn.labels).toEqual(['wish', 'wish']);
});
