// Lookups without end, and guards that fail.
import { Agent, get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { prints, stopwatch } from './figures.ts';
import { StandIn, endOf, idOf, labelled, shopper } from './stand-in.ts';

test('2,508 lookups of one run at once are bounded, and another’s are all answered', async () => {
  const { fashn, gateway } = await StandIn.start({}, { rates: { LOOKUP_RATE: 20 } });
  const [flooded, own] = await Promise.all(
    ['198.51.100.1', '203.0.113.1'].map(async (address) =>
      idOf(await gateway.run(labelled(address), shopper(address))),
    ),
  );
  const took: string[] = [];
  const statuses = new Map<number, number>();
  prints(
    'F16',
    () =>
      `2,508 lookups: ${JSON.stringify(Object.fromEntries(statuses))}; ` +
      `another shopper’s ten: ${took.join(', ')}`,
  );
  // Two hundred connections, all busy until the last is answered.
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  onTestFinished(() => agent.destroy());
  const headers = shopper('198.51.100.1');
  const look = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(new URL(`/v1/status/${flooded}`, gateway.url), { agent, headers }, (answer) =>
        answer.resume().once('end', () => resolve(answer)),
      ).once('error', reject);
    });
  const flood = Promise.all(
    Array.from({ length: 2_508 }, async () => {
      const { statusCode = 0, headers } = await look();
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      if (statusCode === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }),
  );
  for (let times = 0; times < 10; times += 1) {
    const waits = stopwatch();
    const answer = await gateway.ask(`/v1/status/${own}`, { headers: shopper('203.0.113.1') });
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
    waits.stop();
    took.push(String(waits));
  }
  await flood;
  expect([...statuses.keys()].toSorted()).toEqual([200, 429]);
  // The window of ten seconds may begin anew once or twice meanwhile.
  expect(statuses.get(200)).toBeLessThan(100);
  expect(fashn.labels).toHaveLength(2);
});

test('outputs and deletes of one run are bounded too, and neither takes from the other', async () => {
  const { gateway } = await StandIn.start({}, { rates: { LOOKUP_RATE: 20 } });
  const headers = shopper('198.51.100.1');
  const id = await idOf(await gateway.run(labelled('run'), headers));
  const asked = async (path: string, method: string) => {
    const many = Array.from({ length: 60 }, () => gateway.ask(path, { method, headers }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    return { most: statuses.filter((status) => status !== 429).length, statuses };
  };
  // There is no second output: the account is asked all the same.
  const outputs = await asked(`/v1/outputs/${id}/1`, 'GET');
  const deletes = await asked(`/v1/status/${id}`, 'DELETE');
  expect(outputs.statuses).toContain(404);
  expect(deletes.statuses).toContain(204);
  for (const { most } of [outputs, deletes]) {
    // The window may begin anew meanwhile.
    expect(most).toBeGreaterThanOrEqual(20);
    expect(most).toBeLessThanOrEqual(40);
  }
});

test('rate limits that fail are passed over and logged', async () => {
  const { fashn, gateway } = await StandIn.start(
    {},
    { door: fileURLToPath(new URL('broken-guards.mjs', import.meta.url)) },
  );
  let seen = 0;
  prints('F17', () => `with rate limits that throw: ${seen}`);
  const answer = await gateway.run(labelled('run'), shopper('203.0.113.1'));
  seen = answer.status;
  expect(await endOf(gateway, await idOf(answer))).toMatchObject({ status: 'completed' });
  expect(gateway.log.join('\n')).toMatch(
    /broken at once[^]*broken later|broken later[^]*broken at once/,
  );
  expect(fashn.labels).toEqual(['run']);
});
