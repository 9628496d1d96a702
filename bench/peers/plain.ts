// The gateway's routes in JavaScript without a library, written for speed: the picture is looked at once, with the character
// class that is cheapest to search for, and FASHN gets the bytes that came unless something in them has to go.
import { BODY_BYTES_MOST, PICTURE_BYTES_MOST, type Env } from './env.ts';
import { begins, fromHosts } from './picture.ts';
import { ALLOWED, EXPOSED, NOT_FOUND, PRIVATE, PUBLIC_FOR_30_S, envelope, hinted, listed, lookUp, shopState, submit, tagOf, webhookTicket, type Problem } from './tryon.ts';
import { greet } from './visitor.ts';

export { DispatcherObject } from './dispatcher.ts';
export { PredictionObject } from './prediction.ts';

type Check = (value: unknown, hosts: string[]) => string | undefined;
type Fault = NonNullable<Problem['errors']>[number];

const oneOf = (...names: string[]): Check => (value) => (names.includes(value as string) ? undefined : `must be one of: ${names.join(', ')}`);
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** What a shopper may ask of `tryon-v1.6`. */
const INPUTS = new Map<string, Check>([
  ['model_image', photograph],
  ['garment_image', product],
  ['category', oneOf('auto', 'tops', 'bottoms', 'one-pieces')],
  ['segmentation_free', flag],
  ['moderation_level', oneOf('conservative', 'permissive')],
  ['garment_photo_type', oneOf('auto', 'flat-lay', 'model')],
  ['mode', oneOf('performance', 'balanced', 'quality')],
  ['seed', (value) => (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 4_294_967_295 ? undefined : 'must be a whole number from 0 to 4294967295')],
  ['num_samples', (value) => (value === 1 ? undefined : 'must be 1')],
  ['output_format', oneOf('png', 'jpeg')],
  ['return_base64', flag],
]);
const REQUIRED = ['model_image', 'garment_image'];
const FOREIGN = /[^A-Za-z0-9+/=]/;

function photograph(value: unknown): string | undefined {
  const form = 'must be a JPEG, PNG or WebP as a data URL in base64';
  if (typeof value !== 'string' || value.length > (PICTURE_BYTES_MOST / 3) * 4) return form;
  const type = /^data:image\/(jpeg|png|webp);base64,/.exec(value.slice(0, 40));
  if (!type) return form;
  const data = value.slice(type[0].length);
  const padding = data.indexOf('=');
  if (data === '' || FOREIGN.test(data) || (padding >= 0 && (padding < data.length - 2 || !data.endsWith('=')))) return form;
  return begins(data, type[1] ?? '') ? undefined : 'is not the picture that it says it is';
}

function product(value: unknown, hosts: string[]): string | undefined {
  const good = typeof value === 'string' && value.length <= 2_048 && fromHosts(value, hosts);
  return good ? undefined : 'must be the address of a picture on a host that the shop allows';
}

/** The settings don't change while an isolate lives. */
let settings: { origins: Set<string>; hosts: string[] } | undefined;
const settingsOf = (env: Env) => (settings ??= { origins: new Set(listed(env.ALLOWED_ORIGINS)), hosts: listed(env.PRODUCT_HOSTS) });

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const [expose, allow] = [EXPOSED.join(','), ALLOWED.join(',')];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const origin = request.headers.get('origin');
    const page = origin !== null && settingsOf(env).origins.has(origin) ? origin : undefined;
    const headers: Record<string, string> = { ...PRIVATE, vary: 'Origin' };
    if (page !== undefined) {
      headers['access-control-allow-origin'] = page;
      headers['access-control-expose-headers'] = expose;
    }
    try {
      const found = await route(request, env, page, headers);
      return 'message' in found ? answer(found, headers) : found;
    } catch (error) {
      console.error(error);
      return answer({ status: 500, error: 'InternalServerError', message: 'Something went wrong here.' }, headers);
    }
  },
};

