// The commands' own tests.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { node, recorded, root, step } from '../run.mjs';

const folder = join(root, 'scripts', 'tests');

export async function scripts() {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(folder, name));
  const args = ['--test', '--test-reporter=tap', ...files];
  const { isGood, output } = await step('scripts: tests of the commands', '5 s', () =>
    recorded(node, args),
  );
  if (!isGood) console.error(output);
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const failures = [...output.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => name);
  return { passed: count('pass'), failed: count('fail') || Number(!isGood), failures };
}
