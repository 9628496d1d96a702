// Canaries: known secrets, photographs and addresses go through every route and every fault, and then are looked for
// wherever they don't belong: log lines, answers, what FASHN is sent, the files of the storage.
import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHOP, json, startGateway, startOwnFashn, tryOn, until, type Call, type Gateway, type OwnFashn } from './gateway.ts';

const KEY = 'canary-fashn-key-7f3a';
const SIGNING = 'canary-signing-secret-0123456789abcdef';
const SIGNING_PREVIOUS = 'canary-signing-previous-0123456789abcdef';
const STAFF = 'canary-staff-token-91c2';
const STAFF_PREVIOUS = 'canary-staff-previous-55d0';
const APP = 'canary-shopify-secret-e814';
const GARMENT = 'canary-garment-secret-0123456789abcdef';
const GARMENT_PREVIOUS = 'canary-garment-previous-0123456789abcdef';
/** A shop that takes only garments that it signed. */
const SIGNED_SHOP = 'https://signed.example';
const IP = '203.0.113.77';
const CUSTOMER = 'canary-customer-60315';
/** A PNG's header, and then what stands for the rest of a photograph. */
const PIXELS = Buffer.from('CANARY-PIXELS-OF-A-SHOPPER-CANARY-PIXELS-OF-A-SHOPPER');
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d4948445200000360000005100806000000', 'hex'), Buffer.from([0]), PIXELS]);
const PHOTO = `data:image/png;base64,${PNG.toString('base64')}`;
/** Thirty of its bytes as base64, whatever stands before it. */
const PHOTO_TEXT = PIXELS.toString('base64').slice(8, 48);
const ADDRESS = 'https://photos.example/canary-address-of-a-shopper-2c9e.jpg';

/** What may be seen nowhere at all but where `allowed` says. */
const CANARIES = {
  KEY, SIGNING, SIGNING_PREVIOUS, STAFF, STAFF_PREVIOUS, APP, GARMENT, GARMENT_PREVIOUS, IP, CUSTOMER, PHOTO_TEXT,
  PIXELS: PIXELS.toString(), ADDRESS: 'canary-address-of-a-shopper-2c9e',
};
type Canary = keyof typeof CANARIES;

let fashn: OwnFashn;
let gateway: Gateway;
let store: string;
const answers: { what: string; text: string }[] = [];
const webhooks = new Set<string>();
const ids = new Set<string>();

beforeAll(async () => {
  store = mkdtempSync(join(tmpdir(), 'fitting-room-canary-'));
  fashn = await startOwnFashn();
  gateway = await startGateway(
    fashn.url,
    {
      FASHN_API_KEY: KEY, SIGNING_SECRET: SIGNING, SIGNING_SECRET_PREVIOUS: SIGNING_PREVIOUS, STAFF_TOKEN: STAFF, STAFF_TOKEN_PREVIOUS: STAFF_PREVIOUS,
      GARMENT_SECRET_SIGNED: GARMENT, GARMENT_SECRET_SIGNED_PREVIOUS: GARMENT_PREVIOUS,
      SHOPS: { signed: { origins: [SIGNED_SHOP], garment_secret: 'GARMENT_SECRET_SIGNED' } },
      LOG_LEVEL: 'debug', SHOPIFY_SECRET: APP, SHOPPER_PICTURE_HOSTS: 'photos.example', FASHN_TIMEOUT_SECONDS: '1',
    },
    { store, door: fileURLToPath(new URL('metrics/recorder.mjs', import.meta.url)) },
  );
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
  rmSync(store, { recursive: true, force: true });
});

