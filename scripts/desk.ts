// The gateway and the sandbox, built, in workerd on this machine: what `npm start` serves and what the tests drive.
// Bindings, dates and vars come from each Worker's own configuration.
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as workerOptions, unstable_readConfig as readConfig } from 'wrangler';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Settings of a Worker by name, as vars and secrets have them. `undefined` takes one away. */
export type Vars = Record<string, string | object | undefined>;

export interface WorkerInit {
  /** 0 is any free port. */
  port?: number;
  vars?: Vars;
  /** Rate limits other than wrangler.toml's, by binding: requests in its period. */
  rates?: Record<string, number>;
  /** A folder that keeps the storage between starts; without one it is gone at the end. */
  persist?: string;
  /** Adds `/v1/measured`, which tells how large wasm's memory is: V8's inspector does not count it. With `inspectorPort`. */
  measured?: boolean;
  /** A module of a test's, in front of the bundle: it imports `./index.js` and exports what that does. With `inspectorPort`. */
  door?: string;
  /** The folder of its bundle, if it isn't the Worker's own. */
  build?: string;
  /** Where the gateway's objects are Workers of their own: the folders of their bundles. Another release's, say. */
  objects?: { accounts: string; bodies: string };
  /** Lines of the Worker's console. */
  onLog?: (line: string) => void;
}

export interface RunningWorker {
  url: URL;
  miniflare: Miniflare;
  stop(): Promise<void>;
}

/** Start the Worker whose configuration is in `folder`. */
export async function startWorker(folder: string, init: WorkerInit = {}): Promise<RunningWorker> {
  const home = join(root, folder);
  const build = init.build ?? join(home, 'build');
  if (!existsSync(join(build, 'index.js'))) throw new Error(`${build} is missing: run npm run build first`);
  const config = readConfig({ config: configOf(home) }, { hideWarnings: true });
  for (const limit of config.ratelimits ?? []) limit.simple.limit = init.rates?.[limit.name] ?? limit.simple.limit;
  const { workerOptions: options, externalWorkers } = workerOptions(config);
  if (config.assets?.directory) mkdirSync(join(home, config.assets.directory), { recursive: true });
  const bindings = Object.fromEntries(
    Object.entries({ ...config.vars, ...init.vars }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  const { onLog, objects } = init;
  function gatewayWorkers() {
    const worker = { ...options, name: config.name ?? folder, bindings, modules: [...doors(build, init), ...modules(build)], modulesRoot: build };
    if (objects === undefined) return [worker];
    const durableObjects = {
      ACCOUNT: { className: 'AccountObject', scriptName: 'accounts', useSQLite: true },
      BODY: { className: 'BodyObject', scriptName: 'bodies', useSQLite: true },
    };
    const of = (name: string, build: string) => ({ ...worker, durableObjects, name, modules: modules(build), modulesRoot: build });
    return [{ ...worker, durableObjects }, of('accounts', objects.accounts), of('bodies', objects.bodies)];
  }
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: init.port ?? 0,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      ...(init.measured || init.door !== undefined ? { inspectorPort: 0 } : {}),
      ...(onLog ? { handleStructuredLogs: ({ message }: { message: string }) => onLog(message) } : {}),
      workers: [...gatewayWorkers(), ...externalWorkers],
    }),
    ...(init.persist ? { resourcePersistencePath: init.persist } : {}),
  });
  const url = await miniflare.ready;
  return { url, miniflare, stop: () => miniflare.dispose() };
}

/** A release has its configuration without the build, as JSON. */
const configOf = (home: string) => ['wrangler.jsonc', 'wrangler.toml'].map((name) => join(home, name)).find(existsSync);

/** What stands in front of the bundle; the first is the entry. */
function doors(build: string, { measured, door }: WorkerInit) {
  if (measured) return measuring(build);
  if (door === undefined) return [];
  return [{ type: 'ESModule' as const, path: join(build, basename(door)), contents: readFileSync(door, 'utf8') }];
}

/** A door in front of the bundle, for tests: it remembers each wasm memory that is made, and tells its size. */
function measuring(build: string) {
  const module = (name: string, contents: string) => ({ type: 'ESModule' as const, path: join(build, name), contents });
  return [
    module(
      'measured.js',
      `import { memories } from './memories.js';
      import Gateway from './index.js';
      export * from './index.js';
      export default {
        fetch(request, ...rest) {
          if (new URL(request.url).pathname !== '/v1/measured') return Gateway.fetch(request, ...rest);
          return Response.json({ wasmBytes: memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) });
        },
      };`,
    ),
    module(
      'memories.js',
      `export const memories = [];
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (...init) {
        const instance = new Instance(...init);
        memories.push(instance.exports.memory);
        return instance;
      };`,
    ),
  ];
}

/** The bundle: the door first, then the wasm. */
function modules(build: string) {
  const files = readdirSync(build).filter((name) => name.endsWith('.js') || name.endsWith('.wasm'));
  files.sort((one, other) => Number(other === 'index.js') - Number(one === 'index.js'));
  return files.map((name) => ({
    type: name.endsWith('.wasm') ? ('CompiledWasm' as const) : ('ESModule' as const),
    path: join(build, name),
  }));
}