async function route(request: Request, env: Env, page: string | undefined, headers: Record<string, string>): Promise<Response | Problem> {
  const { url, method } = request;
  const from = url.indexOf('/', 8);
  const query = url.indexOf('?', from);
  const path = query < 0 ? url.slice(from) : url.slice(from, query);
  if (method === 'OPTIONS') {
    if (page !== undefined) Object.assign(headers, { 'access-control-allow-methods': 'GET,POST', 'access-control-allow-headers': allow, 'access-control-max-age': '7200' });
    return new Response(null, { status: 204, headers });
  }
  if (path === '/v1/run' && method === 'POST') return run(request, env, page, headers);
  if (path.startsWith('/v1/status/') && method === 'GET') return status(request, env, path.slice('/v1/status/'.length), headers);
  if (path.startsWith('/webhooks/fashn/') && method === 'POST') return webhook(request, env, path.slice('/webhooks/fashn/'.length), headers);
  if (path === '/v1/shop' && method === 'GET') return shop(env, page, headers);
  if (path === '/healthz' && method === 'GET') return Response.json({ status: 'ok' }, { headers });
  return NOT_FOUND;
}

async function run(request: Request, env: Env, page: string | undefined, headers: Record<string, string>): Promise<Response | Problem> {
  if (page === undefined) return { status: 403, error: 'Forbidden', message: 'This page may not ask.' };
  const length = request.headers.get('content-length');
  if (length === null || Number(length) > BODY_BYTES_MOST) return { status: 413, error: 'BadRequest', message: 'The body is too large.' };
  const bytes = new Uint8Array(await request.arrayBuffer());
  const body = jsonOf(bytes);
  if (body === undefined) return { status: 400, error: 'BadRequest', message: 'The body is not JSON.' };
  const { model_name, inputs } = body as { model_name?: unknown; inputs?: unknown };
  const errors = faultsOf(model_name, inputs, settingsOf(env).hosts);
  if (errors.length > 0) return { status: 400, error: 'BadRequest', message: 'The request has faults.', errors };
  // Both are there, so two keys are all there are.
  const asItCame = Object.keys(body).length === 2;
  const visitor = await greet(env, request.headers);
  const id = await submit(env, visitor.name, 1, asItCame ? bytes : encoder.encode(JSON.stringify({ model_name, inputs })));
  if (typeof id !== 'string') return id;
  if (visitor.token !== undefined) headers['x-visitor'] = visitor.token;
  return Response.json({ id, error: null }, { headers });
}

function faultsOf(model: unknown, inputs: unknown, hosts: string[]): Fault[] {
  if (model !== 'tryon-v1.6') return [{ path: 'model_name', message: 'must be tryon-v1.6' }];
  if (typeof inputs !== 'object' || inputs === null) return [{ path: 'inputs', message: 'must be an object' }];
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const check = INPUTS.get(name);
    const message = check ? check(value, hosts) : 'is no input';
    if (message !== undefined) faults.push({ path: `inputs.${name}`, message });
  }
  for (const name of REQUIRED) if (!(name in inputs)) faults.push({ path: `inputs.${name}`, message: 'is missing' });
  return faults;
}

async function status(request: Request, env: Env, id: string, headers: Record<string, string>): Promise<Response | Problem> {
  const prediction = await lookUp(env, id);
  if (!prediction) return NOT_FOUND;
  const tag = tagOf(prediction);
  headers['etag'] = tag;
  if (prediction.expiresMs === null) headers['retry-after'] = '2';
  if (prediction.creditsUsed !== undefined) headers['x-fashn-credits-used'] = String(prediction.creditsUsed);
  if (request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers });
  return Response.json(envelope(env, prediction), { headers });
}

async function shop(env: Env, page: string | undefined, headers: Record<string, string>): Promise<Response | Problem> {
  if (page === undefined) return { status: 403, error: 'Forbidden', message: 'This page may not ask.' };
  const state = await shopState(env);
  headers['cache-control'] = PUBLIC_FOR_30_S;
  return Response.json(state, { headers });
}

async function webhook(request: Request, env: Env, token: string, headers: Record<string, string>): Promise<Response | Problem> {
  const ticket = await webhookTicket(env, token);
  if (!ticket) return NOT_FOUND;
  const claim = jsonOf(new Uint8Array(await request.arrayBuffer())) as { id?: unknown; status?: unknown } | undefined;
  if (typeof claim?.id !== 'string' || !/^[\w-]{1,128}$/.test(claim.id) || typeof claim.status !== 'string') {
    return { status: 400, error: 'BadRequest', message: 'The body is no prediction.' };
  }
  return (await hinted(env, ticket, claim.id)) ?? new Response(null, { status: 204, headers });
}

/** Nothing if it isn't an object. */
function jsonOf(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function answer({ status, retryAfter, ...body }: Problem, headers: Record<string, string>): Response {
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
  return Response.json(body, { status, headers });
}
