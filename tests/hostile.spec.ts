// Requests that mean no good. Each is refused with the status that fits, and neither writes a record nor calls FASHN:
// both are counted, before and after each.
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bare, postHead, type BareInit } from './bare.ts';
import { MODEL_IMAGE, SHOP, STAFF_TOKEN, accepting, startGateway, startOwnFashn, tryOn, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';

const SIGNING_SECRET = 'another-signing-secret-of-the-tests-0123456789';
const SHOPIFY_SECRET = 'the-client-secret-of-the-app';
const LIMIT_BYTES = 100_000;
/** A shop that takes only garments that it signed. */
const SIGNED_SHOP = 'https://signed.example';
const GARMENT_SECRET = 'the-secret-that-signs-garments-0123456789';

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn();
  // Out on the web, as far as it knows: what it allows on this machine alone is not allowed.
  gateway = await startGateway(fashn.url, {
    SIGNING_SECRET, SHOPIFY_SECRET, MAX_BODY_BYTES: String(LIMIT_BYTES), PUBLIC_ORIGIN: 'https://try.example',
    SHOPS: { signed: { origins: [SIGNED_SHOP], shopify: ['signed.myshopify.com'], garment_secret: 'GARMENT_SECRET_SIGNED' } },
    GARMENT_SECRET_SIGNED: GARMENT_SECRET,
  });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});

interface Refusal {
  status: number;
  /** The paths of the fields that are told to be wrong. */
  paths?: string[] | undefined;
}
/** A name, what is sent, and what must come of it. */
type Row = [string, () => Promise<Refusal>, number, string?];

// ---- how things are sent

const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
const page = { origin: SHOP };

async function refusal(answer: Response): Promise<Refusal> {
  const text = await answer.text();
  // Whatever is refused is refused in FASHN's shape, and without a page that isn't the shop's.
  if (answer.status !== 204) expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^\w+$/), message: expect.stringMatching(/\w/) });
  // A page of another origin may read that it isn't allowed, and nothing else.
  const readers = answer.status === 403 ? ['*', SHOP] : [null, SHOP, SIGNED_SHOP, 'https://try.example'];
  expect(answer.headers.get('access-control-allow-origin')).toSatisfy((origin) => readers.includes(origin));
  const paths = text === '' ? undefined : (JSON.parse(text) as { errors?: { path: string }[] }).errors?.map(({ path }) => path);
  return { status: answer.status, paths };
}

const ask = (path: string, init: RequestInit) => async () => refusal(await gateway.ask(path, init));

const post = (body: unknown, headers: Record<string, string> = page, path = '/v1/run') =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });

/** Bytes on a bare connection. 0 is a connection that was closed without an answer. */
const raw = (bytes: string | Buffer, init: BareInit = {}) => async (): Promise<Refusal> => ({ status: (await bare(Number(gateway.url.port), bytes, init)).status });
const good = JSON.stringify(tryOn());
const head = (lines: string[], first = 'POST /v1/run HTTP/1.1') =>
  [first, 'Host: try.example', `Origin: https://evil.example`, 'Content-Type: application/json', ...lines, '', ''].join('\r\n');

// ---- what is sent

