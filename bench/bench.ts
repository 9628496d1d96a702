// `npm run bench [-- scenario …] [--quick] [--only CASE,…] [--variants NAME,…] [--build FOLDER] [--before FOLDER]`
//
// Runs the scenarios that are named, or `all`; without a name `peers`, as a smoke run all. Each prints its figures, and beside them what they have to be; a miss is
// exit code 1. `--quick` takes under 3 minutes and `--smoke` seconds: neither judges. `--only` and `--variants` are for work on one
// path, `--build` measures another built gateway than this checkout's, and `--before` puts one more beside it (`peers`).
import { parseArgs } from 'node:util';
import { figures } from './figures.ts';
import { growth } from './growth.ts';
import { peers } from './peers.ts';
import type { Scenario } from './scenario.ts';
import { waiting } from './waiting.ts';

const SCENARIOS: Scenario[] = [peers, growth, waiting, figures];

const flag = { type: 'boolean', default: false } as const;
const folder = { type: 'string' } as const;
const list = { type: 'string', default: '' } as const;
const { values, positionals: named } = parseArgs({
  allowPositionals: true,
  options: { quick: flag, smoke: flag, only: list, variants: list, build: folder, before: folder },
});
const words = (text: string) => text.split(',').filter((word) => word !== '');
const size = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
const options = { size, only: words(values.only), variants: words(values.variants), build: values.build, before: values.before } as const;
const names = SCENARIOS.map(({ name }) => name);
const unknown = named.find((name) => name !== 'all' && !names.includes(name));
const usual = size === 'smoke' ? names : [peers.name];
const wanted = named.includes('all') ? names : named.length > 0 ? named : usual;
if (unknown !== undefined) {
  console.error(`no scenario is called ${unknown}: ${names.join(', ')}, all`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  process.exit((await missed()) > 0 ? 1 : 0);
} catch (error) {
  // What went wrong is a sentence; a program's own mistake has its place.
  console.error(error instanceof TypeError || error instanceof ReferenceError ? error : `\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function missed(): Promise<number> {
  let missed = 0;
  for (const scenario of SCENARIOS.filter(({ name }) => wanted.includes(name))) {
    console.log(`\n${scenario.name}: ${scenario.about}${size === 'full' ? '' : ` (${size}: smaller, and held to no bar)`}`);
    for (const { what, value, bar } of await scenario.run(options)) {
      const verdict = bar && size === 'full' ? `  ${bar.met ? 'ok' : 'MISSED'}: ${bar.text}` : '';
      console.log(`  ${what.padEnd(32)} ${value}${verdict}`);
      if (bar && !bar.met && size === 'full') missed += 1;
    }
  }
  return missed;
}
