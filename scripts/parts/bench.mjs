// The bench as a test.
import { join } from 'node:path';
import { asOneTest, node, recorded, root, step } from '../run.mjs';
import { built } from './workers.mjs';

/**
 * Each scenario of `npm run bench` once, as small as it can be: every answer is judged, no time is.
 */
export async function bench() {
  await built();
  const args = [join(root, 'bench', 'bench.ts'), '--smoke'];
  const run = await step('bench: each scenario once', '40 s', () => recorded(node, args));
  if (!run.isGood) console.error(run.output);
  return asOneTest(run);
}
