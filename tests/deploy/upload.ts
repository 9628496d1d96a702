// An upload of a Worker as Cloudflare's API takes it: a multipart form of `metadata` and modules. What a wrong
// wrangler.toml leads to is refused, with Cloudflare's numbers and nearly its words.
import { gzipSync } from 'node:zlib';
import { Refused, type DeployedWorker, type Plan } from './cloudflare.ts';

export interface Binding {
  type: string;
  name: string;
  text?: string;
  class_name?: string;
  namespace_id?: string;
  simple?: { limit: number; period: number };
  dataset?: string;
}

export interface Migrations {
  old_tag?: string;
  new_tag: string;
  steps: { new_classes?: string[]; new_sqlite_classes?: string[] }[];
}

/** The metadata of an upload, as far as it is looked at. */
export interface Metadata {
  main_module: string;
  bindings: Binding[];
  compatibility_date?: string;
  compatibility_flags?: string[];
  keep_bindings?: string[];
  migrations?: Migrations;
  assets?: { jwt: string; config?: { run_worker_first?: string[] | boolean } };
  limits?: { cpu_ms?: number };
  observability?: { enabled: boolean; logs?: { enabled: boolean; invocation_logs?: boolean }; traces?: { enabled: boolean } };
}

export interface Uploaded {
  metadata: Metadata;
  /** Bytes by name. */
  modules: Map<string, Buffer>;
}

/** What the account has already. */
export interface Known {
  before: DeployedWorker | undefined;
  namespaces: Map<string, string>;
  /** Completed uploads of assets, by their token. */
  assets: Map<string, string[]>;
  plan: Plan;
}

/** The upload, unless something about it is refused. */
export async function readUpload(form: FormData, known: Known): Promise<Uploaded> {
  const text = form.get('metadata');
  if (typeof text !== 'string') throw new Refused(400, 10021, 'No metadata part.');
  const metadata = JSON.parse(text) as Metadata;
  const modules = new Map<string, Buffer>();
  for (const [name, part] of form) {
    if (typeof part !== 'string') modules.set(name, Buffer.from(await part.arrayBuffer()));
  }
  const main = modules.get(metadata.main_module);
  if (main === undefined) throw new Refused(400, 10021, 'The main module is not among the uploaded ones.');
  requireDate(metadata);
  requireSize(modules);
  requireLimits(metadata, known.plan);
  requireMigrations(metadata, main.toString(), known);
  const names = new Set<string>();
  for (const binding of metadata.bindings) {
    if (names.has(binding.name)) throw new Refused(400, 10053, `Binding name '${binding.name}' already in use.`);
    names.add(binding.name);
    requireBinding(binding, metadata, known);
  }
  if (metadata.assets !== undefined && !known.assets.has(metadata.assets.jwt)) {
    throw new Refused(400, 10304, 'The assets of this upload are not complete.');
  }
  return { metadata, modules };
}

function requireDate({ compatibility_date: date }: Metadata): void {
  if (date === undefined || !/^\d{4}-\d\d-\d\d$/.test(date)) throw new Refused(400, 10021, 'A compatibility date is required.');
  if (Date.parse(date) > Date.now()) throw new Refused(400, 10021, `Can't set compatibility date in the future: ${date}`);
}

function requireSize(modules: Map<string, Buffer>): void {
  const bytes = [...modules.values()].reduce((sum, module) => sum + gzipSync(module).length, 0);
  if (bytes > 3_000_000) throw new Refused(413, 10027, 'Your Worker exceeded the size limit of 3 MiB.');
}

function requireLimits({ limits }: Metadata, plan: Plan): void {
  const cpuMs = limits?.cpu_ms;
  if (cpuMs === undefined) return;
  if (!plan.isPaid) throw new Refused(400, 100328, 'CPU limits are not supported for the Free plan.');
  if (!Number.isInteger(cpuMs) || cpuMs < 1 || cpuMs > 300_000) throw new Refused(400, 100327, 'The CPU limit is not within 1 and 300000 ms.');
}

function requireMigrations({ migrations }: Metadata, main: string, { before, plan }: Known): void {
  if (migrations === undefined) return;
  if (migrations.old_tag !== before?.migrationTag) {
    throw new Refused(412, 10079, `Migration tag precondition failed; expected tag '${before?.migrationTag ?? ''}' but got '${migrations.old_tag ?? ''}'`);
  }
  for (const { new_classes: classes = [], new_sqlite_classes: sqlite = [] } of migrations.steps) {
    if (classes.length > 0 && !plan.isPaid) {
      throw new Refused(400, 10097, 'In order to use Durable Objects with a free plan, you must create a namespace using a `new_sqlite_classes` migration.');
    }
    for (const name of [...classes, ...sqlite]) {
      if (before?.classes.has(name)) throw new Refused(400, 10074, `Cannot apply new-sqlite-class migration to class '${name}' that is already depended on by existing Durable Objects.`);
      if (!isExported(main, name)) throw new Refused(400, 10070, `Cannot apply --new-class migration to class '${name}' without also binding to it or exporting it.`);
    }
  }
}

/** Whether a bundle that esbuild wrote exports this name. */
function isExported(main: string, name: string): boolean {
  const lists = [...main.matchAll(/export\s*\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','));
  return lists.some((entry) => entry.trim().split(/\s+as\s+/).at(-1) === name);
}

function requireBinding(binding: Binding, { migrations }: Metadata, { before, namespaces, plan }: Known): void {
  const { type, name } = binding;
  switch (type) {
    case 'durable_object_namespace': {
      const made = (migrations?.steps ?? []).flatMap((step) => [...(step.new_classes ?? []), ...(step.new_sqlite_classes ?? [])]);
      if (!before?.classes.has(binding.class_name ?? '') && !made.includes(binding.class_name ?? '')) {
        throw new Refused(400, 10061, `Cannot create binding for class '${binding.class_name}' that is not currently configured to implement durable objects.`);
      }
      return;
    }
    case 'kv_namespace':
      if (!namespaces.has(binding.namespace_id ?? '')) throw new Refused(400, 10041, `KV namespace '${binding.namespace_id}' not found.`);
      return;
    case 'inherit': {
      const isThere = before?.upload.metadata.bindings.some((old) => old.name === name) || before?.secrets.has(name);
      if (!isThere) throw new Refused(400, 10057, `inherit binding '${name}' is invalid: there is no such binding.`);
      return;
    }
    case 'ratelimit':
      if (!/^[1-9]\d*$/.test(binding.namespace_id ?? '') || ![10, 60].includes(binding.simple?.period ?? 0)) {
        throw new Refused(400, 10021, `Rate limit '${name}' needs a whole number as its namespace, and a period of 10 or 60.`);
      }
      return;
    case 'analytics_engine':
      if (!plan.hasAnalyticsEngine) throw new Refused(403, 10089, 'You need to enable Analytics Engine.');
      return;
    case 'plain_text':
    case 'secret_text':
    case 'json':
    case 'assets':
      return;
    default:
      throw new Refused(400, 10021, `binding ${name} of type ${type} is not known`);
  }
}
