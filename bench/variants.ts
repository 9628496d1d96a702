// What is measured: the gateway as it is built, and its peers as esbuild bundles them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { unstable_readConfig as readConfig } from 'wrangler';
import { SHOP } from '../tests/gateway.ts';
import type { Module, WorkerInit } from './workerd.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `before` is another build of the gateway, where one is named. */
export const VARIANTS = ['gateway', 'before', 'hono', 'plain', 'fal', 'empty'] as const;
export type VariantName = (typeof VARIANTS)[number];

/** All but the gateways are bundled from `bench/peers/`. */
export type Variant = { name: VariantName } & Omit<WorkerInit, 'upstreamPort'>;

/** The gateway's address as the world knows it: the addresses of outputs and webhooks begin with it. */
export const PUBLIC_ORIGIN = 'https://try.example';

/** So wide that nothing waits and no budget ends. */
const LIMITS = {
  CONCURRENT_RUNS: '1000',
  RUN_RATE: '100000/1',
  STATUS_RATE: '100000/1',
  DAY_CREDITS: '100000000',
  VISITOR_DAY_CREDITS: '100000000',
  VISITOR_DAY_ATTEMPTS: '100000000',
};

const SETTINGS = {
  ...LIMITS,
  FASHN_API_KEY: 'the-key-that-never-leaves',
  SIGNING_SECRET: 'a-signing-secret-of-the-bench'.padEnd(40, '-'),
  ALLOWED_ORIGINS: SHOP,
  PRODUCT_HOSTS: 'cdn.shopify.com',
  PUBLIC_ORIGIN,
};

const GATEWAY_OBJECTS = { ACCOUNT: 'AccountObject', BODY: 'BodyObject' };
const PEER_OBJECTS = { PREDICTION: 'PredictionObject', DISPATCHER: 'DispatcherObject' };

export interface Builds {
  /** This checkout's own, if there is none. */
  build?: string | undefined;
  before?: string | undefined;
}

export function variantOf(name: VariantName, { build = join(root, 'build'), before = build }: Builds = {}): Variant {
  const { compatibility_date: compatibilityDate = '', compatibility_flags: compatibilityFlags } = readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true });
  // The platform is the same for all.
  const bare = { name, compatibilityDate, compatibilityFlags, vars: {}, objects: {} };
  switch (name) {
    case 'gateway':
    case 'before':
      return { ...bare, modules: built(name === 'before' ? before : build), vars: SETTINGS, objects: GATEWAY_OBJECTS };
    case 'hono':
    case 'plain':
      return { ...bare, modules: [bundled(name)], vars: SETTINGS, objects: PEER_OBJECTS };
    case 'fal':
      // It reads its key from `process.env`.
      return { ...bare, modules: [bundled(name)], compatibilityFlags: ['nodejs_compat'], vars: { FAL_KEY: 'a-key-of-fal' } };
    case 'empty':
      return { ...bare, modules: [bundled(name)] };
  }
}

export const gzipBytes = ({ modules }: Variant) => modules.reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).length, 0);

/** As it is deployed: the entry first. */
function built(build: string): Module[] {
  const names = readdirSync(build).filter((name) => name.endsWith('.js') || name.endsWith('.wasm'));
  names.sort((one, other) => Number(other === 'index.js') - Number(one === 'index.js'));
  return names.map((name) => ({ name, bytes: readFileSync(join(build, name)) }));
}

function bundled(name: VariantName): Module {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'bench', 'peers', `${name}.ts`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    conditions: ['workerd', 'worker', 'import'],
    external: ['cloudflare:*', 'node:*', 'path'],
    write: false,
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of ${name}`);
  return { name: 'index.js', bytes: file.contents };
}
