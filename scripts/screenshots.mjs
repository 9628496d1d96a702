// `npm run screenshots [-- ENGINE … staff]`: each state of the dialog, light and dark, from 320 × 256
// to 1920 × 1080, in each engine, as one contact sheet an engine; and each view of the staff page as
// another. They are for the eye: what a test can judge, the specs named here judge while they take
// them.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, engine } from './browsers.mjs';
import { build } from './build.mjs';
import { node, root, run } from './run.mjs';
import { asScript } from './script.mjs';
import { setUp } from './setup.mjs';

const ENGINES = ['chromium', 'firefox', 'webkit'];
const SPEC = 'storefront/tests/screens.spec.ts';
const STAFF_SPEC = 'storefront/tests/staff/screens.spec.ts';
const FOLDER = join(root, 'tests', 'screenshots');
/** Of a picture on a sheet, in pixels; larger ones are made smaller. */
const CELL = { width: 420, height: 320 };
/** The staff page is pictured from its top to its end. */
const STAFF_CELL = { width: 480, height: 900 };
const GAP = 12;

await asScript(import.meta.url, async () => {
  await setUp();
  await build(['storefront']);
  const asked = process.argv.slice(2);
  for (const name of [...ENGINES, 'staff'].filter((one) => asked.length === 0 || asked.includes(one))) {
    const shots = join(FOLDER, 'storefront', name);
    rmSync(shots, { recursive: true, force: true });
    await take(name);
    console.log(await sheet(name, shots, name === 'staff' ? STAFF_CELL : CELL));
  }
});

async function take(name) {
  const inChromium = { ENGINE: 'chromium', CHROMIUM_PATH: await chromium() };
  const env = ['chromium', 'staff'].includes(name)
    ? inChromium
    : { ...(await engine(name)), CHROMIUM_PATH: '' };
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  await run(node, [vitest, 'run', name === 'staff' ? STAFF_SPEC : SPEC], { env });
}

/** A row for each size and colour scheme, a column for each state, in the order they were taken. */
async function sheet(name, shots, cell) {
  const files = readdirSync(shots)
    .map((file) => ({ file, parts: /^screen-(\d+)x(\d+)-(\w+)-(\d+)-/.exec(file) }))
    .filter(({ parts }) => parts !== null)
    .map(({ file, parts: [, width, height, scheme, step] }) => ({
      file,
      row: `${width.padStart(4, '0')}x${height} ${scheme}`,
      step: Number(step),
    }));
  const { default: sharp } = await import('sharp');
  const rows = [...new Set(files.map(({ row }) => row))].sort();
  const columns = Math.max(...files.map(({ step }) => step)) + 1;
  const [across, down] = [cell.width + GAP, cell.height + GAP];
  const placed = await Promise.all(
    files.map(async ({ file, row, step }) => ({
      input: await sharp(join(shots, file)).resize({ ...cell, fit: 'inside' }).png().toBuffer(),
      left: GAP + step * across,
      top: GAP + rows.indexOf(row) * down,
    })),
  );
  const size = { width: columns * across + GAP, height: rows.length * down + GAP };
  const path = join(FOLDER, `sheet-${name}.png`);
  mkdirSync(FOLDER, { recursive: true });
  await sharp({ create: { ...size, channels: 3, background: '#808080' } })
    .composite(placed)
    .png()
    .toFile(path);
  return path;
}
