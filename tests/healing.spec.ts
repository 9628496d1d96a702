// An account without its alarm is at work again after the next message, or after the daily cron trigger; a photograph that waits is
// gone by its time all the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountOf, bodiesOf, startGateway, startOwnFashn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn, accepted, type Run } from './runs.ts';

const MINUTES_MS = 60_000;

let store: string;
let fashn: OwnFashn;
let runs: RunsAtFashn;
let gateway: Gateway;

beforeEach(async () => {
  store = mkdtempSync(join(tmpdir(), 'fitting-room-healing-'));
  runs = new RunsAtFashn();
  fashn = await startOwnFashn(runs.answer);
  gateway = await startGateway(fashn.url, { CONCURRENT_RUNS: '1', QUEUE_SECONDS: '60' }, { store, door: fileURLToPath(new URL('healing/lost-alarms.mjs', import.meta.url)) });
});
afterEach(async () => {
  await gateway.stop();
  await fashn.stop();
  rmSync(store, { recursive: true, force: true });
});

const tell = async (path: 'world' | 'try', body: object) => (await (await gateway.ask(`/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })).json()) as { isSet?: boolean };
const status = async (id: string) => ((await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string }).status;

/** A run is at FASHN and one waits; from then on no alarm comes, and the time of the one that waits passes. */
async function asleep(): Promise<{ running: Run; waiting: string }> {
  await tell('world', { losesAlarms: true });
  const running = await runs.sent(gateway);
  const waiting = await accepted(gateway);
  expect(bodiesOf(store)).toBe(1);
  await tell('world', { losesAlarms: false, aheadMs: 5 * MINUTES_MS });
  return { running, waiting };
}

test.each([
  ['a lookup', (run: Run) => gateway.ask(`/v1/status/${run.id}`)],
  ['a lookup of nothing that is there any more', (run: Run) => gateway.ask(`/v1/status/${run.id}`, { method: 'DELETE' })],
  ['a look of staff', () => gateway.readyz()],
  ['the daily cron trigger, without any look', () => gateway.cron()],
])('%s wakes an account up whose alarm was lost', async (_, look) => {
  const { running, waiting } = await asleep();
  await look(running);
  // FASHN is asked about the run that it has, and the photograph that waited too long is gone.
  await until(() => fashn.calls.some(({ method }) => method === 'GET'));
  await until(() => bodiesOf(store) === 0);
  expect(await status(waiting)).toBe('time_out');
  // Its alarm is set again: nothing else asks FASHN once more.
  const asked = fashn.calls.length;
  await tell('world', { aheadMs: 30 * MINUTES_MS });
  await gateway.cron();
  await until(() => fashn.calls.length > asked);
});

test('staff see that an alarm was late', async () => {
  await asleep();
  const { notices } = (await (await gateway.readyz()).json()) as { notices: object[] };
  expect(notices).toMatchObject([{ about: 'alarm', message: expect.stringMatching(/s late; it was set again now$/) }]);
});

test.each([
  [0, false],
  [4, false],
  [5, true],
  [6, true],
])('an alarm that fails at try %i has another one set by the gateway: %s', async (retryCount, isSet) => {
  await tell('world', { losesAlarms: true });
  await runs.sent(gateway);
  await tell('world', { losesAlarms: false });
  expect(await tell('try', { account: accountOf(), retryCount })).toEqual({ isSet });
  // The account goes on.
  expect(await status(await accepted(gateway))).toBe('in_queue');
});
