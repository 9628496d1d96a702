// `npm run release`: makes `release/fitting-room-X.Y.Z.tgz`, which needs Node.js alone, its checksum,
// its bill of materials, and `release/deploy/`, the folder that Cloudflare's deploy button takes. The
// same sources give the same bytes.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPlugin } from '../woocommerce/build.mjs';
import { build } from './build.mjs';
import { bill, crates, npmPackages } from './release/sbom.mjs';
import { shrinkwrap } from './release/shrinkwrap.mjs';
import { deployManifest, manifest } from './release/manifests.mjs';
import { root, run } from './run.mjs';
import { asScript } from './script.mjs';
import { setUp } from './setup.mjs';

const RELEASE = join(root, 'release');
/** What the pages' scripts are made of. */
const IN_PAGES = { lit: '*', 'idb-keyval': '*', pica: '*', uplot: '*' };

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const text = (...path) => readFileSync(join(root, ...path), 'utf8');

/** Makes everything of what is built into the folder; answers the package's file. */
export async function release(out = RELEASE) {
  rmSync(out, { recursive: true, force: true });
  const staged = join(out, 'package');
  mkdirSync(staged, { recursive: true });
  const lock = JSON.parse(text('package-lock.json'));
  const own = JSON.parse(text('package.json'));
  const wanted = manifest(own);
  gateway(staged, await configuration('.'));
  cpSync(join(root, 'sandbox', 'build'), join(staged, 'sandbox', 'build'), { recursive: true });
  writeFileSync(join(staged, 'sandbox', 'wrangler.jsonc'), json(await configuration('sandbox')));
  // npm would leave out what a .gitignore names, and that is what was built.
  const filter = (source) => !source.endsWith('.gitignore');
  cpSync(join(root, 'storefront', 'shopify'), join(staged, 'shopify'), { recursive: true, filter });
  cpSync(buildPlugin(), join(staged, 'woocommerce', 'try-it-on.zip'));
  cpSync(join(root, 'docs'), join(staged, 'docs'), { recursive: true });
  for (const name of ['LICENSE', 'README.md', 'openapi.json']) cpSync(join(root, name), join(staged, name));
  await commands(staged);
  const locked = shrinkwrap(lock, wanted);
  writeFileSync(join(staged, 'package.json'), json(wanted));
  writeFileSync(join(staged, 'npm-shrinkwrap.json'), json(locked));
  const bundled = shrinkwrap(lock, { ...wanted, dependencies: IN_PAGES });
  const places = [locked, bundled].flatMap(({ packages }) => Object.keys(packages));
  const sbom = bill(own, [...crates(['fitting-room', 'fashn-sandbox']), ...npmPackages(lock, places)]);
  writeFileSync(join(staged, 'sbom.cdx.json'), json(sbom));
  button(join(out, 'deploy'), staged, own);
  const packed = JSON.parse(
    await run('npm', ['pack', staged, '--pack-destination', out, '--json', '--loglevel=error'], { capture: true }),
  );
  const file = join(out, `fitting-room-${own.version}.tgz`);
  renameSync(join(out, [packed].flat()[0].filename), file);
  rmSync(staged, { recursive: true });
  writeFileSync(join(out, 'sbom.cdx.json'), json(sbom));
  checksums(out);
  return file;
}

/** The Worker with its static files and its configuration. */
function gateway(home, config) {
  cpSync(join(root, 'build'), join(home, 'build'), { recursive: true });
  cpSync(join(root, 'storefront', 'dist'), join(home, 'public'), { recursive: true });
  writeFileSync(join(home, 'wrangler.jsonc'), json(config));
  cpSync(join(root, '.dev.vars.example'), join(home, '.dev.vars.example'));
}

/** wrangler's configuration of a Worker that is built already. */
async function configuration(folder) {
  const { experimental_readRawConfig: read } = await import('wrangler');
  const { build: _, $schema, ...config } = read({ config: join(root, folder, 'wrangler.toml') }).rawConfig;
  if (config.assets) config.assets.directory = 'public';
  return config;
}

/** The commands, each a module; what they share lies beside them. */
async function commands(home) {
  const { build: bundle } = await import('esbuild');
  await bundle({
    absWorkingDir: root,
    entryPoints: [
      { in: join(root, 'scripts', 'release', 'cli.mjs'), out: 'cli' },
      { in: join(root, 'scripts', 'serve.mjs'), out: 'serve' },
    ],
    outdir: join(home, 'scripts'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['miniflare', 'wrangler'],
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
    plugins: [importedOnly],
  });
}

/** In a bundle each module has the bundle's address, and each would take itself for the command. */
const importedOnly = {
  name: 'imported-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]scripts[\\/]script\.mjs$/ }, () => ({
      contents: 'export const asScript = async () => {};',
    })),
};

/** One isolated folder for the deploy button and for `npm create cloudflare`. */
function button(folder, staged, own) {
  mkdirSync(folder, { recursive: true });
  for (const name of ['build', 'public', 'wrangler.jsonc', '.dev.vars.example', 'LICENSE']) {
    cpSync(join(staged, name), join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), json(deployManifest(own, join(root, 'docs', 'settings.md'))));
  cpSync(join(root, 'scripts', 'release', 'deploy-readme.md'), join(folder, 'README.md'));
}

/** As `sha256sum --check` reads them. */
function checksums(out) {
  const files = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isFile());
  const lines = files.map(({ name }) => {
    const hash = createHash('sha256').update(readFileSync(join(out, name))).digest('hex');
    return `${hash}  ${name}\n`;
  });
  writeFileSync(join(out, 'SHA256SUMS'), lines.sort().join(''));
}

await asScript(import.meta.url, async () => {
  await setUp();
  await build();
  const file = await release();
  console.log(`\n${file}\nIts checksum: release/SHA256SUMS. What it is made of: release/sbom.cdx.json.`);
});
