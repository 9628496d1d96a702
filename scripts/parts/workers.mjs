// The built Workers in workerd, browsers, SDKs: everything that vitest runs.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from '../build.mjs';
import { chromium, engine } from '../browsers.mjs';
import { Failure } from '../failure.mjs';
import { node, once, root, run } from '../run.mjs';

const REPORT = join(root, 'node_modules', '.vitest-report.json');

/** All Workers and the storefront, once in a run of tests. */
export const built = once(() => build());

/**
 * Specs that wait for deadlines, pauses and lifetimes, look at each screen in each size, or would
 * keep `npm test` above ten minutes on a slow day.
 */
const LONG = [
  'sandbox/tests/life.spec.ts',
  'sandbox/tests/models.spec.ts',
  'sandbox/tests/video.spec.ts',
  'tests/adversary/',
  'tests/deploy/',
  'tests/account.spec.ts',
  'tests/doctor.spec.ts',
  'tests/healing.spec.ts',
  'tests/release.spec.ts',
  'tests/releases.spec.ts',
  'tests/stream.spec.ts',
  'tests/together.spec.ts',
  'tests/twenty-shops.spec.ts',
  'tests/upload.spec.ts',
  'storefront/tests/api.spec.ts',
  'storefront/tests/citizen.spec.ts',
  'storefront/tests/consent.spec.ts',
  'storefront/tests/counting.spec.ts',
  'storefront/tests/faces.spec.ts',
  'storefront/tests/flows.spec.ts',
  'storefront/tests/gateway-says.spec.ts',
  'storefront/tests/hands.spec.ts',
  'storefront/tests/holdout.spec.ts',
  'storefront/tests/identity.spec.ts',
  'storefront/tests/loading.spec.ts',
  'storefront/tests/photo.spec.ts',
  'storefront/tests/screens.spec.ts',
  'storefront/tests/staff/desk.spec.ts',
  'storefront/tests/staff/page.spec.ts',
  'storefront/tests/staff/screens.spec.ts',
];

/** What runs in Firefox and WebKitGTK too: flows, keyboard, files, and requests that are lost. */
const IN_EVERY_ENGINE = storefront('cart', 'files', 'keyboard', 'loading', 'whole');

/** The rest of the element in these two, before a release. */
const IN_EVERY_ENGINE_TOO = storefront('api', 'consent', 'gateway-says', 'hands', 'identity');

/** Needs what parts of their own install. */
const OF_OTHER_PARTS = ['storefront/tests/frameworks.spec.ts', 'tests/generated/'];

/** Runs every spec but the long ones, or those that `options` of vitest choose. */
export const workers = (options = []) =>
  specs([
    ...[...LONG, ...OF_OTHER_PARTS].flatMap((path) => ['--exclude', `${path}**`]),
    ...options,
  ]);

/** Runs the long ones. */
export const longWorkers = (options = []) => specs([...LONG, ...options]);

/** Runs the element's tests in one of the other engines: `firefox` or `webkit`. */
export const inEngine = (name) => driven(name, IN_EVERY_ENGINE);
export const restInEngine = (name) => driven(name, IN_EVERY_ENGINE_TOO);

/** Once in some hundred tests WebKitGTK's driver hangs while a page loads: then it is asked again. */
const driven = async (name, files) => specs(['--retry=1', ...files], await engine(name));

function storefront(...names) {
  return names.map((name) => `storefront/tests/${name}.spec.ts`);
}

/** Runs those that `options` of vitest choose. */
export async function specs(options, env = {}) {
  await built();
  const CHROMIUM_PATH = await chromium();
  rmSync(REPORT, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  let ranWell = true;
  await run(node, [vitest, 'run', ...reporters, ...options], { env: { CHROMIUM_PATH, ...env } }).catch(
    (error) => {
      if (!(error instanceof Failure)) throw error;
      ranWell = false;
    },
  );
  if (!existsSync(REPORT)) return { passed: 0, failed: 1, failures: ['vitest ended early'] };
  const report = JSON.parse(readFileSync(REPORT, 'utf8'));
  printSlowest(report.testResults);
  const { numPassedTests: passed, numFailedTests: failed } = report;
  return { passed, failed: failed || Number(!ranWell), failures: failuresOf(report.testResults) };
}

/** The failed tests by file and name with what they say, and files that failed outside a test. */
function failuresOf(files) {
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0)
      return status === 'failed' ? [`${relative(root, name)}\n${message}`] : [];
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${relative(root, name)}: ${fullName.trim()}\n${failureMessages.join('\n')}`,
    );
  });
}

/** Where the time goes: each folder's sum, and the slowest files. */
function printSlowest(files) {
  const times = files.map(({ name, startTime, endTime }) => ({
    name: relative(root, name),
    seconds: (endTime - startTime) / 1000,
  }));
  const sums = new Map();
  for (const { name, seconds } of times) {
    const folder = name.slice(0, name.lastIndexOf('/'));
    sums.set(folder, (sums.get(folder) ?? 0) + seconds);
  }
  console.log('workers: seconds of files, two of which run at a time');
  for (const [folder, sum] of sums)
    console.log(`  ${String(Math.round(sum)).padStart(4)}  ${folder}/`);
  times.sort((one, other) => other.seconds - one.seconds);
  for (const { name, seconds } of times.slice(0, 8))
    console.log(`  ${String(Math.round(seconds)).padStart(4)}  ${name}`);
}
