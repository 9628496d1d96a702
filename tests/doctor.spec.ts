// `npm run doctor`: each broken set-up is named, with what mends it; a sound one passes.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examined, type Finding } from '../scripts/doctor.mjs';
import { startDesk, type Desk } from './desk.ts';
import { STAFF_TOKEN, startGateway, startOwnFashn, type Gateway } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';

const SHOPIFY_SECRET = 'the-client-secret-of-the-app';
const stops: (() => Promise<unknown> | void)[] = [];
let desk: Desk;
/** A shop of another address, with pages that a test writes. */
let shop: Served;

beforeAll(async () => {
  shop = await serve();
  desk = await startDesk({ ALLOWED_ORIGINS: shop.origin, SHOPIFY_SECRET });
  stops.push(() => desk.stop());
});
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

const staff = { STAFF_TOKEN };
const of = (findings: Finding[], level: Finding['level']) =>
  findings.filter((finding) => finding.level === level).map(({ what }) => what);

/** What is wrong, and that each fault comes with what mends it. */
async function wrong(args: string[], environment: Record<string, string> = staff): Promise<string> {
  const findings: Finding[] = await examined(args, environment);
  for (const { mend } of findings.filter(({ level }) => level === 'bad')) expect(mend).toBeTruthy();
  return of(findings, 'bad').join('\n');
}

/** A page with the button, as a shop would write it. */
const button = () => `<!doctype html><title>Shirt</title>
  <script type="module" src="${desk.gateway.url.origin}/try-it-on.js"></script>
  <try-it-on gateway="${desk.gateway.url.origin}" product-image="${picture('tshirt-sage.jpg')}"></try-it-on>`;

/** A picture of the demo shop: the gateway's own host is always a product's. */
const picture = (name: string) => `${desk.gateway.url.origin}/pictures/${name}`;

const productPage = () => `${shop.origin}/products/shirt`;

function show(html: string, headers: Record<string, string> = {}) {
  shop.answer = (_, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('content-type', 'text/html').end(html);
  };
}

test('a sound desk passes, with a product page, Shopify and a whole try-on', async () => {
  show(button());
  const args = [desk.gateway.url.href, '--page', productPage(), '--shopify', 'shop-one.myshopify.com', '--try'];
  const findings: Finding[] = await examined(args, { ...staff, SHOPIFY_SECRET });
  expect(of(findings, 'bad')).toEqual([]);
  expect(of(findings, 'skipped')).toEqual([]);
  expect(of(findings, 'good').join('\n')).toMatch(/A try-on was completed in \d+ seconds, for 1 credits/);
});

test('the demo shop’s own page passes', async () => {
  expect(await wrong([desk.gateway.url.href, '--page', desk.gateway.url.href])).toBe('');
});

test('what llms.txt names is served', async () => {
  const text = await (await desk.gateway.ask('/llms.txt')).text();
  const paths = ['/try-it-on.js', ...Array.from(text.matchAll(/\]\((\/[^)]+)\)/g), ([, path]) => path ?? '')];
  expect(paths).toHaveLength(4);
  for (const path of paths) expect([path, (await desk.gateway.ask(path)).status]).toEqual([path, 200]);
});

test('what can’t be looked at is said, with what it needs', async () => {
  const findings: Finding[] = await examined([desk.gateway.url.href], {});
  expect(of(findings, 'bad')).toEqual([]);
  expect(of(findings, 'skipped').join('\n')).toMatch(/balance[^]*No shop[^]*Shopify/);
});

