// `npm test`: sets up what is missing, builds, and runs every test there is.
// `npm test -- check|native|simulation|workers|bench …` runs a part.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asScript } from './script.mjs';
import { build } from './build.mjs';
import { check } from './check.mjs';
import { chromium } from './chromium.mjs';
import { EXIT, Failure } from './failure.mjs';
import { node, root } from './run.mjs';
import { setUp } from './setup.mjs';

const parts = { check, native, simulation, workers, bench };

/** All Workers are built in this run. */
let built = false;

/** Seeded histories that every `npm test` plays. */
const HISTORIES = 100_000;

await asScript(import.meta.url, async () => {
  await setUp();
  const named = process.argv.slice(2);
  const counts = { passed: 0, failed: 0 };
  for (const name of named.length > 0 ? named : Object.keys(parts)) {
    if (!parts[name]) throw new Failure(`No part is called ${name}: ${Object.keys(parts).join(', ')}.`, EXIT.usage);
    const part = await parts[name]();
    counts.passed += part?.passed ?? 0;
    counts.failed += part?.failed ?? 0;
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
});

/** Rust, on the host: no Worker needed. */
function native() {
  const counts = cargoTest('--workspace', '--exclude', 'simulation');
  console.log(`native: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

/** The Dispatcher and the Predictions in virtual time: each guard is missed when it is taken away, and many histories keep their word. */
function simulation() {
  const optimized = ['--profile', 'simulation', '--package', 'simulation'];
  const counts = cargoTest(...optimized);
  console.log(`simulation: ${counts.passed} passed, ${counts.failed} failed`);
  const began = performance.now();
  const played = spawnSync('cargo', ['run', '--quiet', ...optimized, '--', '--histories', String(HISTORIES)], { cwd: root, stdio: 'inherit' });
  console.log(`simulation: played in ${Math.round((performance.now() - began) / 1000)} s`);
  counts[played.status === 0 ? 'passed' : 'failed'] += 1;
  return counts;
}

/** Runs Rust's tests; prints what they said only if one failed. */
function cargoTest(...args) {
  const done = spawnSync('cargo', ['test', '--quiet', '--no-fail-fast', ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const output = done.stdout + done.stderr;
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed/g)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  if (done.status !== 0) {
    console.error(output);
    counts.failed ||= 1;
  }
  return counts;
}

/** The built Workers in workerd, Chromium, and the official SDK. */
async function workers() {
  await build();
  built = true;
  const report = join(root, 'node_modules', '.vitest-report.json');
  rmSync(report, { force: true });
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const done = spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, CHROMIUM_PATH: await chromium() } });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'));
  return { passed, failed: failed || (done.status === 0 ? 0 : 1) };
}

/** Each scenario of `npm run bench` once, as small as it can be: every answer is judged, no time is. */
async function bench() {
  if (!built) await build(['gateway']);
  const done = spawnSync(node, [join(root, 'bench', 'bench.ts'), '--smoke'], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) console.error(done.stdout + done.stderr);
  console.log(`bench: ${done.status === 0 ? 'works' : 'does not work'}`);
  return { passed: Number(done.status === 0), failed: Number(done.status !== 0) };
}
