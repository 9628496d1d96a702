// The WooCommerce plugin: its coding standard, its decisions, and the plugin in Debian's WordPress.
import { join } from 'node:path';
import { hasApt, install } from '../apt.mjs';
import { build } from '../build.mjs';
import { chromium } from '../browsers.mjs';
import { EXIT, Failure } from '../failure.mjs';
import { node, probe, recorded, root, step } from '../run.mjs';

const home = join(root, 'woocommerce');

const PACKAGES = [
  'php-cli',
  'php-mysql',
  'php-xml',
  'php-mbstring',
  'phpunit',
  'php-codesniffer',
  'mariadb-server',
  'wordpress',
];

export async function woocommerce() {
  await packages();
  const parts = [
    await counted('coding standard', '3 s', 'phpcs', ['-q', standard], () => undefined),
    await counted('unit tests', '1 s', 'phpunit', ['-c', join(home, 'phpunit.xml.dist')], phpunit),
    await shop(),
  ];
  const total = (name) => parts.reduce((sum, counts) => sum + counts[name], 0);
  return { passed: total('passed'), failed: total('failed') };
}

const standard = `--standard=${join(home, 'phpcs.xml.dist')}`;

/** Each test as a shopper's Chromium and WordPress' own pages see the plugin. */
async function shop() {
  await build(['storefront']);
  const CHROMIUM_PATH = await chromium();
  const file = join(home, 'tests', 'world', 'plugin.test.mjs');
  const args = ['--test', '--test-reporter=tap', file];
  return counted('in WordPress', '2 min', node, args, tap, { CHROMIUM_PATH });
}

async function packages() {
  const isMissing = (name) =>
    !probe('dpkg-query', ['-W', '-f=${Status}', name]).stdout.endsWith(' installed');
  const missing = PACKAGES.filter(isMissing);
  if (missing.length === 0) return;
  if (!hasApt()) {
    throw new Failure(
      `The WooCommerce part runs on Debian 12, whose packages it needs: ${missing.join(', ')}.`,
      EXIT.machine,
    );
  }
  await install(missing, '2 min');
}

/** Prints what a command says only if it fails; one without counts is one test. */
async function counted(what, usually, command, args, counts, env) {
  const { isGood, output } = await step(`woocommerce: ${what}`, usually, () =>
    recorded(command, args, env),
  );
  if (!isGood) console.error(output);
  const { passed, failed } = counts(output) ?? { passed: Number(isGood), failed: 0 };
  return { passed, failed: failed || Number(!isGood) };
}

/** The closing line of phpunit: `OK (74 tests, …)`, or `Tests: 74, Assertions: …, Failures: 1.` */
function phpunit(output) {
  const all = /^OK \((\d+) tests?|^Tests: (\d+)/m.exec(output);
  if (all === null) return undefined;
  const tests = Number(all[1] ?? all[2]);
  const bad = [...output.matchAll(/(?:Errors|Failures|Warnings|Risky): (\d+)/g)];
  const failed = bad.reduce((sum, [, number]) => sum + Number(number), 0);
  return { passed: tests - failed, failed };
}

function tap(output) {
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled') };
}
