// The gateway and the sandbox, built, in workerd on this machine: what `npm start` serves and what the tests drive.
// Bindings, dates and vars come from each Worker's own wrangler.toml.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
  /** V8's inspector, by which a test measures memory. */
  inspect?: boolean;
  /** A folder that keeps the storage between starts; without one it is gone at the end. */
  persist?: string;
  /** Lines of the Worker's console. */
  onLog?: (line: string) => void;
}

export interface RunningWorker {
  url: URL;
  miniflare: Miniflare;
  stop(): Promise<void>;
}

/** Start the Worker whose wrangler.toml is in `folder`. */
export async function startWorker(folder: string, init: WorkerInit = {}): Promise<RunningWorker> {
  const home = join(root, folder);
  const build = join(home, 'build');
  if (!existsSync(join(build, 'index.js'))) throw new Error(`${build} is missing: run npm run build first`);
  const config = readConfig({ config: join(home, 'wrangler.toml') }, { hideWarnings: true });
  // Secrets come with `vars` here, rather than from files or the environment of whoever runs this.
  delete config.secrets;
  for (const limit of config.ratelimits ?? []) limit.simple.limit = init.rates?.[limit.name] ?? limit.simple.limit;
  const { workerOptions: options, externalWorkers } = workerOptions(config);
  if (config.assets?.directory) mkdirSync(join(home, config.assets.directory), { recursive: true });
  const bindings = Object.fromEntries(
    Object.entries({ ...config.vars, ...init.vars }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  const { onLog } = init;
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: init.port ?? 0,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      ...(init.inspect ? { inspectorPort: 0 } : {}),
      ...(onLog ? { handleStructuredLogs: ({ message }: { message: string }) => onLog(message) } : {}),
      workers: [{ ...options, name: config.name ?? folder, bindings, modules: modules(build), modulesRoot: build }, ...externalWorkers],
    }),
    ...(init.persist ? { resourcePersistencePath: init.persist } : {}),
  });
  const url = await miniflare.ready;
  return { url, miniflare, stop: () => miniflare.dispose() };
}

/** The bundle that worker-build made: the shim first, then the wasm. */
function modules(build: string) {
  const files = readdirSync(build).filter((name) => name.endsWith('.js') || name.endsWith('.wasm'));
  files.sort((one, other) => Number(other === 'index.js') - Number(one === 'index.js'));
  return files.map((name) => ({
    type: name.endsWith('.wasm') ? ('CompiledWasm' as const) : ('ESModule' as const),
    path: join(build, name),
  }));
}
