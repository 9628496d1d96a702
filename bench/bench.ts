// Runs the scenarios: all of them, or those that are named. `--quick` is a smoke run.
import { growing } from './growth.ts';
import type { Scenario } from './scenario.ts';
import { waiting } from './waiting.ts';

const SCENARIOS: Scenario[] = [waiting, growing];

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const named = words.filter((word) => word !== '--quick');
const unknown = named.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown !== undefined) {
  console.error(`no scenario is called ${unknown}: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

let missed = 0;
for (const scenario of SCENARIOS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  console.log(`\n${scenario.name}: ${scenario.about}${quick ? ' (quick: smaller, and held to no bar)' : ''}`);
  for (const { what, value, bar } of await scenario.run(quick)) {
    const verdict = bar && !quick ? `  ${bar.met ? 'ok' : 'MISSED'}: ${bar.text}` : '';
    console.log(`  ${what.padEnd(32)} ${value}${verdict}`);
    if (bar && !bar.met && !quick) missed += 1;
  }
}
process.exit(missed > 0 ? 1 : 0);
