// A stand-in for Cloudflare's API: every call that the pinned wrangler makes for `wrangler deploy` and
// `wrangler secret put`, and the refusals of Cloudflare's that a wrong wrangler.toml meets. Numbers of errors are
// Cloudflare's. A call that it doesn't know is refused and kept in `unknown`.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readUpload, type Uploaded } from './upload.ts';

/** What an account is, for tests of its refusals. */
export interface Plan {
  isPaid: boolean;
  hasAnalyticsEngine: boolean;
}

/** A Worker as the account has it. */
export interface DeployedWorker {
  /** The last upload. */
  upload: Uploaded;
  /** Values by name, which Cloudflare shows to nobody. */
  secrets: Map<string, string>;
  migrationTag: string | undefined;
  /** Classes that have a namespace. */
  classes: Set<string>;
  crons: string[];
  hasWorkersDev: boolean;
  /** Files of the last upload, by path. */
  assets: string[];
}

export interface Cloudflare {
  /** What wrangler is started with. */
  env: { CLOUDFLARE_API_BASE_URL: string; CLOUDFLARE_API_TOKEN: string; CLOUDFLARE_ACCOUNT_ID: string };
  workers: Map<string, DeployedWorker>;
  /** KV namespaces: titles by id. */
  namespaces: Map<string, string>;
  /** `METHOD /path` of each call, without the account. */
  calls: string[];
  /** Calls that no route answers. */
  unknown: string[];
  stop(): Promise<void>;
}

const ACCOUNT = '0123456789abcdef0123456789abcdef';
const TOKEN = 'token-of-the-stand-in';
const SUBDOMAIN = 'shop';