const data = (type: string, bytes: string | Buffer) => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const png = (width: number, height: number) => {
  const header = Buffer.from('89504e470d0a1a0a0000000d4948445200000000000000000806000000', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
};
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108048003600301110002110103110100', 'hex');

const origins: Row[] = [
  ...[
    'https://evil.example', 'null', 'https://shop.example.evil.example', 'https://evilshop.example', 'https://x.shop.example', 'http://shop.example',
    'https://shop.example:8443', 'https://shop.example:80', 'https://shop.example.', 'https://shop.example@evil.example', 'https://evil.example#https://shop.example',
    'https://shop.example/page', 'https://shop.example, https://evil.example', 'https://evil.example https://shop.example', 'shop.example', '//shop.example', '*',
    'https://*', 'https://*.example', 'file://', 'chrome-extension://abcdefghijklmnop', 'data:text/html,x', 'https://127.0.0.1', 'http://localhost:3000',
    'https://shop.example%00.evil.example', 'https://shop%2eexample.evil.example', 'https://xn--shp-ypa.example', 'https://try.example.evil.example', 'http://try.example',
  ].map((origin): Row => [`origin ${origin}`, post(tryOn(), { origin }), 403]),
  ['no origin', post(tryOn(), {}), 401],
  ['a referer instead of an origin', post(tryOn(), { referer: `${SHOP}/product` }), 401],
  ['a forwarded host instead of an origin', post(tryOn(), { 'x-forwarded-host': 'shop.example', forwarded: 'host=shop.example;proto=https' }), 401],
  ['fetch metadata that says same-origin', post(tryOn(), { 'sec-fetch-site': 'same-origin' }), 401],
  ['an origin for the staff’s own route', ask('/v1/credits', { headers: page }), 401],
  ['a foreign origin for the staff’s own route', ask('/v1/credits', { headers: { origin: 'https://evil.example' } }), 403],
  ['a quote for a foreign page', post(tryOn(), { origin: 'https://evil.example' }, '/v1/quote'), 403],
];

const tokens: Row[] = [
  ...[
    'Bearer wrong', 'Bearer', 'Bearer ', `Basic ${Buffer.from(`staff:${STAFF_TOKEN}`).toString('base64')}`, STAFF_TOKEN, `Bearer ${STAFF_TOKEN}x`,
    `Bearer ${STAFF_TOKEN.slice(0, -1)}`, `Bearer ${STAFF_TOKEN.toUpperCase()}`, `Bearer Bearer ${STAFF_TOKEN}`, `Bearer ${STAFF_TOKEN}, Bearer ${STAFF_TOKEN}`,
    `Bearer "${STAFF_TOKEN}"`, `Bearer\t${STAFF_TOKEN}`, `Token ${STAFF_TOKEN}`, 'Bearer the-key-that-never-leaves', `Bearer ${SIGNING_SECRET}`, `Bearer ${SHOPIFY_SECRET}`,
    'Bearer null', 'Bearer undefined', 'Bearer *', `Bearer ${'a'.repeat(8_000)}`,
  ].map((authorization): Row => [`authorization ${authorization.slice(0, 40)}`, post(tryOn(), { authorization, ...page }), 401]),
  ['the token in the query', post(tryOn(), {}, `/v1/run?token=${STAFF_TOKEN}&access_token=${STAFF_TOKEN}`), 401],
  ['the token in a cookie', post(tryOn(), { cookie: `token=${STAFF_TOKEN}` }), 401],
  ['the token as an API key', post(tryOn(), { 'x-api-key': STAFF_TOKEN }), 401],
  ['the token in the body', post({ ...tryOn(), token: STAFF_TOKEN, authorization: `Bearer ${STAFF_TOKEN}` }, {}), 401],
  ['credits without a token', ask('/v1/credits', {}), 401],
  ['credits with a wrong one', ask('/v1/credits', { headers: { authorization: 'Bearer wrong' } }), 401],
];

function signed(fields: Record<string, string>, secret = SHOPIFY_SECRET): string {
  const query = new URLSearchParams({ shop: 'a.myshopify.com', timestamp: String(Math.floor(Date.now() / 1000)), ...fields });
  const text = [...query].map(([name, value]) => `${name}=${value}`).sort().join('');
  query.set('signature', createHmac('sha256', secret).update(text).digest('hex'));
  return query.toString();
}
const proxied = (query: () => string, headers: Record<string, string> = {}, path = '/v1/run') => () => post(tryOn(), headers, `${path}?${query()}`)();

const shopify: Row[] = [
  ['a proxy’s prefix without a signature', post(tryOn(), page, '/apps/try-on/v1/run'), 401],
  ['a proxy’s prefix, doubled', post(tryOn(), page, '/apps/try-on/apps/try-on/v1/run'), 404],
  ['signed with another secret', proxied(() => signed({}, 'another-secret-of-an-app')), 401],
  ['signed with nothing', proxied(() => signed({}, '')), 401],
  ['signed an hour ago', proxied(() => signed({ timestamp: String(Math.floor(Date.now() / 1000) - 3_600) })), 401],
  ['signed tomorrow', proxied(() => signed({ timestamp: String(Math.floor(Date.now() / 1000) + 86_400) })), 401],
  ['signed at no time', proxied(() => signed({ timestamp: 'now' })), 401],
  ['signed for what is no Shopify shop', proxied(() => signed({ shop: 'evil.example' })), 401],
  ['signed for a shop with a path', proxied(() => signed({ shop: 'a.myshopify.com/evil' })), 401],
  ['a second shop beside the signed one', proxied(() => `${signed({})}&shop=evil.myshopify.com`), 401],
  ['a second signature', proxied(() => `${signed({})}&signature=${'0'.repeat(64)}`), 401],
  ['one more field', proxied(() => `${signed({})}&logged_in_customer_id=1`), 401],
  ['the signature in capitals', proxied(() => signed({}).replace(/signature=(\w+)/, (_, hex: string) => `signature=${hex.toUpperCase()}`)), 401],
  ['an empty signature beside an allowed origin', post(tryOn(), page, '/v1/run?signature='), 401],
  ['a wrong signature beside the staff token', post(tryOn(), staff, `/v1/run?signature=${'0'.repeat(64)}`), 401],
  ['a privacy webhook that nobody signed', ask('/webhooks/shopify/shop-redact', { method: 'POST', body: '{}' }), 401],
  ['a privacy webhook with a wrong signature', ask('/webhooks/shopify/shop-redact', { method: 'POST', headers: { 'x-shopify-hmac-sha256': 'AAAA' }, body: '{}' }), 401],
  ['a privacy webhook of no topic', ask('/webhooks/shopify/__proto__', { method: 'POST', body: '{}' }), 404],
];

const product = (address: string): Row => [`a shopper’s product at ${address.slice(0, 60)}`, post(tryOn({ garment_image: address })), 400, 'inputs.garment_image'];
const photo = (address: string): Row => [`a shopper’s photograph at ${address.slice(0, 60)}`, post(tryOn({ model_image: address })), 400, 'inputs.model_image'];
const anybody = (address: string): Row => [`staff’s picture at ${JSON.stringify(address).slice(0, 60)}`, post(tryOn({ model_image: address }), staff), 400, 'inputs.model_image'];

const addresses: Row[] = [
  ...[
    'https://evil.example/a.jpg', 'https://cdn.shopify.com.evil.example/a.jpg', 'https://cdn.shopify.com@evil.example/a.jpg', 'https://evil.example#@cdn.shopify.com/',
    'https://evil.example/?https://cdn.shopify.com/', 'https://cdn.shopify.com%2eevil.example/a.jpg', 'https://cdn.shopify.com:8443/a.jpg', 'http://cdn.shopify.com/a.jpg',
    'https://cdn.shopify.com./a.jpg', 'https://xcdn.shopify.com/a.jpg', 'https://cdn。shopify。com/a.jpg', 'https://try.example:444/a.jpg', 'https://user@try.example/a.jpg',
    '//cdn.shopify.com/a.jpg', MODEL_IMAGE,
  ].map(product),
  ...['https://cdn.shopify.com/a.jpg', 'https://photos.example/me.jpg', 'http://127.0.0.1/me.jpg'].map(photo),
  ...[
    'http://user@example.com/a.jpg', 'http://127.0.0.1:1/a.jpg', 'https://127.0.0.1/', 'https://127.1/', 'https://0/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/', 'https://[::1]/', 'https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://[fe80::1]/', 'https://[fd00::1]/', 'https://10.0.0.1/', 'https://192.168.0.1/',
    'https://172.16.0.1/', 'https://169.254.169.254/latest/meta-data/', 'https://100.100.100.200/', 'https://metadata.google.internal/', 'https://localhost/', 'https://a.localhost/',
    'https://localhost./', 'https://localhost.localdomain/', 'https://printer.local/', 'https://intranet/', 'https://db.internal/', 'https://1.0.0.127.in-addr.arpa/',
    'https://user:pass@example.com/', 'https://exam\tple.com/', 'https://example.com\\@evil.example/', 'https://example.com\n.evil.example/',
    'ftp://example.com/a.jpg', 'file:///etc/passwd', 'gopher://example.com/', 'javascript:alert(1)', 'blob:https://shop.example/1', 'about:blank', 'https://', 'https:///a', 'https://.example/..',
    '/a.jpg', 'a.jpg', '', ' ', '\u0000', 'cid:1', 'view-source:https://example.com/', 'jar:https://example.com!/',
  ].map(anybody),
];

// ---- garments of a shop that signs them

const SHIRT = 'https://cdn.shopify.com/s/files/shirt.jpg?v=1&width=2000';
const garmentSignature = (address: string, secret = GARMENT_SECRET, purpose = 'fitting-room/garment:') =>
  createHmac('sha256', secret).update(purpose + address).digest('hex');
const right = garmentSignature(SHIRT);
const garment = (name: string, address: string, garment_signature: unknown, path = '/v1/run'): Row => [
  `a garment ${name}`, post({ ...tryOn({ garment_image: address }), garment_signature }, { origin: SIGNED_SHOP }, path), 400,
  typeof (garment_signature ?? '') === 'string' ? 'inputs.garment_image' : 'garment_signature',
];
const asForm = (fields: Record<string, string | Blob>) => {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  return ask('/v1/run', { method: 'POST', headers: { origin: SIGNED_SHOP }, body });
};

const garments: Row[] = [
  garment('without a signature', SHIRT, undefined),
  ...([['null', null], ['true', true], ['a list', [right]], ['an object', { garment_image: right }], ['empty', ''], ['zeros', '0'.repeat(64)]] as const).map(([name, value]) =>
    garment(`whose signature is ${name}`, SHIRT, value)),
  garment('with one bit of the signature flipped', SHIRT, right.replace(/^./, (digit) => (parseInt(digit, 16) ^ 1).toString(16))),
  garment('with half of the signature', SHIRT, right.slice(0, 32)),
  garment('with a digit more', SHIRT, `${right}0`),
  garment('with a blank before the signature', SHIRT, ` ${right}`),
  garment('with the signature in base64', SHIRT, Buffer.from(right, 'hex').toString('base64')),
  garment('with 80,000 letters of signature', SHIRT, 'a'.repeat(80_000)),
  garment('signed with another secret', SHIRT, garmentSignature(SHIRT, 'another-secret-entirely-0123456789')),
  garment('signed with nothing', SHIRT, garmentSignature(SHIRT, '')),
  garment('signed with the app’s secret', SHIRT, garmentSignature(SHIRT, SHOPIFY_SECRET)),
  garment('signed for something else', SHIRT, garmentSignature(SHIRT, GARMENT_SECRET, 'fitting-room/visitor:')),
  garment('signed without its purpose', SHIRT, garmentSignature(SHIRT, GARMENT_SECRET, '')),
  garment('with another’s signature', 'https://cdn.shopify.com/s/files/coat.jpg', right),
  garment('with a letter more in its address', `${SHIRT}0`, right),
  garment('with a field more in its address', `${SHIRT}&width=1`, right),
  garment('with a fragment behind its address', `${SHIRT}#https://evil.example`, right),
  garment('with its host in capitals', SHIRT.replace('cdn.shopify.com', 'CDN.shopify.com'), right),
  garment('with its path in percents', SHIRT.replace('shirt', '%73hirt'), right),
  garment('with a NUL behind its address', `${SHIRT}\u0000`, right),
  garment('in the request itself', MODEL_IMAGE, garmentSignature(MODEL_IMAGE)),
  garment('of the gateway’s own, without a signature', 'https://try.example/v1/outputs/x/0', undefined),
  garment('signed, but of a host that isn’t allowed', 'https://evil.example/a.jpg', garmentSignature('https://evil.example/a.jpg')),
  garment('signed, but of 70,000 letters', `${SHIRT}${'a'.repeat(70_000)}`, garmentSignature(`${SHIRT}${'a'.repeat(70_000)}`)),
  garment('without a signature, for a quote', SHIRT, undefined, '/v1/quote'),
  ['a garment whose signature is an input', post(tryOn({ garment_image: SHIRT, garment_signature: right }), { origin: SIGNED_SHOP }), 400, 'inputs.garment_image'],
  ['a garment whose signature is a header', post(tryOn({ garment_image: SHIRT }), { origin: SIGNED_SHOP, 'x-garment-signature': right, garment_signature: right }), 400, 'inputs.garment_image'],
  ['a garment whose signature is in the query', post(tryOn({ garment_image: SHIRT }), { origin: SIGNED_SHOP }, `/v1/run?garment_signature=${right}`), 400, 'inputs.garment_image'],
  ['a garment without a signature, by the finer model', post({ model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: SHIRT } }, { origin: SIGNED_SHOP }), 400, 'inputs.product_image'],
  ['a garment without a signature, signed by Shopify', proxied(() => signed({ shop: 'signed.myshopify.com', logged_in_customer_id: '7' })), 400, 'inputs.garment_image'],
  ['a garment without a signature, in a form', asForm({ model_name: 'tryon-v1.6', model_image: MODEL_IMAGE, garment_image: SHIRT }), 400, 'inputs.garment_image'],
  ['a garment as a file, with a signature of its bytes', asForm({ model_name: 'tryon-v1.6', model_image: MODEL_IMAGE, garment_signature: right, garment_image: new Blob([new Uint8Array(png(864, 1296))], { type: 'image/png' }) }), 400, 'inputs.garment_image'],
];