const SENDERS: Record<string, Record<string, string>> = {
  page: { origin: SHOP },
  staff: { authorization: `Bearer ${STAFF}` },
  'staff with the previous token': { authorization: `Bearer ${STAFF_PREVIOUS}` },
  'a page that knows too much': { origin: SHOP, authorization: `Bearer ${KEY}`, cookie: SIGNING },
  'a page whose garments are signed': { origin: SIGNED_SHOP },
  'a foreign page': { origin: 'https://evil.example' },
  nobody: {},
};
const BODIES: Record<string, unknown> = {
  good: tryOn({ model_image: PHOTO }),
  'by address': tryOn({ model_image: ADDRESS }),
  'photograph in the wrong place': { ...tryOn(), model_name: PHOTO, consent: PHOTO },
  'photograph as a number’s value': tryOn({ model_image: PHOTO, seed: PHOTO, mode: PHOTO, num_samples: PHOTO }),
  'photograph as a name': tryOn({ [PHOTO_TEXT]: 1 }),
  'photograph in broken JSON': `{"model_name":"tryon-v1.6","inputs":{"model_image":"${PHOTO}"`,
  'photograph of the wrong type': tryOn({ model_image: PHOTO.replace('image/png', 'image/jpeg') }),
  'address with a user': tryOn({ model_image: ADDRESS.replace('https://', `https://${IP}@`) }),
  'secret in the signature’s place': { ...tryOn(), garment_signature: GARMENT },
  'address of a host that is not allowed': tryOn({ garment_image: ADDRESS }),
};

/** Everything of an answer, kept under a name. */
async function keep(what: string, asked: Promise<Response>): Promise<Response> {
  const answer = await asked;
  const body = Buffer.from(await answer.clone().arrayBuffer());
  answers.push({ what, text: `${answer.status} ${[...answer.headers].join('\n')}\n${body.toString('latin1')}` });
  return answer;
}
/** Each run is another one: an equal one would join it. */
let seed = 0;
const fresh = (body: unknown) => (body === BODIES['good'] || body === BODIES['by address'] ? tryOn({ ...(body as { inputs: object }).inputs, seed: (seed += 1) }) : body);
const post = (what: string, path: string, body: unknown, headers: Record<string, string>) =>
  keep(what, gateway.ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-connecting-ip': IP, 'x-forwarded-for': IP, 'x-real-ip': IP, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(fresh(body)),
  }));

const FAULTS: Record<string, OwnFashn['answer']> = {
  ...Object.fromEntries(
    ([[400, 'BadRequest'], [401, 'UnauthorizedAccess'], [404, 'NotFound'], [429, 'RateLimitExceeded'], [429, 'ConcurrencyLimitExceeded'], [429, 'OutOfCredits'], [500, 'InternalServerError']] as const).map(
      ([status, error]) => [`${status} ${error}`, (_: Call, response: ServerResponse) => json(response, status, { error, message: 'in its words' })],
    ),
  ),
  'an error that repeats the key': (call, response) =>
    json(response, 401, { error: 'UnauthorizedAccess', message: `No such key: ${call.headers.authorization}` }),
  'a success that repeats the key': (call, response) => json(response, 200, { id: call.headers.authorization, error: null }),
  'a redirect': (_, response) => void response.writeHead(307, { location: `https://evil.example/${KEY}` }).end(),
  'a page': (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'nothing that can be read': (_, response) => void response.writeHead(500).end(Buffer.from([0xff, 0xfe])),
  'a broken line': (_, response) => void response.destroy(),
  'half an answer': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"id"', () => response.destroy());
  },
  silence: () => {},
};

/** FASHN as it should be, which remembers where its webhooks go. */
const working = (call: Call, response: ServerResponse) => {
  const webhook = call.query.get('webhook_url');
  if (webhook !== null) webhooks.add(new URL(webhook).pathname);
  json(response, 200, call.method === 'POST' ? { id: 'a-u1', error: null } : { id: 'a-u1', error: null, status: 'completed', output: [`${fashn.url}/a.png`] });
};

