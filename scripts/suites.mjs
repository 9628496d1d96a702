// What `npm test`, `npm run test:long` and `npm run test:world` run: a suite has parts by name, and
// each part resolves to how many tests passed and failed. A new part is one line here.
import { check } from './check.mjs';
import { bench } from './parts/bench.mjs';
import { clients, schemathesis } from './parts/contract.mjs';
import { frameworks } from './parts/frameworks.mjs';
import { quickstarts } from './parts/quickstarts.mjs';
import { histories, native, simulation } from './parts/rust.mjs';
import { scripts } from './parts/scripts.mjs';
import { woocommerce } from './parts/woocommerce.mjs';
import { inEngine, longWorkers, restInEngine, workers } from './parts/workers.mjs';

/**
 * Every part takes what `choose` in scripts/changed.mjs finds, undefined for all. The parts in
 * `beside` take the time that the others leave: browsers and deadlines keep two cores at 70 %.
 */
export const suites = {
  test: {
    command: 'npm test',
    what: 'what each change must pass, in 10 minutes',
    beside: [],
    parts: {
      check: async () => {
        await check();
        return { passed: 1, failed: 0 };
      },
      scripts: () => scripts(),
      native: ({ packages }) => native(packages),
      simulation: async () => sum(await simulation(), await histories(10_000, '20 s')),
      workers: ({ vitest }) => workers(vitest),
      bench: () => bench(),
    },
  },
  long: {
    command: 'npm run test:long',
    what: 'what takes longer than it tells in a day’s work; CI runs it too',
    beside: ['histories'],
    parts: {
      histories: () => histories(100_000, '5 min, beside tests 11'),
      workers: ({ vitest }) => longWorkers(vitest),
      schemathesis: () => schemathesis(),
      firefox: () => inEngine('firefox'),
      webkit: () => inEngine('webkit'),
    },
  },
  world: {
    command: 'npm run test:world',
    what: 'what installs other people’s software; before a release, and for a change that touches it',
    beside: [],
    parts: {
      firefox: () => restInEngine('firefox'),
      webkit: () => restInEngine('webkit'),
      quickstarts: () => quickstarts(),
      frameworks: () => frameworks(),
      clients: () => clients(),
      woocommerce: () => woocommerce(),
    },
  },
};

/** Counts added up, and which tests failed, where a part tells. */
export const sum = (...counts) =>
  counts.reduce(
    (all, { passed, failed, failures = [] }) => ({
      passed: all.passed + passed,
      failed: all.failed + failed,
      failures: [...all.failures, ...failures],
    }),
    { passed: 0, failed: 0, failures: [] },
  );
