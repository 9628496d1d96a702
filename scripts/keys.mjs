// `npm run keys`: makes good secrets and says where to put them. Nothing is stored unless
// `-- --dev-vars` asks for it: then `.dev.vars`, which git ignores, gets them for `wrangler dev`.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, Failure } from './failure.mjs';
import { root } from './run.mjs';
import { asScript } from './script.mjs';

/** 256 bits each, in characters that a header and a shell take as they are. */
export function makeKeys() {
  const secret = () => randomBytes(32).toString('base64url');
  return { SIGNING_SECRET: secret(), STAFF_TOKEN: secret() };
}

export const advice = (keys) => `Two secrets, made just now and stored nowhere:

${Object.entries(keys)
  .map(([name, value]) => `  ${name}=${value}`)
  .join('\n')}

Put them into your password manager: Cloudflare keeps them, and shows them to nobody again. Then give each to the Worker;
the command asks for the value, so that it stays out of your shell's history:

${Object.keys(keys)
  .map((name) => `  npx wrangler secret put ${name}`)
  .join('\n')}
  npx wrangler secret put FASHN_API_KEY      # from FASHN's developer dashboard

To change one later, without anybody noticing:

  SIGNING_SECRET   put the old value as SIGNING_SECRET_PREVIOUS, then a new one as SIGNING_SECRET. New ids and webhook
                   addresses are signed with the new one; those of the old one are known until you run
                   npx wrangler secret delete SIGNING_SECRET_PREVIOUS
                   which is due once the last of them has expired: after RESULT_TTL_SECONDS (an hour by default) or a
                   day, whichever is longer.
  GARMENT_SECRET   if you have one: likewise, with GARMENT_SECRET_PREVIOUS, until no cached page has signatures of the old one.
  MERCHANT_WEBHOOK_SECRET
                   if you have one: likewise, with MERCHANT_WEBHOOK_SECRET_PREVIOUS, until your backend has the new one.
  ORDERS_WEBHOOK_SECRET
                   if you have one: likewise, with ORDERS_WEBHOOK_SECRET_PREVIOUS, until your backend signs with the new one.
  SHOPIFY_SECRET   if you have one: likewise, with SHOPIFY_SECRET_PREVIOUS, until Shopify has revoked the old one.
  A shop's own     secrets that SHOPS names: likewise, with _PREVIOUS after their names.
  STAFF_TOKEN      put the old value as STAFF_TOKEN_PREVIOUS, then a new one as STAFF_TOKEN. Both are good until you run
                   npx wrangler secret delete STAFF_TOKEN_PREVIOUS
  After a leak     put new values, and no PREVIOUS: what the leaked one signed or opened ends at once.
`;

function writeDevVars(path, keys) {
  const lines = Object.entries(keys).map(([name, value]) => `${name}=${value}\n`);
  try {
    // `wx`: secrets that are there already are not written over.
    writeFileSync(path, lines.join(''), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error.code === 'EEXIST') throw new Failure(`${path} is there already: move it away first.`);
    throw error;
  }
  console.log(
    `${path} has a SIGNING_SECRET and a STAFF_TOKEN for this machine. Add your FASHN_API_KEY.`,
  );
}

await asScript(import.meta.url, () => {
  const [option, ...more] = process.argv.slice(2);
  if (more.length > 0 || (option !== undefined && option !== '--dev-vars')) {
    throw new Failure(
      'npm run keys takes nothing, or -- --dev-vars to write them into .dev.vars.',
      EXIT.usage,
    );
  }
  if (option === undefined) console.log(advice(makeKeys()));
  else writeDevVars(join(root, '.dev.vars'), makeKeys());
});