/** An error of the API. */
export class Refused extends Error {
  status: number;
  code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const notFound = () => new Refused(404, 10007, 'This Worker does not exist on your account.');

/** A token of the asset service: wrangler reads what it says, and nobody checks its signature here. */
const jwt = (claims: object) => ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

export async function startCloudflare(plan: Plan = { isPaid: true, hasAnalyticsEngine: false }): Promise<Cloudflare> {
  const workers: Cloudflare['workers'] = new Map();
  const namespaces: Cloudflare['namespaces'] = new Map();
  /** Uploads of assets: the manifest, and what is still missing. */
  const sessions = new Map<string, { files: Map<string, string>; missing: Set<string> }>();
  const complete = new Map<string, string[]>();
  const versions = new Map<string, Uploaded>();
  const calls: string[] = [];
  const unknown: string[] = [];

  const worker = (name = ''): DeployedWorker => {
    const found = workers.get(name);
    if (found === undefined) throw notFound();
    return found;
  };
  /** What is visible of a Worker's bindings: of secrets their names. */
  const bindingsOf = ({ upload, secrets }: DeployedWorker) => [
    ...upload.metadata.bindings,
    ...[...secrets.keys()].map((name) => ({ type: 'secret_text', name })),
  ];

  /** Takes an upload in, or refuses it. Secrets that it doesn't name stay. */
  async function upload(name: string, request: Request): Promise<Uploaded> {
    const before = workers.get(name);
    const known = { before, namespaces, assets: complete, plan };
    const form = await request.formData().catch(() => {
      throw new Refused(400, 10021, 'The uploaded script has no content type of multipart/form-data.');
    });
    const uploaded = await readUpload(form, known);
    const secrets = new Map(uploaded.metadata.keep_bindings?.includes('secret_text') ? before?.secrets : []);
    const bindings = [];
    for (const binding of uploaded.metadata.bindings) {
      if (binding.type === 'secret_text') secrets.set(binding.name, binding.text ?? '');
      else if (binding.type === 'inherit') bindings.push(before?.upload.metadata.bindings.find((old) => old.name === binding.name) ?? binding);
      else bindings.push(binding);
    }
    uploaded.metadata.bindings = bindings;
    const { migrations, assets } = uploaded.metadata;
    workers.set(name, {
      upload: uploaded,
      secrets,
      migrationTag: migrations?.new_tag ?? before?.migrationTag,
      classes: new Set([...(before?.classes ?? []), ...(migrations?.steps ?? []).flatMap((step) => step.new_sqlite_classes ?? [])]),
      crons: before?.crons ?? [],
      hasWorkersDev: before?.hasWorkersDev ?? false,
      assets: complete.get(assets?.jwt ?? '') ?? [],
    });
    return uploaded;
  }

  const script = ({ migrationTag }: DeployedWorker) => ({ id: 'script', tag: 'tag', tags: [], migration_tag: migrationTag, last_deployed_from: 'wrangler' });
  const subdomain = (name: string) => {
    const { hasWorkersDev: enabled } = worker(name);
    return { enabled, previews_enabled: false, ...(enabled ? { url: `https://${name}.${SUBDOMAIN}.workers.dev` } : {}) };
  };

  /** The routes below an account. A pattern's star is a Worker's name or an id. */
  const routes: Record<string, (name: string, request: Request, url: URL) => unknown> = {
    'GET /workers/services/*': (name) => ({ id: name, default_environment: { environment: 'production', script: script(worker(name)) } }),
    'GET /workers/scripts/*/deployments': (name) => {
      worker(name);
      return { deployments: [{ id: randomUUID(), strategy: 'percentage', versions: [{ version_id: randomUUID(), percentage: 100 }] }] };
    },
    'GET /workers/scripts/*/secrets': (name) => [...worker(name).secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })),
    'GET /workers/scripts/*/settings': (name) => ({ bindings: bindingsOf(worker(name)) }),
    'GET /workers/subdomain': () => ({ subdomain: SUBDOMAIN }),
    'GET /storage/kv/namespaces': () => [...namespaces].map(([id, title]) => ({ id, title })),
    'POST /storage/kv/namespaces': async (_, request) => {
      const { title } = (await request.json()) as { title: string };
      if ([...namespaces.values()].includes(title)) throw new Refused(400, 10014, 'a namespace with this account ID and title already exists');
      const id = randomUUID().replaceAll('-', '');
      namespaces.set(id, title);
      return { id, title };
    },
    'POST /workers/scripts/*/assets-upload-session': async (_, request) => {
      const { manifest } = (await request.json()) as { manifest: Record<string, { hash: string; size: number }> };
      const session = randomUUID();
      const files = new Map(Object.entries(manifest).map(([path, { hash }]) => [hash, path]));
      sessions.set(session, { files, missing: new Set(files.keys()) });
      return { jwt: jwt({ session }), buckets: [[...files.keys()]] };
    },
    'POST /workers/assets/upload': async (_, request) => {
      const [, claims = ''] = (request.headers.get('authorization') ?? '').split('.');
      const { session } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { session?: string };
      const found = sessions.get(session ?? '');
      if (found === undefined) throw new Refused(401, 10000, 'Authentication error');
      for (const hash of (await request.formData()).keys()) {
        if (!found.files.has(hash)) throw new Refused(400, 10021, 'A file that the manifest does not have.');
        found.missing.delete(hash);
      }
      if (found.missing.size > 0) return {};
      const done = jwt({ completed: session });
      complete.set(done, [...found.files.values()].sort());
      return { jwt: done };
    },
    'PUT /workers/scripts/*': async (name, request) => {
      await upload(name, request);
      return { id: name, etag: 'etag', startup_time_ms: 5, deployment_id: randomUUID().replaceAll('-', '') };
    },
    'POST /workers/scripts/*/versions': async (name, request) => {
      worker(name);
      const uploaded = await upload(name, request);
      if (uploaded.metadata.migrations !== undefined) throw new Refused(400, 10211, 'Migrations must be fully applied by a deployment.');
      const id = randomUUID();
      versions.set(id, uploaded);
      return { id, startup_time_ms: 5, resources: { script: { etag: 'etag' } } };
    },
    'POST /workers/scripts/*/deployments': async (name, request) => {
      worker(name);
      const body = (await request.json()) as { versions: { version_id: string }[] };
      if (!body.versions.every(({ version_id }) => versions.has(version_id))) throw new Refused(404, 10092, 'No such version.');
      return { id: randomUUID() };
    },
    'PATCH /workers/scripts/*/script-settings': async (name, request) => {
      const settings = (await request.json()) as Partial<Uploaded['metadata']>;
      Object.assign(worker(name).upload.metadata, settings);
      return settings;
    },
    'GET /workers/workers/*': (name) => ({ id: 'worker', name, subdomain: subdomain(name) }),
    'GET /workers/scripts/*/subdomain': (name) => subdomain(name),
    'POST /workers/scripts/*/subdomain': async (name, request) => {
      worker(name).hasWorkersDev = ((await request.json()) as { enabled: boolean }).enabled;
      return subdomain(name);
    },
    'PUT /workers/scripts/*/schedules': async (name, request) => {
      const crons = ((await request.json()) as { cron: string }[]).map(({ cron }) => cron);
      const isCron = (cron: string) => /^(\S+ ){4}\S+$/.test(cron);
      if (!crons.every(isCron)) throw new Refused(400, 10100, 'invalid cron string');
      worker(name).crons = crons;
      return { schedules: crons.map((cron) => ({ cron })) };
    },
    'PUT /workers/scripts/*/secrets': async (name, request) => {
      const secret = (await request.json()) as { name: string; text: string };
      const { upload, secrets } = worker(name);
      if (upload.metadata.bindings.some((binding) => binding.name === secret.name)) {
        throw new Refused(400, 10053, `Binding name '${secret.name}' already in use.`);
      }
      secrets.set(secret.name, secret.text);
      return { name: secret.name, type: 'secret_text' };
    },
  };

  /** The route of a path, and what stands for its star. */
  function find(method: string, path: string): [(typeof routes)[string], string] | undefined {
    for (const [pattern, route] of Object.entries(routes)) {
      const [, name] = new RegExp(`^${pattern.replace('*', '([^/]+)')}$`).exec(`${method} ${path}`) ?? [];
      if (name !== undefined || pattern === `${method} ${path}`) return [route, name ?? ''];
    }
    return undefined;
  }

  async function answer(request: Request): Promise<unknown> {
    const url = new URL(request.url);
    const path = url.pathname.replace(`/accounts/${ACCOUNT}`, '');
    calls.push(`${request.method} ${path}`);
    const isOfAssets = path === '/workers/assets/upload';
    if (!isOfAssets && request.headers.get('authorization') !== `Bearer ${TOKEN}`) throw new Refused(403, 10000, 'Authentication error');
    if (path.startsWith('/accounts/')) throw new Refused(403, 9109, 'Unauthorized to access requested resource');
    const found = find(request.method, path);
    if (found === undefined) {
      unknown.push(`${request.method} ${path}`);
      throw new Refused(404, 7000, 'No route for that URI');
    }
    const [route, name] = found;
    return route(name, request, url);
  }

  const server = createServer((incoming, outgoing) => {
    void received(incoming)
      .then(answer)
      .then(
        (result) => ({ status: 200, body: { success: true, errors: [], messages: [], result } }),
        (error: unknown) => {
          const { status, code, message } = error instanceof Refused ? error : new Refused(500, 10001, String(error));
          return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
        },
      )
      .then(({ status, body }) => outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
    workers,
    namespaces,
    calls,
    unknown,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request with its body read, as `fetch` has it. */
async function received(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/', headers } = incoming;
  const init = { method, headers: headers as Record<string, string> };
  return new Request(new URL(url, 'http://api'), chunks.length === 0 ? init : { ...init, body: Buffer.concat(chunks) });
}