const pictures: Row[] = (
  [
    ['a page as PNG', data('image/png', '<html><script>alert(1)</script>')],
    ['an SVG', data('image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['an SVG as PNG', data('image/png', '<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a GIF', data('image/gif', 'GIF89a\u0001\u0000\u0001\u0000')],
    ['a GIF as PNG, with JavaScript in it', data('image/png', 'GIF89a/*\u0001\u0000*/=1;alert(1)')],
    ['a PDF as JPEG', data('image/jpeg', '%PDF-1.7\n')],
    ['a PDF that holds a JPEG', data('image/jpeg', Buffer.concat([Buffer.from('%PDF-1.7\n'), jpeg]))],
    ['a ZIP as PNG', data('image/png', 'PK\u0003\u0004')],
    ['an ELF as PNG', data('image/png', '\u007fELF')],
    ['a HEIC', data('image/heic', '\0\0\0\u0018ftypheic')],
    ['a TIFF', data('image/tiff', 'II*\0')],
    ['an ICO', data('image/x-icon', '\0\0\u0001\0')],
    ['a PNG without a header', data('image/png', png(864, 1296).subarray(0, 12))],
    ['a JPEG without a size', data('image/jpeg', jpeg.subarray(0, 20))],
    ['a PNG of no pixels', data('image/png', png(0, 0))],
    ['a PNG of 8 pixels', data('image/png', png(8, 8))],
    ['a bomb of 60,000 × 60,000', data('image/png', png(60_000, 60_000))],
    ['a bomb of 2³² − 1 squared', data('image/png', png(4_294_967_295, 4_294_967_295))],
    ['a thread of 16,000 × 20', data('image/png', png(16_000, 20))],
    ['a type that breaks the line', `data:image/png\r\nx: y;base64,${png(864, 1296).toString('base64')}`],
    ['a type in words', data('image/<b>', '<b>')],
    ['two types', data('image/png,text/html', png(864, 1296))],
    ['no base64', `data:image/png,${png(864, 1296).toString('latin1')}`],
    ['base64 for addresses', `data:image/png;base64,${png(864, 1296).toString('base64url')}__--`],
    ['base64 with a line break', `data:image/png;base64,${png(864, 1296).toString('base64').replace(/(.{8})/, '$1\n')}`],
    ['base64 without its end', data('image/png', png(864, 1296)).replace(/=+$/, '').slice(0, -1)],
    ['base64 of nothing', 'data:image/png;base64,'],
    ['text', data('text/plain', 'hello')],
    ['a page', data('text/html', '<script>alert(1)</script>')],
    ['a data URL in a data URL', data('image/png', MODEL_IMAGE)],
  ] as const
).map(([name, address]): Row => [`a photograph that is ${name}`, post(tryOn({ model_image: address })), 400, 'inputs.model_image']);

const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const bodies: Row[] = (
  [
    ['nothing', '', 'body'],
    ['blanks', ' \n\t', 'body'],
    ['half an object', '{"model_name":"tryon-v1.6"', 'body'],
    ['two objects', `${good}${good}`, 'body'],
    ['an array', '[]', 'body'],
    ['a string', '"run"', 'body'],
    ['a number', '1e999', 'body'],
    ['NaN', 'NaN', 'body'],
    ['null', 'null', 'body'],
    ['a comment', `/* */ ${good}`, 'body'],
    ['two byte order marks', `\ufeff\ufeff${good}`, 'body'],
    ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le').toString('latin1'), 'body'],
    ['XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'body'],
    ['a form', 'model_name=tryon-v1.6', 'body'],
    ['1,000 levels of objects', deep(1_000), 'body'],
    ['40,000 open brackets', '['.repeat(40_000), 'body'],
    ['half a surrogate', '{"model_name":"\\ud800","inputs":{}}', 'body'],
    ['model_name twice', good.replace('{', '{"model_name":"edit",'), 'model_name'],
    ['inputs twice', good.replace('{', '{"inputs":{},'), 'inputs'],
    ['no model', { inputs: {} }, 'model_name'],
    ['a model of another type', { ...tryOn(), model_name: { $ne: null } }, 'model_name'],
    ['a list of models', { ...tryOn(), model_name: ['tryon-v1.6'] }, 'model_name'],
    ['a model with SQL in it', { ...tryOn(), model_name: "tryon-v1.6'; DROP TABLE runs; --" }, 'model_name'],
    ['a model that the shop does not offer', { model_name: 'edit', inputs: { image: MODEL_IMAGE, prompt: 'x' } }, 'model_name'],
    ['inputs that are a list', { ...tryOn(), inputs: [] }, 'inputs'],
    ['inputs that are a string', { ...tryOn(), inputs: '{}' }, 'inputs'],
    ['an unknown input', tryOn({ webhook_url: 'https://evil.example' }), 'inputs.webhook_url'],
    ['a prototype', `{"model_name":"tryon-v1.6","inputs":${JSON.stringify(tryOn().inputs).replace('{', '{"__proto__":{"a":1},')}}`, 'inputs.__proto__'],
    ['1,000 unknown inputs', tryOn(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x${at}`, at]))), 'inputs.x0'],
    ['a picture as an object', tryOn({ model_image: { url: 'https://evil.example' } }), 'inputs.model_image'],
    ['a list of pictures', tryOn({ model_image: [MODEL_IMAGE] }), 'inputs.model_image'],
    ['a picture that is null', tryOn({ model_image: null }), 'inputs.model_image'],
    ['an input twice', good.replace('"inputs":{', `"inputs":{"model_image":"https://evil.example/a.jpg",`), 'inputs.model_image'],
    ['more samples than there are', tryOn({ num_samples: 5 }), 'inputs.num_samples'],
    ['more samples than the shop pays', tryOn({ num_samples: 4 }), 'inputs.num_samples'],
    ['a negative seed', tryOn({ seed: -1 }), 'inputs.seed'],
    ['a seed with a fraction', tryOn({ seed: 0.5 }), 'inputs.seed'],
    ['a seed beyond all bounds', good.replace('"inputs":{', '"inputs":{"seed":1e400,'), 'body'],
    ['moderation turned off', tryOn({ moderation_level: 'none' }), 'inputs.moderation_level'],
  ] as const
).map(([name, body, path]): Row => [`a body that is ${name}`, post(body), 400, path]);

const types: Row[] = (
  [undefined, '', 'text/plain', 'text/json', 'application/jsonp', 'application/x-www-form-urlencoded', 'application/xml', 'text/plain;application/json', 'application/json+evil', 'image/png'] as const
).map((type): Row => [
  `content type ${type}`,
  ask('/v1/run', { method: 'POST', headers: { ...page, ...(type === undefined ? {} : { 'content-type': type }) }, body: Buffer.from(good) }),
  415,
]);

const x = (count: number) => 'x'.repeat(count);
const json = { 'content-type': 'application/json' };
/** The head alone: whoever says that it is too much is told before a byte of it is sent. */
const told = (path: string, headers: Record<string, string>, length = LIMIT_BYTES + 1) => raw(postHead(path, headers, length));
const oversize: Row[] = [
  ['a body over the cap', told('/v1/run', { ...json, ...page }), 413],
  ['a body far over the cap', told('/v1/run', { ...json, ...page }, 99_000_000), 413],
  ['a body over the cap, in chunks without a length', raw(`${head(['Transfer-Encoding: chunked']).replace('https://evil.example', SHOP)}${(LIMIT_BYTES + 1).toString(16)}\r\n${x(LIMIT_BYTES + 1)}\r\n`), 413],
  ['a form over the cap', told('/v1/run', { 'content-type': 'multipart/form-data; boundary=x', ...page }), 413],
  ['staff’s body over the cap', told('/v1/run', { ...json, ...staff }), 413],
  ['a quote over the cap', told('/v1/quote', { ...json, ...page }), 413],
  ['a foreign page’s body over the cap: not even looked at', told('/v1/run', { ...json, origin: 'https://evil.example' }), 403],
  ['a privacy webhook over the cap', told('/webhooks/shopify/shop-redact', { 'x-shopify-hmac-sha256': 'AAAA' }), 413],
];

/** An id or a token as the gateway signs them, with any secret. */
function seal(label: 'id' | 'webhook' | 'token', ticket: Buffer, secret = SIGNING_SECRET): string {
  const mac = createHmac('sha256', secret).update(`${label}\0`).update(ticket).digest().subarray(0, 16);
  return Buffer.concat([ticket, mac]).toString('base64url');
}
/** A ticket of some account that nobody has set up: an object that is asked about it has a file (src/auth/ids.rs). */
const ticket = () => Buffer.concat([randomBytes(4), Buffer.of(0), randomBytes(15)]);
const strange: [string, () => string][] = [
  ['of another secret', () => seal('id', ticket(), 'another-secret-entirely-0123456789')],
  ['of no secret', () => seal('id', ticket(), '')],
  ['that is a webhook’s token', () => seal('webhook', ticket())],
  ['that is a visitor’s token', () => seal('token', ticket())],
  ['with its last letter changed', () => seal('id', ticket()).replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
  ['with its first letter changed', () => seal('id', ticket()).replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
  ['cut short', () => seal('id', ticket()).slice(0, -1)],
  ['with a letter more', () => `${seal('id', ticket())}A`],
  ['in other letters', () => Buffer.from(seal('id', ticket()), 'base64url').toString('base64').replaceAll('/', '%2F').replaceAll('+', '%2B')],
  ['of zeros', () => 'A'.repeat(48)],
  ['of FASHN’s form', () => '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1'],
  ['with a path in it', () => '..%2f..%2freadyz'],
  ['with a NUL in it', () => `${seal('id', ticket(), 'x')}%00`],
  ['with a line break in it', () => '%0d%0aset-cookie:%20a=b'],
  ['with a script in it', () => '%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['with SQL in it', () => "'%20OR%20'1'='1"],
  ['of broken UTF-8', () => '%ff%fe'],
  ['of a prototype', () => '__proto__'],
  ['of 8,000 letters', () => 'A'.repeat(8_000)],
];
const ids: Row[] = strange.flatMap(([name, make]): Row[] => [
  [`a status of an id ${name}`, () => ask(`/v1/status/${make()}`, {})(), 404],
  [`an end to an id ${name}`, () => ask(`/v1/status/${make()}`, { method: 'DELETE' })(), 404],
  [`an output of an id ${name}`, () => ask(`/v1/outputs/${make()}/0`, {})(), 404],
]);
const webhooks: Row[] = [
  ...strange.filter(([name]) => name !== 'that is a webhook’s token').map(
    ([name, make]): Row => [`a webhook with a token ${name}`, () => ask(`/webhooks/fashn/${make()}`, { method: 'POST', body: JSON.stringify({ id: 'a-u1', status: 'completed', output: ['https://evil.example/'] }) })(), 404],
  ),
  ['a webhook with an id for a token', () => ask(`/webhooks/fashn/${seal('id', ticket())}`, { method: 'POST', body: '{}' })(), 404],
  ['a webhook without a token', ask('/webhooks/fashn/', { method: 'POST', body: '{}' }), 404],
];

const methods: Row[] = [
  ...(['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'] as const).map((method): Row => [`${method} /v1/run`, ask('/v1/run', { method, headers: page }), 405]),
  ...(['POST', 'PUT'] as const).map((method): Row => [`${method} /v1/status/x`, ask('/v1/status/x', { method, headers: page }), 405]),
  ['GET of a webhook', ask(`/webhooks/fashn/${'A'.repeat(48)}`, {}), 405],
  ['another method in a header', ask('/v1/credits', { method: 'POST', headers: { 'x-http-method-override': 'GET', ...page } }), 405],
  ['a path in capitals', post(tryOn(), page, '/V1/RUN'), 404],
  ['a path with a slash more', post(tryOn(), page, '/v1//run'), 404],
  ['a path with a slash at its end', post(tryOn(), page, '/v1/run/'), 404],
  ['a path with a percent in it', post(tryOn(), page, '/v1/%72un'), 404],
  ['a path with a parameter', post(tryOn(), page, '/v1/run;a=b'), 404],
  ['another version', post(tryOn(), page, '/v2/run'), 404],
  ['the environment', ask('/v1/.env', {}), 404],
  ['a webhook of one’s own', post(tryOn(), page, '/v1/run?webhook_url=https://evil.example/'), 400, 'webhook_url'],
  ['a webhook of one’s own, in other letters', post(tryOn(), staff, '/v1/run?x=1&%57ebhook_url=https://evil.example/'), 400, 'webhook_url'],
];

const smuggled: Row[] = [
  // The chunks count, as RFC 9112 has it; the page is foreign all the same.
  ['a length and chunks', raw(`${head([`Content-Length: ${good.length}`, 'Transfer-Encoding: chunked'])}0\r\n\r\n`), 403],
  ['two lengths', raw(`${head([`Content-Length: ${good.length}`, 'Content-Length: 0'])}${good}`), 400],
  ['a length below zero', raw(`${head(['Content-Length: -1'])}${good}`), 400],
  ['a length in words', raw(`${head(['Content-Length: ten'])}${good}`), 400],
  ['a length beyond all bounds', raw(`${head(['Content-Length: 99999999999999999999'])}${good}`), 400],
  ['an encoding nobody knows', raw(`${head(['Transfer-Encoding: xchunked'])}${good}`), 400],
  ['chunks of broken size', raw(`${head(['Transfer-Encoding: chunked'])}zz\r\n${good}\r\n0\r\n\r\n`), 403],
  ['a header without a name', raw(`${head([': x', 'Content-Length: 0'])}`), 400],
  ['a header with a blank in its name', raw(`${head(['Content-Length : 0'])}`), 400],
  ['no version', raw('POST /v1/run\r\n\r\n'), 400],
  ['no HTTP', raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'), 400],
  ['a second request in a body', raw(`${head(['Content-Length: 0'])}POST /v1/run HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\nContent-Length: 0\r\n\r\n`), 403],
  ['a sender who stalls after the headers', raw(head(['Content-Length: 50000']), { stall: true }), 0],
  ['a sender who stalls in the body', raw(`${head(['Content-Length: 50000']).replace('https://evil.example', SHOP)}${good.slice(0, 20)}`, { stall: true }), 0],
  ['a sender who stalls in a chunk', raw(`${head(['Transfer-Encoding: chunked']).replace('https://evil.example', SHOP)}ffff\r\n${good.slice(0, 20)}`, { stall: true }), 0],
  ['a sender who stalls in the headers', raw('POST /v1/run HTTP/1.1\r\nHost: try.example\r\nX-A: ', { stall: true }), 0],
];

const groups = { origins, tokens, shopify, addresses, garments, pictures, bodies, types, oversize, ids, webhooks, methods, smuggled };

describe.each(Object.entries(groups))('%s', (_, rows) => {
  test.each(rows)('%s', async (_name, send, status, path) => {
    const before = gateway.runs();
    fashn.calls.length = 0;
    const refused = await send();
    expect(refused.status).toBe(status);
    if (path !== undefined) expect(refused.paths?.[0]).toBe(path);
    expect(gateway.runs()).toBe(before);
    expect(fashn.calls).toEqual([]);
  });
});

test('the table is long, and afterwards the gateway works as before', async () => {
  const count = Object.values(groups).flat().length;
  console.log(`${count} hostile requests refused: ${Object.entries(groups).map(([name, rows]) => `${rows.length} ${name}`).join(', ')}; records written: ${gateway.runs()}`);
  expect(count).toBeGreaterThanOrEqual(150);
  expect(gateway.runs()).toBe(0);
  expect((await gateway.run(tryOn(), page)).status).toBe(200);
  expect(gateway.runs()).toBe(1);
});

describe('an id that leads nowhere', () => {
  /** All of an answer that can be seen, but for its time and its own number. */
  async function seen(path: string, method = 'GET') {
    const answer = await gateway.ask(path, { method });
    return { status: answer.status, headers: [...answer.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'), body: await answer.text() };
  }

  test('is answered alike whether it is forged, was never given out, or is forgotten; and a forged one is not looked up', async () => {
    const { id } = (await (await gateway.run(tryOn({ seed: 7 }), page)).json()) as { id: string };
    // What is still at FASHN stays, hidden, until its price is known; what is over is wiped at once.
    fashn.answer = accepting('a-u1', { status: 'completed', output: [`${fashn.url}/a.png`] });
    const webhook = webhookOf(fashn.calls.at(-1));
    expect((await gateway.ask(webhook, { method: 'POST', body: JSON.stringify({ id: 'a-u1', status: 'completed' }) })).status).toBe(204);
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
    const unknown = seal('id', ticket());
    const forged = seal('id', ticket(), 'another-secret-entirely-0123456789');
    const nonsense = 'A'.repeat(48);
    for (const [method, at] of [['GET', (one: string) => `/v1/status/${one}`], ['DELETE', (one: string) => `/v1/status/${one}`], ['GET', (one: string) => `/v1/outputs/${one}/0`]] as const) {
      const answers = [];
      for (const one of [id, unknown, forged, nonsense]) answers.push(await seen(at(one), method));
      expect(answers[0]?.status).toBe(404);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
    // The counter sees a look-up: an object that is asked has a file. A forged id's is never asked.
    const before = gateway.objects('AccountObject');
    for (let times = 0; times < 20; times += 1) await seen(`/v1/status/${seal('id', ticket(), 'another-secret-entirely-0123456789')}`);
    expect(gateway.objects('AccountObject')).toBe(before);
    await seen(`/v1/status/${seal('id', ticket())}`);
    expect(gateway.objects('AccountObject')).toBe(before + 1);
  });
});
