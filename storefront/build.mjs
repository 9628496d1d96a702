// Builds the storefront into `dist/`: the element, the client, the demo shop, the merchant's page; and the element's files
// into the Shopify extension. `node storefront/build.mjs`
import { build, transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { pages } from './shop/pages.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const extension = join(here, 'shopify', 'extensions', 'try-it-on', 'assets');

/** Phones that shoppers carry: about four years back. */
const target = ['chrome105', 'firefox110', 'safari16.4'];

/** Style sheets become text, minified, for constructable style sheets: no inline style, whatever the shop's policy. */
const cssAsText = {
  name: 'css-as-text',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target });
      return { contents: code.trim(), loader: 'text' };
    }),
};

/** Markup in templates: line breaks between tags and runs of spaces are for the reader of the source. */
const tightTemplates = {
  name: 'tight-templates',
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/(element\/(view|figures)|staff\/(view|part|table))[\w-]*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(/\n\s+/g, '\n '), loader: 'ts' };
    }),
};

/** lit makes a Trusted Types policy of its own name; this one's name stands in our documentation, and may be refused. */
const oneTrustedTypesPolicy = {
  name: 'one-trusted-types-policy',
  setup: ({ onLoad }) =>
    onLoad({ filter: /lit-html\/lit-html\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const own = source.replace('t.trustedTypes', 'litTrustedTypes');
      if (own === source) throw new Error('lit-html asks for Trusted Types in another way than it did');
      return { contents: `import { litTrustedTypes } from ${JSON.stringify(join(here, 'src/element/trusted.ts'))};${own}`, loader: 'js' };
    }),
};

const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target,
  charset: 'utf8',
  legalComments: 'eof',
  banner: { js: '/*! Fitting Room, Apache-2.0: /licences.txt */' },
  logLevel: 'warning',
  absWorkingDir: here,
  plugins: [cssAsText, tightTemplates, oneTrustedTypesPolicy],
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const worker = await photoWorker();
const { labels, words } = await languages();
const define = { __PHOTO_WORKER__: JSON.stringify(`./${worker}`), __TRIGGER_LABELS__: asText(labels), __HASHES__: asText(words) };
await Promise.all([element(define), client(define), types(), shop(define), staff(), licences(), editors()]);
await Promise.all([toShopify().then(embed), toPackage(define)]);

/** As text: esbuild would give an object a file of its own, and the button a second request. */
function asText(value) {
  return JSON.stringify(JSON.stringify(value));
}

/** The photo worker: a classic script, so that a page of another origin can import it into a worker of its own. */
async function photoWorker() {
  const { outputFiles } = await build({ ...common, entryPoints: ['src/photo/worker.ts'], format: 'iife', write: false });
  return `try-it-on-photo-${await hashed('try-it-on-photo', outputFiles[0].contents)}.js`;
}

/**
 * Under a name with a hash, which may be kept for ever. Also under the name alone, asked for by pages that were loaded
 * before a deploy and whose own files are gone. Returns the hash.
 */
async function hashed(name, contents) {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 8).toUpperCase();
  await Promise.all([writeFile(join(dist, `${name}-${hash}.js`), contents), writeFile(join(dist, `${name}.js`), contents)]);
  return hash;
}

/** The button's words go into the eager part, English into the dialog; each other language is a file of its own. */
async function languages() {
  const labels = {};
  const words = {};
  for (const file of (await readdir(join(here, 'locales'))).sort()) {
    const tag = file.replace('.json', '');
    const { trigger, ...rest } = JSON.parse(await readFile(join(here, 'locales', file), 'utf8'));
    labels[tag] = trigger;
    if (tag !== 'en') words[tag] = await hashed(`try-it-on-${tag}`, `export default ${JSON.stringify({ trigger, ...rest })};`);
  }
  return { labels, words };
}

/** First the files that come later, then the button that names them: the eager part is one file that shares nothing. */
async function element(define) {
  const later = async (name) => {
    const { outputFiles } = await build({ ...common, define, entryPoints: [`src/element/${name}.ts`], write: false });
    return hashed(`try-it-on-${name}`, outputFiles[0].contents);
  };
  const [dialog, watch] = await Promise.all([later('dialog'), later('watch')]);
  const named = { ...define, __HASHES__: asText({ dialog, watch, ...words }) };
  await build({ ...common, define: named, entryPoints: { 'try-it-on': 'src/element/try-it-on.ts' }, outdir: dist });
}

/** What the Shopify extension's app embed loads beside the button. */
function embed() {
  return build({ ...common, entryPoints: { 'try-it-on-embed': 'src/shopify/embed.ts' }, outdir: extension });
}

function client(define) {
  return build({ ...common, define, entryPoints: ['src/client/client.ts'], outdir: dist });
}

