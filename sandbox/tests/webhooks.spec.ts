// Telling a run's end: once when it is heard, up to six times when not, and as faults have it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Sandbox, until, type Entry } from './sandbox.ts';
import { Receiver } from './receiver.ts';

let sandbox: Sandbox;
let receiver: Receiver;
const body = { model_name: 'model-create', inputs: { prompt: 'a model' } };

beforeEach(async () => {
  receiver = await Receiver.open();
  sandbox = await Sandbox.open();
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const hook = (name = '') => `${receiver.origin}/hook${name}`;
const entry = async (id: string): Promise<Entry> => (await sandbox.journal()).runs.find((run) => run.id === id)!;
const heard = (count: number) => until(`${count} deliveries`, () => (receiver.deliveries.length >= count ? receiver.deliveries : undefined));
/** Waits until so many attempts are over. */
const tried = (id: string, count: number) =>
  until(`${count} attempts`, async () => {
    const attempts = (await entry(id)).webhook!.attempts.filter(({ outcome }) => outcome !== null);
    return attempts.length >= count ? attempts : undefined;
  });

it('posts the whole payload of a completed run, once', async () => {
  const id = await sandbox.accepted(body, hook());
  const [delivery] = await heard(1);
  expect(delivery!.body).toEqual((await sandbox.status(id)).body);
  await tried(id, 1);
  await sandbox.advance(600_000);
  expect((await entry(id)).webhook).toMatchObject({ delivered: true, attempts: [{ number: 1, kind: 'genuine', outcome: { answered: 200 } }] });
  expect(receiver.deliveries).toHaveLength(1);
});

it('posts the error of a failed one, without an output', async () => {
  await sandbox.fault({ do: { fail: { name: 'ContentModerationError', message: 'Blocked' } } });
  const id = await sandbox.accepted(body, hook());
  expect((await heard(1))[0]!.body).toEqual({ id, status: 'failed', error: { name: 'ContentModerationError', message: 'Blocked' } });
});

it('tries again five times in five minutes on anything but 2xx, and follows no redirect', async () => {
  const answers = [500, 404, 302, 429, 503, 400];
  for (const status of answers) receiver.answers.push((response) => response.writeHead(status, { location: hook('/elsewhere') }).end());
  const id = await sandbox.accepted(body, hook());
  for (const [index, gap] of [10, 20, 40, 80, 150].entries()) {
    await tried(id, index + 1);
    await sandbox.advance(gap * 1000 - 1500);
    expect((await entry(id)).webhook!.attempts.filter(({ sent_at_ms }) => sent_at_ms !== null)).toHaveLength(index + 1);
    await sandbox.advance(1500);
  }
  const attempts = await tried(id, 6);
  await sandbox.advance(3600_000);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(answers.map((answered) => ({ answered })));
  expect((await entry(id)).webhook).toMatchObject({ delivered: false });
  expect(receiver.deliveries.map(({ path }) => path)).toEqual(Array(6).fill('/hook'));
  const [first, last] = [attempts[0]!.sent_at_ms!, attempts[5]!.sent_at_ms!];
  expect(last - first).toBeGreaterThanOrEqual(300_000);
  expect(last - first).toBeLessThan(330_000);
});

it('counts no answer as a failure', async () => {
  await sandbox.control('PATCH', 'settings', { webhook_time_scale: 0, webhook_timeout_ms: 300 });
  receiver.answers.push(() => undefined, (response) => response.destroy());
  const id = await sandbox.accepted(body, hook());
  const [silent, broken, good] = await tried(id, 3);
  expect(silent!.outcome).toEqual({ unanswered: 'no answer within 300 ms' });
  expect(broken!.outcome).toEqual({ unanswered: expect.any(String) });
  expect(good!.outcome).toEqual({ answered: 200 });
});

it('drops as many attempts as a fault sets, and goes on after them', async () => {
  await sandbox.control('PATCH', 'settings', { webhook_time_scale: 0 });
  await sandbox.fault([{ do: { drop_webhook: {} } }, { do: { drop_webhook: { attempts: 2 } }, skip: 1 }]);
  const [lost, late] = [await sandbox.accepted(body, hook('/lost')), await sandbox.accepted(body, hook('/late'))];
  expect((await tried(lost, 6)).map(({ outcome }) => outcome)).toEqual(Array(6).fill('dropped'));
  expect((await tried(late, 3)).map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', { answered: 200 }]);
  expect(receiver.deliveries.map(({ path }) => path)).toEqual(['/hook/late']);
});

it('delays, by the sandbox’s clock', async () => {
  await sandbox.fault({ do: { delay_webhook: { ms: 3600_000 } } });
  const id = await sandbox.accepted(body, hook());
  await sandbox.ended(id);
  expect((await entry(id)).webhook!.attempts[0]!.sent_at_ms).toBeNull();
  await sandbox.advance(3600_000);
  await heard(1);
});

it('duplicates', async () => {
  await sandbox.fault({ do: { duplicate_webhook: { copies: 2 } } });
  await sandbox.accepted(body, hook());
  const deliveries = await heard(3);
  expect(new Set(deliveries.map((delivery) => JSON.stringify(delivery.body))).size).toBe(1);
});

it('reorders: the first run’s comes after the second’s', async () => {
  await sandbox.fault({ do: 'reorder_webhook' });
  await sandbox.ended(await sandbox.accepted(body, hook('/first')));
  await sandbox.ended(await sandbox.accepted(body, hook('/second')));
  expect((await heard(2)).map(({ path }) => path)).toEqual(['/hook/second', '/hook/first']);
});

it('forges: another payload at the same address, before the genuine one', async () => {
  await sandbox.fault({ do: { forge_webhook: { change: { id: 'not-yours', output: ['https://evil.example/x.png'] } } } });
  const id = await sandbox.accepted(body, hook());
  const deliveries = await heard(2);
  expect(deliveries.map(({ body: reply }) => reply['id']).sort()).toEqual([id, 'not-yours'].sort());
  const forged = deliveries.find(({ body: reply }) => reply['id'] === 'not-yours')!;
  expect(forged.body).toMatchObject({ status: 'completed', output: ['https://evil.example/x.png'] });
});
