// The package.json files of a release.
import { settingsTable } from '../doctor/table.mjs';

const pinned = ({ devDependencies }, names) =>
  Object.fromEntries(names.map((name) => [name, devDependencies[name]]));

/** The package that brings the command `fitting-room`. */
export const manifest = (own) => ({
  name: '@fitting-room/gateway',
  version: own.version,
  description: own.description,
  license: own.license,
  type: 'module',
  bin: { 'fitting-room': 'scripts/cli.mjs' },
  engines: own.engines,
  dependencies: pinned(own, ['miniflare', 'node', 'wrangler']),
});

/** What Cloudflare's button shows beside each field of its form. */
const DESCRIPTIONS = {
  FASHN_API_KEY: 'The key from FASHN’s [developer dashboard](https://app.fashn.ai). It never leaves the server.',
  SIGNING_SECRET: 'Signs ids and webhook addresses: 32 characters or more, as `openssl rand -base64 32` makes them.',
  ALLOWED_ORIGINS: 'Origins of the shop’s pages: `https://shop.example`, with spaces between several.',
  OUTPUTS: 'Holds pictures that FASHN sends in base64, until their time is over.',
};

/** The folder of the deploy button: wrangler deploys what is there, nothing is built. */
export function deployManifest(own, settingsFile) {
  const table = settingsTable(settingsFile);
  const unknown = Object.keys(DESCRIPTIONS).filter((name) => name !== 'OUTPUTS' && !table.has(name));
  if (unknown.length > 0) throw new Error(`docs/settings.md has no ${unknown.join(', ')}`);
  return {
    name: 'fitting-room',
    version: own.version,
    private: true,
    description: own.description,
    license: own.license,
    scripts: { deploy: 'wrangler deploy', dev: 'wrangler dev' },
    dependencies: pinned(own, ['wrangler']),
    cloudflare: {
      bindings: Object.fromEntries(
        Object.entries(DESCRIPTIONS).map(([name, description]) => [name, { description }]),
      ),
    },
  };
}
