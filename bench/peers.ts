// The gateway beside its peers, which do the same work on the same routes, under plain workerd, at once: CPU per request by the process's
// own accounting. Rounds alternate over the variants; a ratio is of the same round's figures, and the median of the rounds is told with its quartiles.
import { CASES, type Case } from './cases.ts';
import { median, quantile, type Figure, type Options, type Scenario } from './scenario.ts';
import { Target, type Lap } from './target.ts';
import { VARIANTS, variantOf, type VariantName } from './variants.ts';
import { pinOurselves } from './workerd.ts';

/** Laps of a case by variant, a round each. */
type Laps = Map<VariantName, Lap[]>;

async function measure(one: Case, targets: Target[], rounds: number, share: number): Promise<Laps> {
  const requests = Math.max(4, Math.round(one.requests * share));
  const lap = async (target: Target) => {
    await one.prepare?.(target, requests);
    const lap = await target.lap(requests, one.connections, (n) => one.ask(target, n), (n, answer) => one.check(target, n, answer));
    await one.clear?.(target);
    return lap;
  };
  const laps: Laps = new Map(targets.map(({ variant }) => [variant.name, []]));
  for (let round = -1; round < rounds; round += 1) {
    // Each begins a round in its turn; the first round only warms up.
    for (let turn = 0; turn < targets.length; turn += 1) {
      const target = targets[(turn + Math.max(round, 0)) % targets.length];
      if (!target) continue;
      const taken = await lap(target);
      if (round >= 0) laps.get(target.variant.name)?.push(taken);
    }
  }
  return laps;
}

function ratios(laps: Laps, one: VariantName, other: VariantName): number[] {
  const others = laps.get(other) ?? [];
  return (laps.get(one) ?? []).flatMap(({ cpuUs }, round) => (others[round] ? [cpuUs / others[round].cpuUs] : []));
}

const us = (value: number) => (value < 1_000 ? `${Math.round(value)} us` : `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} ms`);

function line(laps: Laps, name: VariantName): string {
  const own = laps.get(name) ?? [];
  const cpu = own.map(({ cpuUs }) => cpuUs);
  const latencies = own.flatMap(({ latenciesMs }) => latenciesMs);
  const ratio = (other: VariantName) => {
    const all = ratios(laps, name, other);
    if (all.length === 0) return ''.padStart(17);
    return `${median(all).toFixed(2)} (${quantile(all, 0.25).toFixed(2)}-${quantile(all, 0.75).toFixed(2)})`.padStart(17);
  };
  return [
    us(median(cpu)).padStart(9),
    ratio('hono'),
    ratio('plain'),
    `${Math.round(median(own.map(({ perSecond }) => perSecond)))}/s`.padStart(8),
    `${median(latencies).toFixed(2)} ms`.padStart(10),
    `${quantile(latencies, 0.99).toFixed(2)} ms`.padStart(10),
  ].join(' ');
}

export const peers: Scenario = {
  name: 'peers',
  about: 'the gateway beside Hono + zod, plain JavaScript, fal’s proxy and an empty Worker: CPU of workerd for a request',
  async run({ quick, only, variants, build }: Options): Promise<Figure[]> {
    const names = VARIANTS.filter((name) => variants.length === 0 || variants.includes(name));
    const cases = CASES.filter(({ name }) => only.length === 0 || only.includes(name));
    const pinned = pinOurselves(true);
    const targets: Target[] = [];
    const figures: Figure[] = [];
    try {
      for (const name of names) targets.push(await Target.start(variantOf(name, build)));
      console.log(`  ${pinned ? 'workerd on core 0, all else on core 1' : 'cores are shared: taskset or a second core is missing'}`);
      console.log(`  ${'case'.padEnd(10)} ${'variant'.padEnd(8)} ${'CPU'.padStart(9)} ${'to hono'.padStart(17)} ${'to plain'.padStart(17)} ${'rate'.padStart(8)} ${'p50'.padStart(10)} ${'p99'.padStart(10)}`);
      for (const one of cases) {
        const able = targets.filter(({ variant }) => one.variants.includes(variant.name));
        const laps = await measure(one, able, quick ? 3 : 9, quick ? 0.34 : 1);
        for (const { variant } of able) console.log(`  ${one.name.padEnd(10)} ${variant.name.padEnd(8)} ${line(laps, variant.name)}`);
      }
    } finally {
      for (const target of targets) await target.stop();
      pinOurselves(false);
    }
    return figures;
  },
};
