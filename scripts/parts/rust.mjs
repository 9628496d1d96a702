// Rust's tests, on the host: no Worker is needed.
import { asOneTest, lastOf, recorded, step } from '../run.mjs';

const WORKSPACE = ['--workspace', '--exclude', 'simulation'];
/** The simulation plays millions of events: its profile is optimized. */
export const SIMULATION = ['--profile', 'simulation', '--package', 'simulation'];

/** All packages but the simulation, or those that are named. */
export async function native(packages) {
  const chosen =
    packages === undefined ? WORKSPACE : packages.flatMap((name) => ['--package', name]);
  if (chosen.length === 0) return { passed: 0, failed: 0 };
  return step('native: Rust tests', '2 min', () => cargoTest(chosen));
}

/** The simulation's own tests: each guard is missed when it is taken away. */
export const simulation = () => step('simulation: tests', '1 min', () => cargoTest(SIMULATION));

/**
 * Plays seeded histories; one that breaks a rule is printed with its seed. Counts as one test. At
 * the lowest priority, as other tests may run beside it, and its time is virtual.
 */
export async function histories(number, usually) {
  const cargo = ['cargo', 'run', '--quiet', ...SIMULATION, '--', '--histories', String(number)];
  const run = await step(`simulation: ${number} histories`, usually, () =>
    recorded('nice', ['-n', '19', ...cargo]),
  );
  process.stdout.write(run.output);
  return asOneTest(run);
}

/** Prints what the tests say only if one fails. */
export async function cargoTest(args, env = {}) {
  const test = ['test', '--quiet', '--no-fail-fast', '--locked'];
  const { isGood, output } = await recorded('cargo', [...test, ...args], env);
  if (!isGood) console.error(output);
  return { ...countTests(output, isGood), failures: isGood ? [] : failedTests(output) };
}

/** What cargo lists under its last `failures:` of each crate; a build's last lines without one. */
function failedTests(output) {
  const names = [...output.matchAll(/^failures:\n((?: {4}\S+\n)+)/gm)].flatMap(([, list]) =>
    list.trim().split(/\s+/),
  );
  return names.length > 0 ? names : [lastOf(output)];
}

/**
 * The sums of cargo's closing lines; a run that fails without one, as one that doesn't compile, is
 * one failure.
 */
export function countTests(output, isGood) {
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(
    /test result: \w+\. (\d+) passed; (\d+) failed/g,
  )) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  if (!isGood) counts.failed ||= 1;
  return counts;
}
