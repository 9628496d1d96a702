// Runs that FASHN fails: their own visitor waits for them, and no other.
import { test } from 'vitest';
import { json } from '../gateway.ts';
import { prints, stopwatch } from './figures.ts';
import {
  OWN_DEFAULTS,
  StandIn,
  endOf,
  idOf,
  labelled,
  shopper,
  statusOf,
  type Status,
} from './stand-in.ts';

test.concurrent(
  'six bodies that FASHN answers with 500 go 24 times at most, and behind all others',
  async ({ expect, onTestFinished }) => {
    // A window wide enough for 64 calls: what is asked here is their order.
    const { fashn, gateway } = await StandIn.start(
      { ...OWN_DEFAULTS, RUN_RATE: '100/60' },
      {},
      onTestFinished,
    );
    const isPoison = (label: string) => label.startsWith('poison');
    const poisoned = () => fashn.labels.filter(isPoison).length;
    const honest = () => fashn.labels.length - poisoned();
    // The pause of a failed run ends while honest runs still wait.
    fashn.runMs = 700;
    fashn.onRun = (label, response) => {
      if (isPoison(label)) json(response, 500, { error: 'InternalServerError', message: 'no' });
      return isPoison(label);
    };
    const poison = await Promise.all(
      Array.from({ length: 6 }, async (_, number) =>
        idOf(await gateway.run(labelled(`poison-${number}`), shopper('198.51.100.1'))),
      ),
    );
    expect(poisoned()).toBeGreaterThanOrEqual(6);

    const waits = stopwatch();
    let done = 0;
    prints(
      'F2',
      () =>
        `${done} of 40 honest runs are done ${waits}; ${poisoned()} calls of the poison, ` +
        `${behind()} honest ones after its first repeat`,
      onTestFinished,
    );
    const behind = () => {
      const repeat = fashn.labels.findIndex(
        (label, at) => isPoison(label) && fashn.labels.indexOf(label) < at,
      );
      return repeat < 0 ? 0 : fashn.labels.slice(repeat).filter((label) => !isPoison(label)).length;
    };
    const ids = await Promise.all(
      Array.from({ length: 40 }, async (_, number) =>
        idOf(await gateway.run(labelled(`honest-${number}`), shopper(`203.0.113.${number}`))),
      ),
    );
    const ends = await Promise.all(
      ids.map(async (id) => {
        const end = await endOf(gateway, id);
        done += 1;
        return end.status;
      }),
    );
    waits.stop();
    expect(ends).toEqual(Array(40).fill('completed'));
    expect(honest()).toBe(40);
    for (const id of poison) expect(await endOf(gateway, id)).toMatchObject({ status: 'failed' });
    expect(poisoned()).toBeLessThanOrEqual(24);
    // Six are sent side by side: a repeat may overtake the five that went before it.
    expect(behind()).toBeLessThanOrEqual(5);
  },
);

test.concurrent(
  'six answers of FASHN that can’t be read block no slot until the deadline',
  async ({ expect, onTestFinished }) => {
    const { fashn, gateway } = await StandIn.start(
      { ...OWN_DEFAULTS, FASHN_TIMEOUT_SECONDS: '1' },
      {},
      onTestFinished,
    );
    fashn.onRun = (label, response) => {
      if (label.startsWith('unreadable'))
        response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>503</h1>');
      return label.startsWith('unreadable');
    };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, number) =>
        gateway.run(labelled(`unreadable-${number}`), shopper('198.51.100.1')),
      ),
    );
    // FASHN may have them: they must not be sent again.
    for (const answer of answers)
      expect([answer.status, answer.headers.get('x-should-retry')]).toEqual([502, 'false']);

    const waits = stopwatch();
    const told: number[] = [];
    prints(
      'F4',
      () => `an honest run is at FASHN ${waits}; told ${told.join(', ')} s`,
      onTestFinished,
    );
    const id = await idOf(await gateway.run(labelled('honest'), shopper('203.0.113.1')));
    let seen: Status = await statusOf(gateway, id);
    while (seen.status === 'in_queue') {
      if (seen.eta_seconds !== told.at(-1)) told.push(seen.eta_seconds ?? 0);
      seen = await statusOf(gateway, id);
    }
    waits.stop();
    expect(await endOf(gateway, id)).toMatchObject({ status: 'completed' });
    // It knew what blocked it: the estimate became shorter, and never longer.
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((one, other) => other - one));
    expect(fashn.labels).toHaveLength(7);
  },
);

test('one visitor’s failed and deleted runs are 200 in a day at most', async ({ expect }) => {
  const { fashn, gateway } = await StandIn.start({
    CONCURRENT_RUNS: '6',
    VISITOR_DAY_CREDITS: undefined,
    VISITOR_DAY_ATTEMPTS: '200',
  });
  fashn.answerMs = 0;
  let taken = 0;
  prints('F10', () => `${taken} runs of one visitor were taken`);
  const attacker = shopper('198.51.100.1');
  const attempt = async (label: string) => {
    const answer = await gateway.run(labelled(label), attacker);
    taken += Number(answer.status === 200);
    return answer;
  };
  // A hundred that FASHN takes and fails, six at a time.
  fashn.ending = (label) =>
    label.startsWith('held')
      ? undefined
      : { status: 'failed', error: { name: 'PoseError', message: 'no' } };
  const failing = Array.from({ length: 6 }, async (_, lane) => {
    for (let number = lane; number < 100; number += 6)
      expect(await endOf(gateway, await idOf(await attempt(`failing-${number}`)))).toMatchObject({
        status: 'failed',
      });
  });
  await Promise.all(failing);
  // Others have all slots: a hundred that wait and are taken back.
  for (let number = 0; number < 6; number += 1)
    await idOf(await gateway.run(labelled(`held-${number}`)));
  for (let number = 0; number < 100; number += 1) {
    const id = await idOf(await attempt(`deleted-${number}`));
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
  }
  for (const label of ['one more', 'and another']) {
    const refused = await attempt(label);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(taken).toBe(200);
  expect(fashn.labels.filter((label) => label.startsWith('deleted'))).toEqual([]);
  // Another visitor's is taken.
  await idOf(await gateway.run(labelled('honest'), shopper('203.0.113.1')));
});
