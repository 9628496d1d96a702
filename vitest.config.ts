// Every test that runs on Node: the built Workers in workerd, browsers, SDKs. `npm test` builds before it calls this.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes a minute or more; begun last, one would keep a single core busy to the end. */
const LONGEST = [
  'tests/account.spec.ts',
  'tests/together.spec.ts',
  'storefront/tests/faces.spec.ts',
  'storefront/tests/staff/desk.spec.ts',
  'storefront/tests/flows.spec.ts',
  'tests/releases.spec.ts',
];

/** Where nothing is known of earlier runs, Vitest begins with the largest files: these come first. */
class LongestFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      LONGEST.some((path) => moduleId.endsWith(`/${path}`));
    const sorted = await super.sort(specs);
    return [...sorted.filter(isLong), ...sorted.filter((spec) => !isLong(spec))];
  }
}

/** `npm test -- --repeat` asks for orders of its own. */
const isShuffled = process.argv.some((arg) => arg.startsWith('--sequence.shuffle'));

export default defineConfig({
  test: {
    include: ['{tests,sandbox/tests,storefront/tests}/**/*.spec.ts'],
    // Each file starts its own workerd; two cores hold two of them.
    maxWorkers: 2,
    sequence: isShuffled ? {} : { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine is no failure: what is waited for is waited for as long as the test may take.
    expect: { poll: { timeout: 60_000 } },
  },
});