describe('the address', () => {
  test.each([
    ['no such name', 'https://gateway.invalid', 'The name gateway.invalid has no address in DNS.'],
    ['no https', 'http://gateway.example', 'is not https'],
  ])('%s', async (_, url, sentence) => {
    expect(await wrong([url])).toContain(sentence);
  });

  test('nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    expect(await wrong([`http://127.0.0.1:${port}`])).toBe(`Nothing listens at 127.0.0.1:${port}.`);
  });

  test('a login stands in front', async () => {
    const login = await serve((_, response) => {
      response.writeHead(302, { location: 'https://team.cloudflareaccess.com/cdn-cgi/access/login' }).end();
    });
    expect(await wrong([login.origin])).toMatch(/sends callers on to team\.cloudflareaccess\.com, a login/);
  });

  test('it redirects elsewhere', async () => {
    const moved = await serve((_, response) => {
      response.writeHead(301, { location: 'https://www.try.example/healthz' }).end();
    });
    expect(await wrong([moved.origin])).toContain('sends callers on to www.try.example.');
  });

  test('another Worker answers', async () => {
    const other = await serve((_, response) => void response.end('Hello World!'));
    expect(await wrong([other.origin])).toContain('Something other than the gateway answers');
  });
});

describe('settings and FASHN', () => {
  test.each<[string, Vars, RegExp]>([
    ['a secret is missing', { SIGNING_SECRET: undefined }, /SIGNING_SECRET/],
    ['a number is none', { QUEUE_LENGTH: 'many' }, /QUEUE_LENGTH/],
    ['a table is none', { POLICY: '{"models":' }, /POLICY/],
    ['one needs another', { MERCHANT_WEBHOOK_URL: 'https://shop.example/hook' }, /MERCHANT_WEBHOOK_SECRET/],
  ])('%s', async (_, vars, sentence) => {
    const gateway = await started('http://127.0.0.1:9', vars);
    expect(await wrong([gateway.url.href])).toMatch(sentence);
  });

  test('the staff token is another', async () => {
    expect(await wrong([desk.gateway.url.href], { STAFF_TOKEN: 'another-token-of-16' })).toContain(
      'doesn’t know this staff token',
    );
  });

  test('FASHN refuses the key', async () => {
    const fashn = await startOwnFashn((_, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"error":"UnauthorizedAccess","message":"Unauthorized: Invalid token"}');
    });
    stops.push(() => fashn.stop());
    const gateway = await started(fashn.url);
    expect(await wrong([gateway.url.href])).toMatch(/FASHN/);
  });

  test('FASHN can’t be reached', async () => {
    const gateway = await started('http://127.0.0.1:9');
    expect(await wrong([gateway.url.href])).toContain('FASHN could not be asked');
  });

  test('no credits are left; few are', async () => {
    let total = 0;
    const fashn = await startOwnFashn((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ credits: { total, subscription: 0, on_demand: total } }));
    });
    stops.push(() => fashn.stop());
    const gateway = await started(fashn.url);
    expect(await wrong([gateway.url.href])).toContain('no credits left');
    total = 7;
    const other = await started(fashn.url);
    const findings: Finding[] = await examined([other.url.href], staff);
    expect(of(findings, 'warning').join()).toContain('7 credits are left');
  });
});

describe('what stands before the gateway', () => {
  test('a firewall takes FASHN’s webhooks', async () => {
    const front = await inFront('/webhooks/', 403);
    expect(await wrong([front.origin])).toContain("A webhook of FASHN's is answered with 403");
  });

  test('the static files are missing', async () => {
    const front = await inFront('/try-it-on.js', 404);
    expect(await wrong([front.origin])).toContain('/try-it-on.js is answered with 404');
  });
});

