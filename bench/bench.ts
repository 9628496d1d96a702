// Runs the scenarios: all of them, or those that are named. `--quick` is a smoke run; `--only CASE,…` and `--variants NAME,…` are for
// work on one path (`peers`), and `--build FOLDER` measures another built gateway than this checkout's.
import { parseArgs } from 'node:util';
import { fullLoad } from './full-load.ts';
import { growing } from './growth.ts';
import { peers } from './peers.ts';
import type { Scenario } from './scenario.ts';
import { waiting } from './waiting.ts';

const SCENARIOS: Scenario[] = [peers, waiting, growing, fullLoad];

const list = { type: 'string', default: '' } as const;
const { values, positionals: named } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false }, only: list, variants: list, build: { type: 'string' } } });
const { quick } = values;
const words = (text: string) => text.split(',').filter((word) => word !== '');
const options = { quick, only: words(values.only), variants: words(values.variants), build: values.build };
const unknown = named.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown !== undefined) {
  console.error(`no scenario is called ${unknown}: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

let missed = 0;
for (const scenario of SCENARIOS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  console.log(`\n${scenario.name}: ${scenario.about}${quick ? ' (quick: smaller, and held to no bar)' : ''}`);
  for (const { what, value, bar } of await scenario.run(options)) {
    const verdict = bar && !quick ? `  ${bar.met ? 'ok' : 'MISSED'}: ${bar.text}` : '';
    console.log(`  ${what.padEnd(32)} ${value}${verdict}`);
    if (bar && !bar.met && !quick) missed += 1;
  }
}
process.exit(missed > 0 ? 1 : 0);
