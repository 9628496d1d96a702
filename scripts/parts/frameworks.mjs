// The element on pages of frameworks, which are installed here and nowhere else, in one version each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, step } from '../run.mjs';
import { specs } from './workers.mjs';

const folder = join(root, '.tools', 'frameworks');

const dependencies = {
  '@hotwired/turbo': '8.0.23',
  react: '19.3.1',
  'react-dom': '19.3.1',
  vue: '3.5.45',
};

export async function frameworks() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await step('Turbo, React, Vue: fetch', '10 s', () =>
    run('npm', ['install', '--prefix', folder, ...flags], { fetches: true }),
  );
  return specs(['storefront/tests/frameworks.spec.ts'], { FRAMEWORKS: folder });
}
