// What `npm start` is told: by the environment and by `.dev.vars`, the former first.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { EXIT, Failure } from './failure.mjs';
import { root } from './run.mjs';

/** npm's commands run in this repository's folder, a release in its user's. */
const DEV_VARS = join(process.cwd(), '.dev.vars');
const SANDBOX_PREFIX = 'SANDBOX_';

/** Every name and value that isn't empty, but for names that are bindings' in wrangler's configuration. */
export function readSettings(environment = process.env, file = DEV_VARS) {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  // In TOML, or in a release's JSON.
  const bindings = configuration().matchAll(/^\s*"?(?:name|binding)"?\s*[=:]\s*"([A-Z0-9_]+)"/gm);
  const taken = new Set(Array.from(bindings, ([, name]) => name));
  const isSetting = ([name, value]) =>
    /^[A-Z][A-Z0-9_]*$/.test(name) && !taken.has(name) && value.trim() !== '';
  return Object.fromEntries(Object.entries({ ...fromFile, ...environment }).filter(isSetting));
}

function configuration() {
  const files = ['wrangler.jsonc', 'wrangler.toml'].map((name) => join(root, name));
  return readFileSync(files.find(existsSync), 'utf8');
}

/** Those of a file that is named, as it is. */
export function settingsOf(file) {
  if (!existsSync(file)) throw new Failure(`There is no file ${file}.`, EXIT.usage);
  return parseEnv(readFileSync(file, 'utf8'));
}

/**
 * What a local start makes of them: whether there is a sandbox, both ports, and the vars of each
 * Worker. The gateway is handed all names, as wrangler can do with the environment: it looks up
 * those that it knows.
 */
export function localStart(settings) {
  const withSandbox = settings.FASHN_BASE_URL === undefined;
  if (!withSandbox && settings.FASHN_API_KEY === undefined) {
    throw new Failure(
      'FASHN_BASE_URL is set and FASHN_API_KEY is not: set both for another FASHN, or neither for the sandbox.',
      EXIT.usage,
    );
  }
  return {
    withSandbox,
    port: port(settings, 'PORT', 8787),
    sandboxPort: port(settings, 'SANDBOX_PORT', 8788),
    // Tries cost nothing at the sandbox, and all pages of this machine are one visitor's.
    gateway: {
      ...(withSandbox ? { FASHN_API_KEY: 'sandbox-key', VISITOR_DAY_ATTEMPTS: '200' } : {}),
      ...settings,
    },
    // A try-on in about 3 seconds instead of 8.
    sandbox: { TIME_SCALE: '0.4', SANDBOX_CONTROL: 'on', ...sandboxVars(settings) },
  };
}

/** `SANDBOX_TIME_SCALE` is the sandbox's `TIME_SCALE`: some of its names are the gateway's too. */
function sandboxVars(settings) {
  const prefixed = Object.entries(settings).filter(([name]) => name.startsWith(SANDBOX_PREFIX));
  return Object.fromEntries(
    prefixed.map(([name, value]) => [
      name === 'SANDBOX_CONTROL' ? name : name.slice(SANDBOX_PREFIX.length),
      value,
    ]),
  );
}

function port(settings, name, byDefault) {
  const text = settings[name] ?? String(byDefault);
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new Failure(`${name} must be a port number from 0 to 65535, not ${text}.`, EXIT.usage);
}
