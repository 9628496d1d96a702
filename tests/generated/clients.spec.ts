// Two generators make a client out of the contract; a program with the least that a run takes is checked by the types of
// each, and plays a try-on from the run to the bytes of its picture.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from '../desk.ts';
import { STAFF_TOKEN } from '../gateway.ts';

const { CLIENTS = '', CLIENTS_PYTHON = '' } = process.env;
const CONTRACT = fileURLToPath(new URL('../../openapi.json', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** A PNG's first bytes, and its length. */
const PICTURE = /^89504e47 \d{4,}\n$/;

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

/** What a command prints. */
async function told(command: string, args: string[], cwd: string): Promise<string> {
  const path = [CLIENTS_PYTHON, process.env['PATH']].join(delimiter);
  const child = spawn(command, args, { cwd, env: { ...process.env, PATH: path } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect(code, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** An empty folder for what is generated. */
function empty(name: string): string {
  const folder = join(CLIENTS, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

test('openapi-typescript: its types take a minimal run, and openapi-fetch plays it', { timeout: 120_000 }, async () => {
  const folder = empty('typescript');
  const tool = (name: string) => join(CLIENTS, 'node_modules/.bin', name);
  copyFileSync(program('program.ts'), join(folder, 'program.ts'));
  await told(tool('openapi-typescript'), [CONTRACT, '--output', 'api.d.ts'], folder);
  await told(tool('tsc'), ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--typeRoots', program('../../node_modules/@types'), 'program.ts'], folder);
  expect(await told('node', ['program.js', desk.gateway.url.href, STAFF_TOKEN], folder)).toMatch(PICTURE);
});

test('openapi-python-client: mypy takes a minimal run, and the client plays it', { timeout: 120_000 }, async () => {
  const folder = empty('python');
  const tool = (name: string) => join(CLIENTS_PYTHON, name);
  copyFileSync(program('program.py'), join(folder, 'program.py'));
  await told(tool('openapi-python-client'), ['generate', '--path', CONTRACT, '--output-path', 'gateway', '--meta', 'none'], folder);
  // The generator's own files aren't strict.
  await told(tool('mypy'), ['--strict', '--follow-imports', 'silent', 'program.py'], folder);
  expect(await told(tool('python'), ['program.py', desk.gateway.url.href, STAFF_TOKEN], folder)).toMatch(PICTURE);
});
