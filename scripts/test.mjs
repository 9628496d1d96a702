// `npm test`: sets up what is missing, builds, and runs every test there is. `npm test -- native|workers|check …` runs a part.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asScript } from './script.mjs';
import { build } from './build.mjs';
import { check } from './check.mjs';
import { chromium } from './chromium.mjs';
import { SetupError, node, root, setUp, toolEnv } from './setup.mjs';

const parts = { check, native, workers };

asScript(import.meta.url, () => {
  setUp();
  const named = process.argv.slice(2);
  const counts = { passed: 0, failed: 0 };
  for (const name of named.length > 0 ? named : Object.keys(parts)) {
    if (!parts[name]) throw new SetupError(`no part is called ${name}: ${Object.keys(parts).join(', ')}`);
    const part = parts[name]();
    counts.passed += part?.passed ?? 0;
    counts.failed += part?.failed ?? 0;
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
});

/** Rust, on the host: no Worker needed. */
function native() {
  const done = spawnSync('cargo', ['test', '--workspace', '--quiet', '--no-fail-fast'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
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
  console.log(`native: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

/** The built Workers in workerd, Chromium, and the official SDK. */
function workers() {
  build();
  const report = join(root, 'node_modules', '.vitest-report.json');
  rmSync(report, { force: true });
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const done = spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...toolEnv(), CHROMIUM_PATH: chromium() } });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'));
  return { passed, failed: failed || (done.status === 0 ? 0 : 1) };
}
