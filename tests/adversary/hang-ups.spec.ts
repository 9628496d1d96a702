// Callers that hang up: nobody waits for them, what they sent is one run each, and the day's budget
// is as it was.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { STAFF_TOKEN, json, until, type Gateway } from '../gateway.ts';
import { prints, stopwatch } from './figures.ts';
import { callerThatHangsUp } from './hang-up.ts';
import {
  OWN_DEFAULTS,
  StandIn,
  endOf,
  idOf,
  keyed,
  labelled,
  photo,
  shopper,
  statusOf,
} from './stand-in.ts';

/** The id of a run that its caller sends until it has one, as a careful client does. */
const sentUntilAnswered = (
  gateway: Gateway,
  body: string,
  headers: Record<string, string>,
): Promise<string> =>
  until(async () => {
    const answer = await gateway.run(body, headers);
    // The first is still being answered.
    return answer.status !== 409 && idOf(answer);
  });

describe('six callers that hang up keep no honest run waiting, and a retry gets its run', () => {
  test.each<[string, number, (gateway: Gateway, fashn: StandIn) => Promise<unknown>]>([
    // Whatever came before this question was read by the time of its answer.
    ['in the middle of the upload', 0.5, (gateway) => gateway.ask('/healthz')],
    ['after the last byte', 1, (gateway) => gateway.ask('/healthz')],
    ['before FASHN answers', 1, (_, fashn) => until(() => fashn.labels.length === 6)],
  ])('%s', async (moment, part, moreover) => {
    // One credit for each of them, and one for the other shopper.
    const { fashn, gateway } = await StandIn.start({ ...OWN_DEFAULTS, DAY_CREDITS: '7' });
    const waits = stopwatch();
    prints(
      'F1',
      () => `reset ${moment}: ${fashn.cut} calls are cut, an honest run is at FASHN ${waits}`,
    );
    const attacks = Array.from({ length: 6 }, (_, number) => {
      const body = JSON.stringify(labelled(`gone-${number}`, { model_image: photo(100_000) }));
      return { number, body, headers: shopper('198.51.100.1', keyed()) };
    });
    const callers = attacks.map(({ body, headers }) =>
      callerThatHangsUp(gateway, headers, body, part),
    );
    await Promise.all(callers.map(({ sent }) => sent));
    await moreover(gateway, fashn);
    await Promise.all(callers.map((caller) => caller.reset()));

    const honest = await idOf(await gateway.run(labelled('honest'), shopper('203.0.113.1')));
    await fashn.has('honest');
    waits.stop();
    expect(await endOf(gateway, honest)).toMatchObject({ status: 'completed' });

    for (const { number, body, headers } of attacks) {
      const id = await sentUntilAnswered(gateway, body, headers);
      expect(await sentUntilAnswered(gateway, body, headers)).toBe(id);
      expect(await endOf(gateway, id)).toMatchObject({ status: 'completed' });
      expect(fashn.count(`gone-${number}`)).toBe(1);
    }
    // Seven were made and paid, and the day's budget knows of seven.
    expect((await gateway.run(labelled('eighth'), shopper('203.0.113.2'))).status).toBe(429);
    expect(fashn.labels).toHaveLength(7);
    expect(fashn.cut).toBe(0);
  });
});

test('a caller that hangs up with the probe of an open breaker keeps no run waiting', async () => {
  const { fashn, gateway } = await StandIn.start(OWN_DEFAULTS);
  fashn.onRun = (label, response) => {
    if (label.startsWith('failing'))
      json(response, 500, { error: 'InternalServerError', message: 'no' });
    return label.startsWith('failing');
  };
  // FASHN fails runs of five visitors; they take theirs back, so that no run waits.
  const failing = await Promise.all(
    [1, 2, 3, 4, 5].map(async (number) =>
      idOf(await gateway.run(labelled(`failing-${number}`), shopper(`192.0.2.${number}`))),
    ),
  );
  for (const id of failing)
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
  const wait = async () => {
    const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' };
    const answer = await gateway.ask('/v1/quote', {
      method: 'POST',
      headers,
      body: JSON.stringify(labelled('quoted')),
    });
    return ((await answer.json()) as { wait_seconds: number }).wait_seconds;
  };
  expect(await wait()).toBeGreaterThan(0);
  await until(async () => (await wait()) === 0);

  const body = JSON.stringify(labelled('probe'));
  const headers = shopper('198.51.100.1', keyed());
  const caller = callerThatHangsUp(gateway, headers, body);
  await fashn.has('probe');
  await caller.reset();
  const waits = stopwatch();
  prints('F3', () => `an honest run is at FASHN ${waits}; ${fashn.cut} calls are cut`);
  const honest = await idOf(await gateway.run(labelled('honest'), shopper('203.0.113.1')));
  await fashn.has('honest');
  waits.stop();
  expect(await endOf(gateway, honest)).toMatchObject({ status: 'completed' });
  expect(await endOf(gateway, await sentUntilAnswered(gateway, body, headers))).toMatchObject({
    status: 'completed',
  });
  expect(fashn.count('probe')).toBe(1);
});

test('a body over 32 MiB waits and is sent whole, and the next run waits its turn', async () => {
  const { fashn, gateway } = await StandIn.start({
    ...OWN_DEFAULTS,
    CONCURRENT_RUNS: '1',
    MAX_BODY_BYTES: String(48 << 20),
  });
  const waits = stopwatch();
  prints('F14', () => `the next shopper’s run is at FASHN ${waits}`);
  fashn.deliversWebhooks = false;
  let arrived = '';
  fashn.onBody = (label, text) => {
    if (label === 'large')
      arrived = digest(
        (JSON.parse(text) as { inputs: { model_image: string } }).inputs.model_image,
      );
  };
  const first = await idOf(await gateway.run(labelled('first'), shopper('203.0.113.1')));
  const model_image = photo(25 << 20);
  const body = JSON.stringify(labelled('large', { model_image }));
  expect(body.length).toBeGreaterThan(32 << 20);
  const large = await idOf(await gateway.run(body, shopper('203.0.113.2')));
  expect(await statusOf(gateway, large)).toMatchObject({ status: 'in_queue' });
  const next = await idOf(await gateway.run(labelled('next'), shopper('203.0.113.3')));
  fashn.deliversWebhooks = true;
  expect(await fashn.report('first')).toBe(204);
  await fashn.has('next');
  waits.stop();
  for (const id of [first, large, next])
    expect(await endOf(gateway, id)).toMatchObject({ status: 'completed' });
  expect(fashn.labels).toEqual(['first', 'large', 'next']);
  expect(arrived).toBe(digest(model_image));
});

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
