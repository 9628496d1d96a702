// What other people's programs make of openapi.json: Schemathesis' requests, and generated clients.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { python } from '../python.mjs';
import { root, run, step } from '../run.mjs';
import { specs } from './workers.mjs';

export async function schemathesis() {
  const bin = await python('schemathesis==4.32.5');
  return specs(['tests/generated/schemathesis.spec.ts'], { SCHEMATHESIS: join(bin, 'schemathesis') });
}

const folder = join(root, '.tools', 'clients');

const dependencies = {
  'openapi-fetch': '0.17.0',
  'openapi-typescript': '7.13.0',
  // What its generator and the generated types are written for.
  typescript: '5.9.3',
};

export async function clients() {
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await step('openapi-typescript: fetch', '10 s', () =>
    run('npm', ['install', '--prefix', folder, ...flags], { fetches: true }),
  );
  const bin = await python('openapi-python-client==0.29.1', 'mypy==1.19.0');
  return specs(['tests/generated/clients.spec.ts'], { CLIENTS: folder, CLIENTS_PYTHON: bin });
}
