// A copy of what a deploy reads, built already: wrangler's own build step would write over what other tests run.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Finished {
  code: number | null;
  /** Both outputs in one. */
  output: string;
}

export interface Tree {
  folder: string;
  /** Starts a command as a shell in the folder does. */
  start(command: string, env?: Record<string, string>): ChildProcess;
  /** Runs a command to its end, with this on its standard input. */
  run(command: string, env?: Record<string, string>, input?: string): Promise<Finished>;
  remove(): void;
}

/** Nothing of this machine's own reaches wrangler, and wrangler reaches nobody but the test. */
const ENV = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CI: 'true',
  NO_COLOR: '1',
  // With that of the machine npm would run other commands than the tree's.
  NODE_OPTIONS: '',
};

export function copyTree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-deploy-'));
  for (const name of ['wrangler.toml', 'rust-toolchain.toml', 'package-lock.json', '.npmrc', 'scripts', 'build', 'storefront/dist', 'sandbox/wrangler.toml', 'sandbox/build']) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !path.endsWith('/target') });
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  manifest.scripts['build'] = 'node --version';
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  // The folder is no link itself: `npm ci` would empty what a link leads to.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const env = (more: Record<string, string>) => {
    const { PATH = '', HOME = '', CARGO_HOME, RUSTUP_HOME } = process.env;
    const rust = Object.fromEntries(Object.entries({ CARGO_HOME, RUSTUP_HOME }).filter(([, value]) => value !== undefined));
    return { ...ENV, PATH, HOME, ...rust, XDG_CONFIG_HOME: join(folder, '.config'), ...more } as Record<string, string>;
  };
  const start = (command: string, more: Record<string, string> = {}) =>
    spawn('/bin/sh', ['-c', `exec ${command}`], { cwd: folder, env: env(more), stdio: 'pipe', detached: true });
  return {
    folder,
    start,
    run: (command, more, input = '') =>
      new Promise((resolve, reject) => {
        const child = start(command, more);
        let output = '';
        for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, output }));
        child.stdin?.end(input);
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The commands of the code block that follows these words of a document. */
export function commandsOf(document: string, words: string): string[] {
  const [, after = ''] = readFileSync(join(root, document), 'utf8').split(words);
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(after) ?? [];
  return block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}
