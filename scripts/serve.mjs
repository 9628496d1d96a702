// Serves what is built: the sandbox (unless FASHN_BASE_URL names another FASHN) and the gateway
// with the demo shop. Runs on the pinned Node.js until it is told to stop. With --keep what is
// stored is there again at the next start.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWorker } from './desk.ts';
import { EXIT, Failure } from './failure.mjs';
import { portTaken } from './ports.mjs';
import { localStart, readSettings } from './settings.mjs';

const storage = process.argv.includes('--keep') ? join(process.cwd(), '.storage') : undefined;
const running = [];
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));

try {
  await main();
} catch (error) {
  console.error(error instanceof Failure ? `\n${error.message}` : error);
  await stop(error.exitCode ?? 1);
}

async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  await Promise.allSettled(running.map((worker) => worker.stop()));
  process.exit(code);
}

async function main() {
  const local = localStart(readSettings());
  const sandbox = local.withSandbox
    ? await serve('sandbox', 'sandbox', local.sandboxPort, 'SANDBOX_PORT', local.sandbox)
    : undefined;
  const fashn = local.gateway.FASHN_BASE_URL ?? sandbox;
  const vars = {
    ...local.gateway,
    STAFF_TOKEN: local.gateway.STAFF_TOKEN ?? randomBytes(32).toString('base64url'),
    FASHN_BASE_URL: fashn,
    SIGNING_SECRET: local.gateway.SIGNING_SECRET ?? signingSecret(),
  };
  const gateway = await serve('.', 'gateway', local.port, 'PORT', vars);
  await requireReady(gateway, vars.STAFF_TOKEN);
  console.log(`\n  Demo shop and gateway   ${gateway}`);
  console.log(
    `  ${sandbox === undefined ? 'FASHN                  ' : 'Sandbox (FASHN’s part) '} ${fashn}`,
  );
  if (storage) console.log(`  Stored in               ${storage}`);
  console.log('\nCtrl-C ends it.');
}

/** Start a Worker; resolves to its address. */
async function serve(folder, name, port, portSetting, vars) {
  const init = { port, vars, onLog: (line) => console.log(`${name}: ${line}`) };
  try {
    const worker = await startWorker(
      folder,
      storage ? { ...init, persist: join(storage, name) } : init,
    );
    running.push(worker);
    return worker.url.href.replace(/\/$/, '');
  } catch (error) {
    throw /Address already in use/.test(error.message) ? portTaken(port, portSetting) : error;
  }
}

/** Results live as long as the secret that signed their ids: it is kept with them. */
function signingSecret() {
  const secret = randomBytes(32).toString('base64url');
  if (storage === undefined) return secret;
  const file = join(storage, 'signing-secret');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  mkdirSync(storage, { recursive: true });
  writeFileSync(file, secret, { mode: 0o600 });
  return secret;
}

/** Says what keeps the gateway from working, in its own words. */
async function requireReady(address, token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await (await fetch(`${address}/readyz`, { headers })).json();
  if (answer.ready) return;
  // Without a token that can be used nobody is staff, and the reasons are in the log above.
  const problems = answer.problems ?? [{ setting: 'STAFF_TOKEN', message: 'is wrong: see above' }];
  const lines = problems.map(({ setting, message }) => `  ${setting} ${message}`);
  throw new Failure(
    `The gateway is not ready:\n${lines.join('\n')}\nSet these in the environment or in .dev.vars, and start again.`,
    EXIT.usage,
  );
}
