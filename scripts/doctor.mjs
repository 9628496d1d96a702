// `npm run doctor [-- ADDRESS] [--page URL] [--shopify SHOP] [--settings FILE] [--try]`: says what is
// wrong with a deployment, or with a gateway on this machine, and what mends it. Secrets come from the
// environment or from .dev.vars, never from the command line. Ends with 0, or with 1 if anything is wrong.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBad, written } from './doctor/finding.mjs';
import { address, clock, credits, element, safely, settings, webhook } from './doctor/gateway.mjs';
import { judged } from './doctor/settings.mjs';
import { origin, page } from './doctor/shop.mjs';
import { shopify } from './doctor/shopify.mjs';
import { settingsTable } from './doctor/table.mjs';
import { tryOn } from './doctor/try-on.mjs';
import { EXIT, Failure } from './failure.mjs';
import { root } from './run.mjs';
import { asScript } from './script.mjs';
import { readSettings, settingsOf } from './settings.mjs';

const USAGE =
  'doctor takes the gateway’s address (http://127.0.0.1:8787 if there is none), and --page URL of a product, ' +
  '--shopify NAME.myshopify.com, --settings FILE, --try.';

/** What the doctor found, in the order of its looking; `args` are those of the command line. */
export async function examined(args, environment = readSettings()) {
  const asked = read(args);
  if (asked.settings !== undefined) {
    return judged(settingsOf(asked.settings), settingsTable(join(root, 'docs', 'settings.md')));
  }
  const context = contextOf(asked, environment);
  const [first] = await safely(address, context);
  if (isBad(first)) return [first];
  const found = [first, ...(await safely(settings, context))];
  context.isReady = !found.some(isBad);
  const checks = [credits, webhook, element, clock, origin, page, shopify];
  for (const check of checks) found.push(...(await safely(check, context)));
  // A try-on costs a credit: nothing is sent where it can't work.
  if (asked.try && !found.some(isBad)) found.push(...(await safely(tryOn, context)));
  return found;
}

function read(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        page: { type: 'string' },
        shopify: { type: 'string' },
        settings: { type: 'string' },
        try: { type: 'boolean', default: false },
      },
    });
    if (positionals.length > 1) throw new TypeError(`${positionals[1]} is one address too many`);
    return { ...values, gateway: positionals[0] };
  } catch (error) {
    throw new Failure(`${error.message}. ${USAGE}`, EXIT.usage);
  }
}

function contextOf(asked, environment) {
  const gateway = urlOf(asked.gateway ?? `http://127.0.0.1:${environment.PORT ?? 8787}`, 'the gateway');
  const product = asked.page === undefined ? undefined : urlOf(asked.page, '--page').href;
  const { STAFF_TOKEN, SHOPIFY_SECRET } = environment;
  return {
    gateway,
    page: product,
    shop: product === undefined ? undefined : new URL(product).origin,
    staff: STAFF_TOKEN === undefined ? {} : { authorization: `Bearer ${STAFF_TOKEN}` },
    shopifyShop: asked.shopify,
    shopifySecret: SHOPIFY_SECRET,
  };
}

function urlOf(text, what) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new Failure(`${text} is no address for ${what}: it begins with https://.`, EXIT.usage);
}

/** Prints what it found, and ends with 1 if anything is wrong. */
export async function reported(args) {
  const findings = await examined(args);
  for (const finding of findings) console.log(written(finding));
  const wrong = findings.filter(isBad).length;
  console.log(wrong === 0 ? '\nNothing is wrong.' : `\nWrong: ${wrong}.`);
  process.exitCode = Number(wrong > 0);
}

await asScript(import.meta.url, () => reported(process.argv.slice(2)));