describe('the shop', () => {
  test.each<[string, () => string, string]>([
    ['the page has no button', () => '<title>Shirt</title>', 'The page has no <try-it-on>'],
    ['the button is commented out', () => `<!-- ${button()} -->`, 'The page has no <try-it-on>'],
    [
      'the script is missing',
      () => button().replace(/<script.*<\/script>/, ''),
      "doesn't load the element's script",
    ],
    ['the script is no module', () => button().replace(' type="module"', ''), 'not loaded as a module'],
    [
      'the button leads to another gateway',
      () => button().replace(/gateway="[^"]*"/, 'gateway="https://old.example"'),
      'leads to https://old.example',
    ],
    [
      'the gateway’s attribute is empty',
      () => button().replace(/gateway="[^"]*"/, 'gateway=""'),
      'attribute gateway is empty',
    ],
    [
      'the picture’s attribute is empty',
      () => button().replace(/product-image="[^"]*"/, 'product-image=""'),
      'attribute product-image is empty',
    ],
    [
      'the picture’s host isn’t allowed',
      () => button().replace(picture('tshirt-sage.jpg'), 'https://img.other.example/shirt.jpg'),
      "refuses the product's picture",
    ],
    ['a policy forbids the script', () => `${policy("script-src 'self'")}${button()}`, 'keeps script-src away'],
    ['a policy forbids requests', () => `${policy("default-src 'self'")}${button()}`, 'keeps connect-src away'],
  ])('%s', async (_, html, sentence) => {
    show(html());
    const said = await wrong([desk.gateway.url.href, '--page', productPage()]);
    expect(said.replaceAll('’', "'")).toContain(sentence.replaceAll('’', "'"));
  });

  test('a policy that names the gateway forbids nothing', async () => {
    show(button(), { 'content-security-policy': `default-src 'self' ${desk.gateway.url.origin}` });
    expect(await wrong([desk.gateway.url.href, '--page', productPage()])).toBe('');
  });

  test('the page is gone; the picture is gone', async () => {
    shop.answer = (_, response) => void response.writeHead(404).end();
    expect(await wrong([desk.gateway.url.href, '--page', productPage()])).toContain('answered with 404');
    show(button().replace('tshirt-sage.jpg', 'gone.jpg'));
    expect(await wrong([desk.gateway.url.href, '--page', productPage()])).toContain('picture is answered with 404');
  });

  test('its origin is not allowed', async () => {
    const other = await serve((_, response) => void response.setHeader('content-type', 'text/html').end(button()));
    expect(await wrong([desk.gateway.url.href, '--page', `${other.origin}/`])).toContain(
      `Pages of ${other.origin} may not call the gateway.`,
    );
  });

  test('Shopify’s secret is another app’s; the shop is no Shopify domain', async () => {
    const ask = (name: string, secret: string) =>
      wrong([desk.gateway.url.href, '--shopify', name], { ...staff, SHOPIFY_SECRET: secret });
    expect(await ask('shop-one.myshopify.com', 'the-secret-of-another-app')).toContain('refuses Shopify');
    expect(await ask('www.shop.example', SHOPIFY_SECRET)).toContain('is no Shopify domain');
  });
});