/** Declarations of the client and of the element's events, for shops in TypeScript. */
async function types() {
  const compiler = join(here, '..', 'node_modules', 'typescript', 'bin', 'tsc');
  const options = {
    declaration: true, emitDeclarationOnly: true, noEmit: false, ignoreConfig: true, outDir: join(dist, 'types'), rootDir: 'src',
    target: 'es2023', lib: 'es2023,dom,dom.iterable', module: 'nodenext', moduleResolution: 'nodenext', strict: true,
    exactOptionalPropertyTypes: true, allowImportingTsExtensions: true, verbatimModuleSyntax: true, skipLibCheck: true,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await promisify(execFile)(process.execPath, [compiler, ...flags, 'src/client/client.ts', 'src/react/react.ts', 'src/assets.d.ts'], { cwd: here });
}

/** What editors know of the element: its manifest, and the same as HTML data. */
async function editors() {
  const text = await readFile(join(here, 'custom-elements.json'), 'utf8');
  const { modules } = JSON.parse(text);
  const { tagName, description, attributes } = modules[0].declarations[0];
  const valuesOf = ({ type }) => [...type.text.matchAll(/'([^']+)'/g)].map(([, name]) => ({ name }));
  const tag = {
    name: tagName,
    description,
    attributes: attributes.map((attribute) => ({ name: attribute.name, description: attribute.description, values: valuesOf(attribute) })),
  };
  await writeFile(join(dist, 'custom-elements.json'), text);
  await writeFile(join(dist, 'html-data.json'), JSON.stringify({ version: 1.1, tags: [tag] }, null, 2));
}

/** The npm package: modules that a shop's own bundler takes apart, types, and what editors read. */
async function toPackage(define) {
  const out = join(here, 'package', 'dist');
  const bundled = {
    name: 'bundled-files',
    setup: ({ onResolve }) => onResolve({ filter: /^\.\/load\.ts$/ }, () => ({ path: join(here, 'src/element/load-bundled.ts') })),
  };
  await rm(out, { recursive: true, force: true });
  await build({
    ...common,
    define: { ...define, __PHOTO_WORKER__: JSON.stringify('./photo-worker.js') },
    plugins: [...common.plugins, bundled],
    entryPoints: { element: 'src/element/package.ts', define: 'src/element/try-it-on.ts', client: 'src/client/client.ts', react: 'src/react/react.ts' },
    outdir: out,
    splitting: true,
    external: ['react'],
    chunkNames: '[name]-[hash]',
  });
  await Promise.all([
    cp(join(dist, 'try-it-on-photo.js'), join(out, 'photo-worker.js')),
    cp(join(dist, 'types'), join(out, 'types'), { recursive: true }),
    // The type of the words is that of the English ones.
    cp(join(here, 'locales', 'en.json'), join(out, 'locales', 'en.json')),
    cp(join(dist, 'licences.txt'), join(out, 'licences.txt')),
    cp(join(dist, 'custom-elements.json'), join(out, 'custom-elements.json')),
    cp(join(dist, 'html-data.json'), join(out, 'html-data.json')),
    cp(join(here, '..', 'LICENSE'), join(here, 'package', 'LICENSE')),
  ]);
}

/** The merchant's page, `/staff`. Its style sheet is a file: the page's policy is its own. */
async function staff() {
  const out = join(dist, 'staff');
  await Promise.all([
    build({ ...common, entryPoints: ['src/staff/staff.ts'], outdir: out }),
    build({ bundle: true, minify: true, target, logLevel: 'warning', absWorkingDir: here, entryPoints: ['src/staff/staff.css'], outdir: out }),
    cp(join(here, 'staff', 'staff.html'), join(dist, 'staff.html')),
  ]);
}

/** What is bundled keeps its licence beside it. */
async function licences() {
  const bundled = ['lit-html', 'pica', 'idb-keyval', 'uplot'];
  const texts = bundled.map(async (name) => {
    const home = join(here, '..', 'node_modules', name);
    const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    const file = (await readdir(home)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version}\n\n${(await readFile(join(home, file), 'utf8')).trim()}\n`;
  });
  await writeFile(join(dist, 'licences.txt'), (await Promise.all(texts)).join('\n----\n\n'));
}

async function shop(define) {
  await Promise.all([
    build({ ...common, define, entryPoints: ['src/shop/shop.ts'], outdir: dist }),
    build({ ...common, define, entryPoints: ['src/shop/states.ts', 'src/shop/themes.ts'], outdir: dist }),
    cp(join(here, 'locales'), join(dist, 'locales'), { recursive: true }),
    cp(join(here, 'shop', '_headers'), join(dist, '_headers')),
    cp(join(here, 'shop', 'icon.svg'), join(dist, 'icon.svg')),
    cp(join(here, 'shop', 'llms.txt'), join(dist, 'llms.txt')),
    cp(join(here, 'shop', 'cart'), join(dist, 'cart'), { recursive: true }),
    style(),
    pictures(),
  ]);
  for (const [path, html] of pages()) {
    await mkdir(dirname(join(dist, path)), { recursive: true });
    await writeFile(join(dist, path), html);
  }
}

async function style() {
  const source = await readFile(join(here, 'shop', 'shop.css'), 'utf8');
  // No target here: lowering light-dark() would double every colour.
  const { code } = await transform(source, { loader: 'css', minify: true });
  await writeFile(join(dist, 'shop.css'), code);
}

/** Garments in the widths that the pages ask for; the original too, because that is what is tried on. */
async function pictures() {
  const from = join(here, 'shop', 'pictures');
  if (!existsSync(from)) return;
  await mkdir(join(dist, 'pictures'), { recursive: true });
  for (const file of await readdir(from)) {
    if (!/\.(jpg|svg|png)$/.test(file)) continue;
    await cp(join(from, file), join(dist, 'pictures', file));
    if (!file.endsWith('.jpg')) continue;
    const name = file.replace('.jpg', '');
    for (const width of [400, 800, 1200]) {
      await sharp(join(from, file)).resize({ width, withoutEnlargement: true }).webp({ quality: 82 }).toFile(join(dist, 'pictures', `${name}-${width}.webp`));
    }
  }
}

/** The extension carries its own copy of the element: Shopify serves it from its CDN. */
async function toShopify() {
  if (!existsSync(extension)) return;
  for (const old of await readdir(extension)) {
    if (/^try-it-on.*\.js$/.test(old)) await rm(join(extension, old));
  }
  for (const file of await readdir(dist)) {
    if (/^try-it-on.*\.js$/.test(file)) await cp(join(dist, file), join(extension, file));
  }
}
