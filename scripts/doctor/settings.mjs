// A file of settings, before it is deployed.
import { bad, good, warning } from './finding.mjs';

/** Texts that stand for a value in examples. */
const PLACEHOLDER = /…|\.\.\.|^<.*>$|^(?:changeme|xxx+|your[-_ ].*|todo)$/i;

/** What is wrong with `settings`, by the gateway's table. */
export function judged(settings, table) {
  const findings = [
    ...missing(settings, table),
    ...Object.entries(settings).flatMap(([name, value]) => ofOne(name, value, table)),
    ...pairs(settings),
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

function ofOne(name, value, table) {
  const setting = table.get(name);
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