describe('a file of settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-doctor-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sound = `FASHN_API_KEY=fa-abcdef\nSIGNING_SECRET=${'s'.repeat(43)}\nSTAFF_TOKEN=${'t'.repeat(43)}\n`;

  async function judge(text: string): Promise<Finding[]> {
    const file = join(folder, 'settings');
    writeFileSync(file, text);
    return examined(['--settings', file], {});
  }

  test('a sound one', async () => {
    expect(of(await judge(`${sound}ALLOWED_ORIGINS="https://shop.example https://*.shop.example"\n`), 'good')).toHaveLength(1);
  });

  test.each([
    ['a required secret is missing', sound.replace(/FASHN.*\n/, ''), 'FASHN_API_KEY is missing'],
    ['a secret is short', sound.replace('s'.repeat(43), 'short'), 'SIGNING_SECRET has 5 characters'],
    ['an example’s value stayed', sound.replace('fa-abcdef', 'fa-…'), "FASHN_API_KEY still has the example's value"],
    ['a number is out of bounds', `${sound}QUEUE_LENGTH=99999999\n`, 'QUEUE_LENGTH must be a whole number'],
    ['an origin has a path', `${sound}ALLOWED_ORIGINS=https://shop.example/\n`, 'no origin of a shop'],
    ['an origin has no scheme', `${sound}ALLOWED_ORIGINS=shop.example\n`, 'no origin of a shop'],
    ['a secret of a shop is missing', `${sound}SHOPS={"north":{"orders_secret":"ORDERS_WEBHOOK_SECRET_NORTH"}}\n`, 'ORDERS_WEBHOOK_SECRET_NORTH is missing'],
    ['a secret of a role is short', `${sound}STAFF_ROLES={"ana":{"token":"STAFF_TOKEN_ANA"}}\nSTAFF_TOKEN_ANA=short\n`, 'STAFF_TOKEN_ANA has 5 characters'],
    ['the previous secret for orders stands alone', `${sound}ORDERS_WEBHOOK_SECRET_PREVIOUS=whsec_${'x'.repeat(44)}\n`, "ORDERS_WEBHOOK_SECRET isn't"],
    ['one needs another', `${sound}TURNSTILE_SECRET=${'x'.repeat(20)}\n`, 'TURNSTILE_HOSTNAMES'],
  ])('%s', async (_, text, sentence) => {
    expect(of(await judge(text), 'bad').join('\n')).toContain(sentence);
  });

  const secrets = ['FASHN_API_KEY_NORTH', 'ORDERS_WEBHOOK_SECRET_NORTH', 'ORDERS_WEBHOOK_SECRET_NORTH_PREVIOUS', 'SHOPIFY_SECRET_NORTH', 'STAFF_TOKEN_ANA'];
  const table = '{"north":{"fashn_key":"FASHN_API_KEY_NORTH","orders_secret":"ORDERS_WEBHOOK_SECRET_NORTH","shopify_secret":"SHOPIFY_SECRET_NORTH"}}';
  const set = sound + secrets.map((name) => `${name}=whsec_${'x'.repeat(44)}\n`).join('');

  test.each([
    ['named in the file', `${set}SHOPS=${table}\nSTAFF_ROLES={"ana":{"token":"STAFF_TOKEN_ANA"}}\n`, []],
    ['named in wrangler.toml', set, []],
    ['named nowhere', `${set}SHOPS={}\nSTAFF_ROLES={}\n`, secrets],
    ['of a name with a slip', `${sound}STAFF_TOKEN_PREVIOS=${'t'.repeat(43)}\n`, ['STAFF_TOKEN_PREVIOS']],
  ])('secrets of shops and roles, %s', async (_, text, unknown) => {
    const findings = await judge(text);
    expect(of(findings, 'bad')).toEqual([]);
    expect(of(findings, 'warning')).toEqual(unknown.map((name) => `${name} is no setting of the gateway.`));
  });

  test('a name that isn’t known is told, and the one that may be meant', async () => {
    const findings = await judge(`${sound}ALLOWED_ORIGIN=https://shop.example\n`);
    const [found] = findings.filter(({ level }) => level === 'warning');
    expect(found).toMatchObject({ what: 'ALLOWED_ORIGIN is no setting of the gateway.', mend: 'ALLOWED_ORIGINS may be meant.' });
  });
});

test('a command line that can’t be read is a sentence', async () => {
  for (const args of [['ftp://x'], ['https://a.example', 'https://b.example'], ['--pages', 'x'], ['--settings', '/no/file']]) {
    await expect(examined(args, {})).rejects.toMatchObject({ exitCode: 2 });
  }
});

const policy = (text: string) => `<meta http-equiv="Content-Security-Policy" content="${text}">`;

interface Served {
  origin: string;
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A server on this machine, of anything but the gateway. */
async function serve(answer: Served['answer'] = (_, response) => void response.end()): Promise<Served> {
  const served: Served = { origin: '', answer };
  const server: Server = createServer((request, response) => served.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  served.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return served;
}

async function started(fashn: string, vars: Vars = {}): Promise<Gateway> {
  const gateway = await startGateway(fashn, vars);
  stops.push(() => gateway.stop());
  return gateway;
}

/** The gateway behind something that answers one path by itself. */
const inFront = (path: string, status: number) =>
  serve(async ({ url = '/', method = 'GET', headers }, response) => {
    if (url.startsWith(path)) return void response.writeHead(status).end('no');
    const { authorization } = headers;
    const answer = await fetch(new URL(url, desk.gateway.url), {
      method,
      headers: authorization === undefined ? {} : { authorization },
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