test('canaries go through every route and every fault', async () => {
  fashn.answer = working;
  for (const [sender, headers] of Object.entries(SENDERS)) {
    for (const [name, body] of Object.entries(BODIES)) {
      for (const path of ['/v1/run', '/v1/quote']) {
        const answer = await post(`${path} from ${sender}, ${name}`, path, body, headers);
        const { id } = (await answer.json()) as { id?: string };
        if (id !== undefined) ids.add(id);
      }
    }
    for (const path of ['/v1/credits', '/healthz', '/readyz', '/v1/status/nothing', '/nowhere']) await keep(`${path} from ${sender}`, gateway.ask(path, { headers }));
    await keep(`preflight from ${sender}`, gateway.ask('/v1/run', { method: 'OPTIONS', headers }));
  }
  // Through a shop's proxy, with a customer.
  const query = new URLSearchParams({ shop: 'a.myshopify.com', timestamp: String(Math.floor(Date.now() / 1000)), logged_in_customer_id: CUSTOMER });
  query.set('signature', createHmac('sha256', APP).update([...query].map(([name, value]) => `${name}=${value}`).sort().join('')).digest('hex'));
  expect((await post('through the proxy', `/v1/run?${query}`, BODIES['good'], {})).status).toBe(200);
  await post('through the proxy, changed', `/v1/run?${query}&x=1`, BODIES['good'], {});
  // Every fault, for a run, its status by the webhook, and the credits.
  for (const [fault, answer] of Object.entries(FAULTS)) {
    fashn.answer = answer;
    for (const sender of ['page', 'staff']) await post(`${fault}: /v1/run from ${sender}`, '/v1/run', BODIES['good'], SENDERS[sender] ?? {});
    await keep(`${fault}: credits`, gateway.ask('/v1/credits', { headers: SENDERS['staff'] ?? {} }));
    for (const webhook of [...webhooks].slice(0, 2)) await post(`${fault}: webhook`, webhook, { id: 'a-u1', status: 'completed', output: [ADDRESS] }, {});
  }
  // And how it should be.
  fashn.answer = working;
  for (const webhook of webhooks) {
    await post('webhook', webhook, { id: 'a-u1', status: 'completed', output: [ADDRESS] }, {});
    await post('webhook with nonsense', webhook, PHOTO, {});
  }
  for (const id of ids) {
    await keep('status', gateway.ask(`/v1/status/${id}`));
    await keep('output', gateway.ask(`/v1/outputs/${id}/0`));
  }
  expect(ids.size).toBeGreaterThan(5);
  expect(webhooks.size).toBeGreaterThan(5);
  // Some faults are the log's business: without a line there would be nothing to look through.
  await until(() => gateway.log.length > 0);
});

/** Which canaries are in a text. */
const found = (text: string, but: readonly Canary[] = []): string[] =>
  Object.entries(CANARIES).flatMap(([name, canary]) => (text.includes(canary) && !but.includes(name as Canary) ? [name] : []));

test('log and metrics have none of them, nor an id, nor a webhook’s address', () => {
  const log = gateway.log.join('\n');
  console.log(`${answers.length} answers, ${gateway.log.length} log lines, ${fashn.calls.length} calls at FASHN looked through`);
  expect(found(log)).toEqual([]);
  // An id and a webhook's token begin with the run's ticket.
  for (const id of ids) expect(log).not.toContain(id.slice(0, 24));
  for (const webhook of webhooks) expect(log).not.toContain(webhook.split('/').at(-1)?.slice(0, 24));
  // Each run was followed and counted all the same.
  expect(log).toContain('metric {');
  expect(log.match(/"run":"[0-9a-f]{8}"/g)?.length).toBeGreaterThan(ids.size);
});

test('no answer has any of them', () => {
  // A name that nobody knows is repeated to whoever sent it: it is in their own request.
  const repeated = answers.filter(({ what }) => what.includes('photograph as a name'));
  expect(repeated.length).toBeGreaterThan(0);
  for (const { what, text } of answers) {
    const but: Canary[] = what.includes('photograph as a name') ? ['PHOTO_TEXT'] : [];
    expect(found(text, but), what).toEqual([]);
    for (const webhook of webhooks) expect(text, what).not.toContain(webhook);
  }
});

test('FASHN is sent its key in one header, the pictures in the body, and no more', () => {
  for (const { headers, body, path, query } of fashn.calls) {
    const { authorization, ...rest } = headers;
    // The picture itself is fetched without the key.
    expect([`Bearer ${KEY}`, undefined]).toContain(authorization);
    if (authorization === undefined) expect(path).toBe('/a.png');
    expect(found(JSON.stringify(rest) + path + query.toString())).toEqual([]);
    expect(found(body, ['PHOTO_TEXT', 'ADDRESS'])).toEqual([]);
  }
});

test('nothing of it is left in the storage', async () => {
  await gateway.stop();
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' }).map((name) => join(store, name)).filter((path) => statSync(path).isFile());
  expect(files.some((path) => path.includes('BodyObject'))).toBe(true);
  for (const path of files) {
    // A run that waits for its turn has its body in its own object, and nowhere else.
    const but: Canary[] = path.includes('BodyObject') ? ['PHOTO_TEXT', 'ADDRESS'] : [];
    expect(found(readFileSync(path).toString('latin1'), but), path).toEqual([]);
  }
});
