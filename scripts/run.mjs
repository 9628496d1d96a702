// Runs commands, in the repository's root if nothing else is said.
import { spawn, spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, Failure } from './failure.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The pinned Node.js that npm installs, for everything after the set-up. */
export const node = join(root, 'node_modules', '.bin', 'node');

/** The environment of a command: this one's, npm's commands first on the path, and `more`. */
const environment = (more) => ({
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  ...more,
});

/** What cargo, npm and rustup say where a registry can't be reached. */
const OFFLINE = new RegExp(
  [
    'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH',
    "Could not resolve host|Couldn't resolve host|Could not connect|Temporary failure resolving",
    'network failure|spurious network error|error sending request',
    'could not download|failed to download',
  ].join('|'),
  'i',
);

const running = new Set();

/** Ends every command that still runs: once one step has failed, those beside it are of no use. */
export function stopRunning() {
  for (const child of running) child.kill();
}

/** The last characters of an error output that are looked at. */
const TAIL_CHARS = 20_000;

/**
 * Run a command to its end; resolves to its standard output if `capture` asks for it, which is
 * shown otherwise. What it writes to standard error is shown as it comes. One that is `interactive`
 * has the terminal to itself; one that `fetches` may fail for want of a network. Rejects with a
 * sentence unless it exits with 0.
 */
export async function run(
  command,
  args,
  { cwd = root, env = {}, capture = false, fetches = false, interactive = false } = {},
) {
  const child = spawn(command, args, {
    cwd,
    env: environment(env),
    stdio: interactive ? 'inherit' : ['ignore', capture ? 'pipe' : 'inherit', 'pipe'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    process.stderr.write(text);
    tail = (tail + text).slice(-TAIL_CHARS);
  });
  const [code, signal] = await ended(child, command);
  if (code === 0) return output;
  if (fetches && OFFLINE.test(tail)) {
    throw new Failure(
      `${command} could not reach its registry. Connect to the network and run this again: what has been fetched is kept.`,
      EXIT.network,
    );
  }
  throw new Failure(`${[command, ...args].join(' ')} ended with ${code ?? signal}.`);
}

const ended = (child, command) =>
  new Promise((resolve, reject) => {
    running.add(child);
    child.on('error', ({ message }) => {
      running.delete(child);
      reject(new Failure(`${command} could not be started: ${message}`, EXIT.machine));
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve([code, signal]);
    });
  });

/**
 * Run a command to its end and keep what it writes, both outputs in one; resolves whatever its exit
 * code is.
 */
export async function recorded(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await ended(child, command);
  return { isGood: code === 0, output };
}

/** The last of an output, where a command that fails says why. */
export const lastOf = (output) => output.slice(-800);

/** What a recorded command comes to that counts as one test. */
export const asOneTest = ({ isGood, output }) => ({
  passed: Number(isGood),
  failed: Number(!isGood),
  failures: isGood ? [] : [lastOf(output)],
});

/** Ask a command something quick: its status, undefined if it can't be started, and its output. */
export function probe(command, args, env = {}) {
  const options = { cwd: root, env: environment(env), encoding: 'utf8', maxBuffer: 1 << 26 };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status: status ?? undefined, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** The same promise for every call, so that what several steps need is done once. */
export function once(work) {
  let promise;
  return () => (promise ??= work());
}

/** Long work says this often that it goes on. */
const HEARTBEAT_MS = 30_000;

/**
 * Say what goes on and how long it usually takes on two cores, then do it, and say how long it
 * took.
 */
export async function step(what, usually, work) {
  console.log(`${what} (usually ${usually})`);
  const began = performance.now();
  const heartbeat = setInterval(
    () => console.log(`  goes on: ${what}, ${seconds(began)} s`),
    HEARTBEAT_MS,
  );
  try {
    const result = await work();
    console.log(`  done: ${what}, ${seconds(began)} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Whole seconds since `began`, a time of `performance.now()`. */
export const seconds = (began) => Math.round((performance.now() - began) / 1000);
