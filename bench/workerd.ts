// A Worker under plain `workerd serve`, with a hand-written config: no dev proxy in front, which would cost more than the Worker.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const WORKERD = createRequire(import.meta.url)('workerd').default as string;

/** The objects’ storage is in memory where the machine has such a folder: its disk is not what is measured. */
export const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** workerd has a core of its own, and whoever asks it has another. */
const PINS = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
const [WORKERD_CORE, OUR_CORE] = ['0', '1'];

export interface Module {
  name: string;
  bytes: Uint8Array;
}

export interface WorkerInit {
  /** The first is the entry. */
  modules: Module[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  vars: Record<string, string>;
  /** Durable Object classes by binding. */
  objects: Record<string, string>;
  /** Where every outbound request goes. */
  upstreamPort: number;
  /** A folder that keeps the objects’ storage; without one it is gone at the end. */
  store?: string;
}

export interface Workerd {
  pid: number;
  port: number;
  /** By `performance.now()`. */
  spawnedAt: number;
  stop(): Promise<void>;
}

/** This process and the fakes in it leave workerd's core alone, from now on or again not. */
export function pinOurselves(pinned: boolean): boolean {
  if (!PINS) return false;
  const cores = pinned ? OUR_CORE : `0-${availableParallelism() - 1}`;
  return spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)]).status === 0;
}

/** Whatever ends this process, nothing of a Worker is left. */
const cleanUps = new Set<() => void>();
process.on('exit', () => cleanUps.forEach((cleanUp) => cleanUp()));

/** Resolves when it listens. */
export async function startWorkerd(init: WorkerInit): Promise<Workerd> {
  const folder = mkdtempSync(join(MEMORY, 'fitting-room-bench-'));
  const store = init.store ?? join(folder, 'storage');
  mkdirSync(store, { recursive: true });
  for (const { name, bytes } of init.modules) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, 'config.capnp'), configOf(init, store));
  // The text of a configuration, modules and all, is compiled before the clock starts: that isn't the Worker's start, and no platform does it then.
  writeFileSync(join(folder, 'config'), execFileSync(WORKERD, ['compile', '--config-only', 'config.capnp'], { cwd: folder, maxBuffer: 1 << 26 }));
  const serve = [WORKERD, 'serve', '--control-fd=3', '--binary', 'config'];
  const [command = '', ...args] = PINS ? ['taskset', '--cpu-list', WORKERD_CORE, ...serve] : serve;
  const spawnedAt = performance.now();
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const cleanUp = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  cleanUps.add(cleanUp);
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk}`.slice(-4_000)));
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await Promise.race([
    listening(child),
    gone.then(() => {
      throw new Error(`workerd ended before it listened: ${complaints}`);
    }),
  ]);
  return {
    pid: child.pid ?? Number.NaN,
    port,
    spawnedAt,
    async stop() {
      child.kill('SIGKILL');
      await gone;
      cleanUp();
      cleanUps.delete(cleanUp);
    },
  };
}

/** workerd tells its events as JSON, a line each. */
function listening(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as NodeJS.ReadableStream;
  let text = '';
  return new Promise((resolve) => {
    control.on('data', (chunk: Buffer) => {
      text += chunk;
      const port = /"event":"listen".*"port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

function configOf({ modules, compatibilityDate, compatibilityFlags, vars, objects, upstreamPort }: WorkerInit, store: string): string {
  const quoted = (text: string) => JSON.stringify(text);
  const list = (items: string[]) => `[${items.join(', ')}]`;
  const bindings = [
    ...Object.entries(vars).map(([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`),
    ...Object.entries(objects).map(([name, className]) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(className)})`),
    '(name = "OUTPUTS", kvNamespace = "outputs")',
  ];
  const namespaces = Object.values(objects).map((name) => `(className = ${quoted(name)}, uniqueKey = ${quoted(name)}, enableSql = true)`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "upstream", external = (address = "127.0.0.1:${upstreamPort}", http = ())),
    (name = "outputs", worker = .outputs),
    (name = "storage", disk = (path = ${quoted(store)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = ${list(modules.map(({ name }) => `(name = ${quoted(name)}, ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed ${quoted(name)})`))},
  compatibilityDate = ${quoted(compatibilityDate)},
  compatibilityFlags = ${list(compatibilityFlags.map(quoted))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(namespaces)},
  ${namespaces.length > 0 ? 'durableObjectStorage = (localDisk = "storage"),' : ''}
  globalOutbound = "upstream",
);

# Workers KV, for base64 outputs: no measured path touches it.
const outputs :Workerd.Worker = (
  modules = [(name = "outputs.js", esModule = "export default { fetch: () => new Response(null, { status: 404 }) }")],
  compatibilityDate = ${quoted(compatibilityDate)},
);
`;
}

/** A process's memory in kB, as the kernel counts it: now, and at its highest since the last reset. */
export function memoryKb(pid: number): { now: number; highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { now: of('VmRSS'), highest: of('VmHWM') };
}

export function resetHighestMemory(pid: number) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
