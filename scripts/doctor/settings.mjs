// A file of settings, before it is deployed.
import { bad, good, warning } from './finding.mjs';

/** Texts that stand for a value in examples. */
const PLACEHOLDER = /…|\.\.\.|^<.*>$|^(?:changeme|xxx+|your[-_ ].*|todo)$/i;

/** What is wrong with `settings`, by the gateway's table. */
export function judged(settings, table) {
  const named = namedSecrets(settings);
  const findings = [
    ...missing(settings, table),
    ...Object.entries(settings).flatMap(([name, value]) => ofOne(name, value, table, named)),
    ...pairs(settings),
    ...unset(settings, named),
  ];
  return findings.length > 0 ? findings : [good('Every setting in the file can be used.')];
}

function missing(settings, table) {
  return [...table]
    .filter(([name, { isRequired }]) => isRequired && !settings[name])
    .map(([name]) =>
      bad(
        `${name} is missing.`,
        name === 'FASHN_API_KEY'
          ? 'Make a key in FASHN’s developer dashboard.'
          : 'The command keys makes one.',
      ),
    );
}

function ofOne(name, value, table, named) {
  const setting = table.get(name) ?? table.get(named.get(name));
  if (setting === undefined) return [unknown(name, table)];
  if (PLACEHOLDER.test(value)) {
    return [bad(`${name} still has the example's value.`, `Set ${name} to your own, or delete its line.`)];
  }
  if (setting.isSecret && value.length < setting.charsMin) {
    return [
      bad(
        `${name} has ${value.length} characters, and ${setting.charsMin} are needed.`,
        'The command keys makes good ones.',
      ),
    ];
  }
  if (setting.max !== undefined) {
    const number = Number(value);
    if (!Number.isInteger(number) || number < setting.min || number > setting.max) {
      return [
        bad(`${name} must be a whole number from ${setting.min} to ${setting.max}.`, `It is ${value}.`),
      ];
    }
  }
  return name === 'ALLOWED_ORIGINS' ? origins(value) : [];
}

/** The fields of `SHOPS` and `STAFF_ROLES` that name a secret, and the setting that each is like. */
const NAMING = {
  fashn_key: 'FASHN_API_KEY',
  garment_secret: 'GARMENT_SECRET',
  orders_secret: 'ORDERS_WEBHOOK_SECRET',
  shopify_secret: 'SHOPIFY_SECRET',
  token: 'STAFF_TOKEN',
};
const PREVIOUS = '_PREVIOUS';
/** Keys and tokens have no previous one. */
const isChangedInPairs = (like) => like !== 'FASHN_API_KEY' && like !== 'STAFF_TOKEN';

/**
 * Secrets by the names that shops and roles have, each with the setting that it is like. Where a table
 * isn't in the file, it may be in wrangler.toml, and a name counts by its beginning.
 */
function namedSecrets(settings) {
  const named = new Map();
  for (const [table, fields] of [
    ['SHOPS', ['fashn_key', 'garment_secret', 'orders_secret', 'shopify_secret']],
    ['STAFF_ROLES', ['token']],
  ]) {
    const likes = fields.map((field) => [field, NAMING[field]]);
    if (settings[table] === undefined) {
      for (const name of Object.keys(settings)) {
        const like = likes.find(([, like]) => name.startsWith(`${like}_`))?.[1];
        // `STAFF_TOKEN_PREVIOS` is a slip.
        if (like !== undefined && distance(name, like + PREVIOUS) > 2) named.set(name, like);
      }
      continue;
    }
    for (const entry of Object.values(parsed(settings[table]))) {
      for (const [field, like] of likes) {
        const name = entry?.[field];
        if (typeof name !== 'string') continue;
        named.set(name, like);
        if (isChangedInPairs(like) && settings[name + PREVIOUS] !== undefined) named.set(name + PREVIOUS, like);
      }
    }
  }
  return named;
}

/** A table as JSON; an empty one for anything else, which the gateway itself names. */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Secrets that a shop or a role names and the file doesn't have. */
function unset(settings, named) {
  const names = [...named.keys()].filter((name) => !settings[name]);
  return names.map((name) => bad(`${name} is missing: a shop or a role names it.`, `Set ${name} too.`));
}

function unknown(name, table) {
  const [nearest] = [...table.keys()]
    .map((known) => [known, distance(known, name)])
    .sort(([, one], [, other]) => one - other)
    .filter(([, edits]) => edits <= 3);
  return warning(
    `${name} is no setting of the gateway.`,
    nearest === undefined ? 'docs/settings.md has all of them.' : `${nearest[0]} may be meant.`,
  );
}

function origins(value) {
  return value
    .split(/[\s,]+/)
    .filter(Boolean)
    .flatMap((origin) => {
      if (/^https:\/\/(?:\*\.)?[a-z0-9.-]+(?::\d+)?$/i.test(origin)) return [];
      if (/^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(origin)) return [];
      return [
        bad(
          `ALLOWED_ORIGINS has ${origin}, which is no origin of a shop's pages.`,
          'An origin is https:// and a name, without a path and a slash at its end.',
        ),
      ];
    });
}

/** Settings that need each other. */
function pairs(settings) {
  const needs = [
    ['MERCHANT_WEBHOOK_URL', 'MERCHANT_WEBHOOK_SECRET'],
    ['MERCHANT_WEBHOOK_SECRET', 'MERCHANT_WEBHOOK_URL'],
    ['MERCHANT_WEBHOOK_URL', 'PUBLIC_ORIGIN'],
    ['TURNSTILE_SECRET', 'TURNSTILE_HOSTNAMES'],
    ['ACCESS_TEAM', 'ACCESS_AUDIENCE'],
    ['STAFF_TOKEN_PREVIOUS', 'STAFF_TOKEN'],
    ['GARMENT_SECRET_PREVIOUS', 'GARMENT_SECRET'],
    ['ORDERS_WEBHOOK_SECRET_PREVIOUS', 'ORDERS_WEBHOOK_SECRET'],
    ['SHOPIFY_SECRET_PREVIOUS', 'SHOPIFY_SECRET'],
  ];
  const unmet = needs.filter(([name, other]) => settings[name] && !settings[other]);
  const findings = unmet.map(([name, other]) =>
    bad(`${name} is set and ${other} isn't.`, `Set ${other} too.`),
  );
  if (!settings['STAFF_TOKEN']) {
    findings.push(
      warning('There is no STAFF_TOKEN: nobody can look at the account.', 'The command keys makes one.'),
    );
  }
  return findings;
}

/** How many letters have to change, be added or go. */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const change = row[at - 1] + Number(letter !== other[at - 1]);
      next.push(Math.min(change, row[at] + 1, next[at - 1] + 1));
    }
    row = next;
  }
  return row.at(-1);
}
