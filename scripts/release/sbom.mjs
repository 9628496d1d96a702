// A bill of materials in CycloneDX 1.6: the crates in the Workers, the packages in the scripts of
// the pages, and the packages that a release installs.
import { createHash } from 'node:crypto';
import { probe } from '../run.mjs';
import { WASM } from '../setup.mjs';

/** The crates that are compiled into both Workers; build scripts and tests are left out. */
export function crates(names) {
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', WASM];
  const { status, stdout, stderr } = probe('cargo', args);
  if (status !== 0) throw new Error(`cargo metadata: ${stderr}`);
  const { packages, resolve } = JSON.parse(stdout);
  const byId = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set(packages.filter(({ name }) => names.includes(name)).map(({ id }) => id));
  for (const id of seen) {
    const needed = nodes.get(id).deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null));
    for (const { pkg } of needed) seen.add(pkg);
  }
  return [...seen]
    .map((id) => byId.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license }) => component('cargo', name, version, license));
}

/** Packages of a lockfile, by their places in it. */
export function npmPackages(lock, places) {
  return places.filter(Boolean).map((place) => {
    const { version, license, integrity } = lock.packages[place];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return component('npm', name, version, license, integrity);
  });
}

function component(kind, name, version, license, integrity) {
  const purl = `pkg:${kind}/${name.replace('@', '%40')}@${version}`;
  const [, hash] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license === undefined || license === null
      ? {}
      : { licenses: [{ expression: license.replaceAll('/', ' OR ') }] }),
    ...(hash === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
  };
}

/** The whole bill. Its number is made of its content, so that the same release has the same bill. */
export function bill({ name, version, license }, components) {
  const unique = new Map(components.map((one) => [one['bom-ref'], one]));
  const sorted = [...unique.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `4${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${[...parts, digest.slice(20, 32)].join('-')}`,
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': name, name, version, licenses: [{ license: { id: license } }] },
    },
    components: sorted,
  };
}
