// The deployment itself: address, settings, staff, FASHN's account, webhook, element.
import { bad, good, skipped, warning } from './finding.mjs';
import { Unreachable, ask, isLocal, jsonOf } from './reach.mjs';

/** FASHN's cheapest try-on costs one credit: below this a busy hour empties the account. */
const FEW_CREDITS = 50;
/** Shopify's signed requests are refused when they are older. */
const CLOCK_SECONDS_MAX = 90;

/** The gateway answers at its address; nothing else is asked where it doesn't. */
export async function address({ gateway }) {
  if (gateway.protocol !== 'https:' && !isLocal(gateway)) {
    return bad(
      `${gateway.href} is not https: pages of shops can't call it, and photographs would travel unencrypted.`,
      'Give the address with https://.',
    );
  }
  const answer = await ask(new URL('/healthz', gateway));
  if (answer.status >= 300 && answer.status < 400) {
    const to = new URL(answer.headers.get('location') ?? '/', gateway);
    const isLogin = /cloudflareaccess\.com$/.test(to.hostname);
    return bad(
      `${gateway.host} sends callers on to ${to.host}${isLogin ? ', a login' : ''}.`,
      isLogin
        ? 'Let Cloudflare Access protect /staff alone: shoppers and FASHN can’t log in.'
        : `Use ${to.origin} as the gateway's address, or take the redirect away.`,
    );
  }
  if (answer.status === 200 && jsonOf(answer)?.status === 'ok') {
    return good(`The gateway answers at ${gateway.origin}.`);
  }
  return bad(
    `Something other than the gateway answers at ${gateway.origin} (status ${answer.status}).`,
    'Compare the address with the one that the deploy printed; a route or domain may lead to another Worker.',
  );
}

/** Every setting and binding that keeps it from working. */
export async function settings({ gateway, staff }) {
  const answer = await ask(new URL('/readyz', gateway), { headers: staff });
  const { ready, problems = [] } = jsonOf(answer) ?? {};
  if (ready === true && problems.length === 0) return good('Settings and bindings are complete.');
  if (problems.length === 0) {
    return bad(
      'The gateway says that it is not ready, and tells the reasons to staff alone.',
      'Run this again with STAFF_TOKEN in the environment or in .dev.vars; if that isn’t set either, deploy with it.',
    );
  }
  const report = ready === true ? warning : bad;
  return problems.map(({ setting, message }) =>
    report(`${setting} ${message}.`, `Set ${setting} (docs/settings.md) and deploy again.`),
  );
}

/** The staff token, FASHN's key behind it, and what is left of the account. */
export async function credits({ gateway, staff, isReady }) {
  if (staff.authorization === undefined) {
    return skipped(
      'FASHN’s key and balance were not looked at.',
      'Put STAFF_TOKEN into the environment or into .dev.vars.',
    );
  }
  if (!isReady) return skipped('FASHN’s key and balance were not looked at.', 'Mend the settings first.');
  const answer = await ask(new URL('/v1/credits', gateway), { headers: staff });
  const { message = '', credits: balance } = jsonOf(answer) ?? {};
  if (answer.status === 401 && /bearer|staff/i.test(message)) {
    return bad(
      'The gateway doesn’t know this staff token.',
      'Compare STAFF_TOKEN here with the secret that was deployed: npx wrangler secret put STAFF_TOKEN.',
    );
  }
  if (answer.status === 200 && Number.isFinite(balance?.total)) {
    if (balance.total <= 0) {
      return bad('FASHN’s account has no credits left.', 'Buy credits in FASHN’s dashboard.');
    }
    const what = `FASHN takes the key, and ${balance.total} credits are left.`;
    return balance.total < FEW_CREDITS
      ? warning(what, 'Buy credits, or turn on auto-reload in FASHN’s dashboard.')
      : good(what);
  }
  if (answer.status === 504 || answer.status === 502) {
    return bad(
      `FASHN could not be asked: ${message || `status ${answer.status}`}`,
      'Check FASHN_API_KEY and FASHN_BASE_URL, then FASHN’s status page.',
    );
  }
  return bad(
    `FASHN refuses the gateway's key: ${message || `status ${answer.status}`}`,
    'Put a valid key: npx wrangler secret put FASHN_API_KEY.',
  );
}

/** FASHN's webhooks get through: a forged token is refused by the gateway, and by nothing else. */
export async function webhook({ gateway }) {
  const answer = await ask(new URL('/webhooks/fashn/forged', gateway), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'FASHN' },
    body: '{"id":"forged","status":"completed"}',
  });
  if (answer.status === 404 && jsonOf(answer)?.error === 'NotFound') {
    return good('FASHN’s webhooks reach the gateway.');
  }
  if (answer.status === 503) return skipped('The webhook was not looked at.', 'Mend the settings first.');
  return bad(
    `A webhook of FASHN's is answered with ${answer.status}, and not by the gateway.`,
    'Take firewall rules, bot protection and logins away from /webhooks/*. Until then pictures arrive late: the gateway has to ask for each.',
  );
}

/** The element's script is served. */
export async function element({ gateway }) {
  const answer = await ask(new URL('/try-it-on.js', gateway));
  const isScript = /javascript/.test(answer.headers.get('content-type') ?? '');
  if (answer.status === 200 && isScript) return good('The element is served as /try-it-on.js.');
  return bad(
    `/try-it-on.js is answered with ${answer.status}${isScript ? '' : ', not as a script'}.`,
    'Deploy with the static files: [assets] in wrangler’s configuration names their folder.',
  );
}

/** Shopify's signatures carry a time. */
export async function clock({ gateway }) {
  const answer = await ask(new URL('/healthz', gateway));
  const there = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(there)) return good('The gateway tells no time, and none was compared.');
  const seconds = Math.round(Math.abs(there - Date.now()) / 1_000);
  if (seconds <= CLOCK_SECONDS_MAX) return good('This machine’s clock agrees with the gateway’s.');
  return warning(
    `This machine's clock differs from the gateway's by ${seconds} seconds.`,
    'Set this machine’s clock: signatures that are made here would be refused.',
  );
}

/** A check that ends with a finding whatever happens. */
export async function safely(check, context) {
  try {
    return [await check(context)].flat();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return [bad(`${sentence(error.message)}.`, 'Check the address, DNS and the network, and run this again.')];
  }
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1);
