// The command `fitting-room` of a release: everything is built, so Node.js is all that it needs.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBad, written } from '../doctor/finding.mjs';
import { judged } from '../doctor/settings.mjs';
import { settingsTable } from '../doctor/table.mjs';
import { reported } from '../doctor.mjs';
import { toEnvironment } from '../environment.mjs';
import { EXIT, Failure } from '../failure.mjs';
import { foreground } from '../foreground.mjs';
import { advice, makeKeys } from '../keys.mjs';
import { requireBothFree } from '../ports.mjs';
import { root } from '../run.mjs';
import { localStart, readSettings, settingsOf } from '../settings.mjs';

const HELP = `fitting-room start [--keep]                   the demo shop and the sandbox of FASHN, on this machine
fitting-room keys                             makes secrets, and says where they go
fitting-room deploy [--settings FILE] [...]   deploys to Cloudflare; what follows is handed to wrangler
fitting-room doctor [ADDRESS] [--page URL] [--shopify SHOP] [--settings FILE] [--try]
                                              says what is wrong, and what mends it`;

/** The oldest Node.js that wrangler runs on. */
const [MAJOR, MINOR] = [22, 12];

const commands = { start, keys: () => console.log(advice(makeKeys())), deploy, doctor: reported };

try {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || /^-?-?h(?:elp)?$/.test(name)) console.log(HELP);
  else if (Object.hasOwn(commands, name)) await commands[name](args);
  else throw new Failure(`There is no command ${name}.\n\n${HELP}`, EXIT.usage);
} catch (error) {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = error.exitCode ?? 1;
}

async function start(args) {
  const unknown = args.find((arg) => arg !== '--keep');
  if (unknown !== undefined) throw new Failure(`start takes --keep, and not ${unknown}.`, EXIT.usage);
  await requireBothFree(localStart(readSettings()));
  await foreground(newEnough(), [join(root, 'scripts', 'serve.mjs'), ...args]);
}

/** Settings of a file become vars and secrets, by what the gateway's table says that they are. */
async function deploy(args) {
  const at = args.indexOf('--settings');
  const file = at < 0 ? undefined : args[at + 1];
  if (at >= 0 && file === undefined) throw new Failure('--settings takes a file.', EXIT.usage);
  const rest = at < 0 ? args : args.toSpliced(at, 2);
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-deploy-'));
  try {
    const options = file === undefined ? ['--keep-vars'] : optionsOf(file, folder);
    const wrangler = createRequire(import.meta.url).resolve('wrangler/package.json');
    const command = join(wrangler, '..', 'bin', 'wrangler.js');
    const config = join(root, 'wrangler.jsonc');
    await foreground(newEnough(), [command, 'deploy', '--config', config, ...options, ...toEnvironment(rest)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function optionsOf(file, folder) {
  const settings = settingsOf(file);
  const table = settingsTable(join(root, 'docs', 'settings.md'));
  const wrong = judged(settings, table).filter(isBad);
  if (wrong.length > 0) throw new Failure(wrong.map(written).join('\n'), EXIT.usage);
  const isSecret = ([name]) => table.get(name)?.isSecret === true;
  const entries = Object.entries(settings);
  const secrets = Object.fromEntries(entries.filter(isSecret));
  const vars = entries.filter((entry) => !isSecret(entry) && table.has(entry[0]));
  // Secrets go through a file that nobody else may read, and never through the command line.
  const secretsFile = join(folder, 'secrets.json');
  writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  return ['--secrets-file', secretsFile, ...vars.flatMap(([name, value]) => ['--var', `${name}:${value}`])];
}


/** This one, or the pinned one that was installed beside the package. */
function newEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return process.execPath;
  const pinned = join(createRequire(import.meta.url).resolve('node/package.json'), '..', 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  throw new Failure(
    `Node.js ${MAJOR}.${MINOR} or newer is needed, and this is ${process.versions.node}: install a newer one, or let npm run the install scripts of the package node.`,
    EXIT.machine,
  );
}
