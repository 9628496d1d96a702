// Every test that runs on Node: the built Workers in workerd, browsers, SDKs. `npm test` builds before it calls this.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{tests,sandbox/tests,storefront/tests}/**/*.spec.ts'],
    // Each file starts its own workerd; two cores hold two of them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine is no failure: what is waited for is waited for as long as the test may take.
    expect: { poll: { timeout: 60_000 } },
  },
});
