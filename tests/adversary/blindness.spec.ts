// FASHN doesn't tell for longer than a run may take: what it has made is shown all the same.
import { expect, test } from 'vitest';
import { json, until } from '../gateway.ts';
import { prints, stopwatch } from './figures.ts';
import { OWN_DEFAULTS, StandIn, endOf, idOf, labelled, shopper, statusOf } from './stand-in.ts';

test('a picture that FASHN made while its status API was down is shown in the end', async () => {
  const { fashn, gateway } = await StandIn.start({
    ...OWN_DEFAULTS,
    CONCURRENT_RUNS: '1',
    DEADLINE_SECONDS: '30',
  });
  const waits = stopwatch();
  let atDeadline = 'nothing';
  prints('F6', () => `${atDeadline} at the deadline; the picture is shown ${waits}`);
  let isDown = true;
  fashn.onStatus = (response) => {
    if (isDown) json(response, 500, { error: 'InternalServerError', message: 'down' });
    return isDown;
  };
  fashn.deliversWebhooks = false;
  const id = await idOf(await gateway.run(labelled('late'), shopper('203.0.113.1')));
  // FASHN has completed and charged it, and says so; nobody can confirm it.
  expect(await fashn.report('late')).not.toBe(204);
  // The deadline frees its slot: then the next goes.
  const next = await idOf(await gateway.run(labelled('next'), shopper('203.0.113.2')));
  await fashn.has('next');
  atDeadline = (await statusOf(gateway, id)).status;
  expect(atDeadline).toBe('processing');

  isDown = false;
  // FASHN's next delivery of the webhook.
  expect(await fashn.report('late')).toBe(204);
  const { status, output } = await endOf(gateway, id);
  waits.stop();
  expect([status, output?.length]).toEqual(['completed', 1]);
  // It may not be answered yet.
  await until(async () => (await fashn.report('next').catch(() => 0)) === 204);
  expect(await endOf(gateway, next)).toMatchObject({ status: 'completed' });
  expect(fashn.labels).toEqual(['late', 'next']);
});
