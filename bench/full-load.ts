// What one Dispatcher can take: all that was said to it in some try-ons is said again to a new one, many at a time.
import { cpuMs } from './cpu.ts';
import { pause, quantile, type Figure, type Scenario } from './scenario.ts';
import { ask, lookup, submit, webhook, withShop } from './shop.ts';
import { pinOurselves } from './workerd.ts';

const DOOR = 'replay-door.mjs';
const LANES = 32;

/** What is said to the Dispatcher in each of so many try-ons. */
async function said(tryOns: number): Promise<unknown[][]> {
  return withShop({ door: DOOR }, async (shop) => {
    const runs: unknown[][] = [];
    const hear = async () => (await (await ask(shop, '/v1/said')).json()) as unknown[];
    await hear();
    for (let number = 0; number < tryOns; number += 1) {
      const id = await submit(shop, number);
      await lookup(shop, id);
      await webhook(shop);
      // Its Prediction tells of its end after the webhook was thanked for.
      const run: unknown[] = [];
      for (let silent = 0; silent < 3; silent += 1) {
        const heard = await hear();
        if (heard.length > 0) silent = 0;
        run.push(...heard);
        await pause(5);
      }
      runs.push(run);
    }
    return runs;
  });
}

export const fullLoad: Scenario = {
  name: 'dispatcher',
  about: `one Dispatcher at full load: what it hears of try-ons, ${LANES} at a time, and nothing else`,
  async run({ size }): Promise<Figure[]> {
    const [tryOns, rounds] = { full: [400, 7] as const, quick: [50, 2] as const, smoke: [10, 1] as const }[size];
    pinOurselves(true);
    const runs = await said(tryOns);
    const each = runs.flat().length / runs.length;
    const [perSecond, cpuUs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      await withShop({ door: DOOR, visitors: 0 }, async (shop) => {
        const { pid } = shop.workerd;
        const say = async (some: unknown[][]) => {
          const answer = await ask(shop, '/v1/said', { method: 'POST', body: JSON.stringify({ runs: some, lanes: LANES }) });
          if (answer.status !== 200) throw new Error(await answer.text());
          return (await answer.json()) as number;
        };
        // The first ones warm up.
        const warm = Math.floor(runs.length / 5);
        await say(runs.slice(0, warm));
        const [cpu, began] = [cpuMs(pid), performance.now()];
        const events = await say(runs.slice(warm));
        perSecond.push((events * 1e3) / (performance.now() - began));
        cpuUs.push(((cpuMs(pid) - cpu) * 1e3) / events);
      });
    }
    pinOurselves(false);
    const spread = (values: number[]) => [0.5, 0, 1].map((share) => quantile(values, share).toFixed(0)) as [string, string, string];
    const [rate, slowest, fastest] = spread(perSecond);
    const [cpu, least, most] = spread(cpuUs);
    return [
      { what: 'events a second', value: `${rate} (${slowest} to ${fastest})` },
      { what: 'CPU of an event, µs', value: `${cpu} (${least} to ${most}), of the caller too` },
      { what: 'try-ons a second', value: `${(Number(rate) / each).toFixed(0)}, at ${each.toFixed(1)} events each` },
    ];
  },
};
