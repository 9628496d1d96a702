// The shop's side: its origin, a product page with the button, the picture on it.
import { bad, good, skipped, warning } from './finding.mjs';
import { ask, isLocal, jsonOf } from './reach.mjs';

/** The shop's pages may call the gateway. */
export async function origin({ gateway, shop }) {
  if (shop === undefined) {
    return skipped('No shop was looked at.', 'Name a product page: --page https://shop.example/products/shirt.');
  }
  const answer = await ask(new URL('/v1/run', gateway), {
    method: 'OPTIONS',
    headers: {
      origin: shop,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  if (answer.headers.get('access-control-allow-origin') === shop) {
    return good(`Pages of ${shop} may call the gateway.`);
  }
  if (answer.status === 503) return skipped('The shop’s origin was not looked at.', 'Mend the settings first.');
  return bad(
    `Pages of ${shop} may not call the gateway.`,
    `Add ${shop} to ALLOWED_ORIGINS and deploy again; a name with and without www. are two.`,
  );
}

/** The button is on the page, and leads to this gateway. */
export async function page({ gateway, page }) {
  if (page === undefined) return [];
  const answer = await ask(page, { follow: true, headers: { accept: 'text/html' } });
  if (answer.status !== 200) {
    return bad(`The product page is answered with ${answer.status}.`, 'Name a page that is public.');
  }
  const markup = answer.text.replace(/<!--[\s\S]*?-->/g, '');
  const tag = /<try-it-on\b([^>]*)>/i.exec(markup);
  const scripts = [...markup.matchAll(/<script\b([^>]*)>/gi)].map(([, text]) => attributes(text));
  const script = scripts.find(({ src = '' }) => /\/try-it-on(?:-[\w-]+)?\.js/.test(src));
  if (tag === null) {
    return bad(
      'The page has no <try-it-on>.',
      script === undefined
        ? 'Put the button into the theme: docs/shopify.md, docs/any-shop.md.'
        : 'The script is there and the element isn’t: put it beside “Add to cart”.',
    );
  }
  const element = attributes(tag[1]);
  return [
    script === undefined
      ? bad(
          'The page doesn’t load the element’s script.',
          `Add <script type="module" src="${new URL('/try-it-on.js', gateway)}"></script>.`,
        )
      : loads(script, answer.url),
    leads(element.gateway, gateway, answer.url),
    ...policy(answer, markup, gateway),
    await picture(element['product-image'], { gateway, page: answer.url }),
  ];
}

function loads({ src, type }, base) {
  if (type === 'module') return good(`The page loads ${new URL(src, base).pathname}.`);
  return bad('The element’s script is not loaded as a module.', 'Give its tag type="module".');
}

/** Empty means the page's own origin, as in the demo shop. */
function leads(named = '', gateway, base) {
  const there = new URL(named, base);
  if (there.origin === gateway.origin) return good('The element leads to this gateway.');
  if (named === '') {
    return bad('The element’s attribute gateway is empty.', `Set gateway="${gateway.origin}".`);
  }
  if (/^\/(?:apps|a|community|tools)\//.test(there.pathname)) {
    return good('The element goes through the shop’s app proxy.');
  }
  return bad(
    `The element leads to ${there.origin}, and this gateway is ${gateway.origin}.`,
    `Set gateway="${gateway.origin}".`,
  );
}

/** What a Content-Security-Policy of the page forbids. */
function policy({ headers, url }, markup, gateway) {
  const metas = [...markup.matchAll(/<meta\b([^>]*)>/gi)].map(([, text]) => attributes(text));
  const texts = metas
    .filter((meta) => meta['http-equiv']?.toLowerCase() === 'content-security-policy')
    .map(({ content = '' }) => content);
  const header = headers.get('content-security-policy');
  if (header !== null) texts.push(...header.split(','));
  const isOwn = new URL(url).origin === gateway.origin;
  const missing = texts.flatMap((text) => forbidden(text, gateway, isOwn));
  return [...new Set(missing)].map((directive) =>
    bad(
      `The page's Content-Security-Policy keeps ${directive} away from the gateway.`,
      `Add ${gateway.origin} to ${directive}.`,
    ),
  );
}

function forbidden(text, { origin, host, protocol }, isOwn) {
  const directives = new Map(
    text
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .map(([name = '', ...sources]) => [name.toLowerCase(), sources]),
  );
  const allows = (source) => {
    if (isOwn && source === "'self'") return true;
    if (source === '*' || source === protocol || source === origin || source === host) return true;
    const wild = /^(?:https?:\/\/)?\*(\.[^:/]+)$/.exec(source)?.[1];
    return wild !== undefined && host.endsWith(wild);
  };
  return ['script-src', 'connect-src', 'img-src'].filter((name) => {
    const sources = directives.get(name) ?? directives.get('default-src');
    if (sources === undefined) return false;
    if (name === 'script-src' && sources.some((source) => /^'(?:nonce-|strict-dynamic)/.test(source)))
      return false;
    return !sources.some(allows);
  });
}

/** The gateway takes the product's picture, and the picture can be had. */
async function picture(named, { gateway, page }) {
  if (named === undefined || named === '') {
    return bad('The element’s attribute product-image is empty.', 'Set it to the address of the product’s picture.');
  }
  const address = new URL(named, page).href;
  const quoted = await ask(new URL('/v1/quote', gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(page).origin },
    body: JSON.stringify({
      model_name: 'tryon-v1.6',
      inputs: { model_image: `${GREY[0]},${GREY.slice(1).join('')}`, garment_image: address },
    }),
  });
  const { errors = [] } = jsonOf(quoted) ?? {};
  const fault = errors.find(({ path }) => path === 'inputs.garment_image');
  if (fault !== undefined) {
    const { host } = new URL(address);
    return bad(
      `The gateway refuses the product's picture: it ${fault.message}.`,
      /host/.test(fault.message)
        ? `Add ${host} to PRODUCT_HOSTS and deploy again.`
        : 'docs/troubleshooting.md has this sentence, with what mends it.',
    );
  }
  const got = await ask(address, { follow: true });
  if (got.status !== 200 || !/^image\//.test(got.headers.get('content-type') ?? '')) {
    return bad(
      `The product's picture is answered with ${got.status}${got.status === 200 ? ', and is no image' : ''}: FASHN could not load it.`,
      'Name a picture that is public, without a login or a signature that ends.',
    );
  }
  if (/^http:/.test(address) && !isLocal(address)) {
    return warning('The product’s picture has an http address.', 'Use https.');
  }
  return good('The gateway takes the product’s picture, and it can be loaded.');
}

/** A photograph to ask for a price with: a grey JPEG of 64 × 64 pixels. */
const GREY = [
  'data:image/jpeg;base64',
  '/9j/2wBDABsbGxscGx4hIR4qLSgtKj04MzM4PV1CR0JHQl2NWGdYWGdYjX2Xe3N7l33gsJycsOD/2c7Z////////',
  '////////2wBDARsbGxscGx4hIR4qLSgtKj04MzM4PV1CR0JHQl2NWGdYWGdYjX2Xe3N7l33gsJycsOD/2c7Z////',
  '////////////wgARCABAAEADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUAQEAAAAAAAAAAAAA',
  'AAAAAAAA/9oADAMBAAIQAxAAAACgAAAAAAAAAAAAAAAf/8QAFBABAAAAAAAAAAAAAAAAAAAAYP/aAAgBAQABPwAB',
  '/8QAFBEBAAAAAAAAAAAAAAAAAAAAQP/aAAgBAgEBPwAH/8QAFBEBAAAAAAAAAAAAAAAAAAAAQP/aAAgBAwEBPwAH',
  '/9k=',
];

/** A tag's attributes by their names in small letters. */
function attributes(text) {
  const found = text.matchAll(/([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries(
    Array.from(found, ([, name, double, single, bare]) => [
      name.toLowerCase(),
      (double ?? single ?? bare ?? '').replaceAll('&amp;', '&'),
    ]),
  );
}
