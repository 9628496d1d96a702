// Serves what is built: the sandbox (unless FASHN_BASE_URL names another FASHN) and the gateway with the demo shop.
// Runs until it is told to stop.
import { randomBytes } from 'node:crypto';
import { startWorker, type RunningWorker, type Vars } from './desk.ts';

const env = process.env;
const running: RunningWorker[] = [];
let stopping = false;

async function stop(code: number) {
  if (stopping) return;
  stopping = true;
  await Promise.allSettled(running.map((worker) => worker.stop()));
  process.exit(code);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
process.on('SIGHUP', () => void stop(0));

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const taken = /Address already in use \(([^)]+)\)/.exec(message)?.[1];
  console.error(`\n${taken ? `${taken} is taken already: set PORT or SANDBOX_PORT to another port.` : message}`);
  await stop(1);
}

async function main() {
  const fashn = env.FASHN_BASE_URL ?? (await sandbox());
  const gateway = await startWorker('.', {
    port: port('PORT', 8787),
    vars: gatewayVars(fashn),
    onLog: (line) => console.log(`gateway: ${line}`),
  });
  running.push(gateway);
  await ready(gateway.url);
  console.log(`\n  Demo shop and gateway   ${bare(gateway.url)}`);
  console.log(`  ${env.FASHN_BASE_URL ? 'FASHN                  ' : 'Sandbox (FASHN’s part) '} ${bare(new URL(fashn))}`);
  console.log('\nCtrl-C ends both.');
}

async function sandbox(): Promise<string> {
  const worker = await startWorker('sandbox', {
    port: port('SANDBOX_PORT', 8788),
    // A try-on in about 3 seconds instead of 8.
    vars: { TIME_SCALE: '0.4', SANDBOX_CONTROL: 'on' },
    onLog: (line) => console.log(`sandbox: ${line}`),
  });
  running.push(worker);
  return bare(worker.url);
}

/** The local defaults, and what the environment says instead. */
function gatewayVars(fashn: string): Vars {
  const local: Vars = {
    FASHN_BASE_URL: fashn,
    FASHN_API_KEY: env.FASHN_API_KEY ?? (env.FASHN_BASE_URL ? undefined : 'sandbox-key'),
    // Results live as long as this process, so the secret needs to live no longer.
    SIGNING_SECRET: env.SIGNING_SECRET ?? randomBytes(32).toString('base64url'),
  };
  for (const name of ['STAFF_TOKEN', 'ALLOWED_ORIGINS', 'PUBLIC_ORIGIN']) {
    if (env[name]) local[name] = env[name];
  }
  return local;
}

/** Say what keeps the gateway from working, in its own words. */
async function ready(url: URL) {
  const answer = await fetch(new URL('/readyz', url));
  const { problems } = (await answer.json()) as { problems: { setting: string; message: string }[] };
  if (problems.length === 0) return;
  throw new Error(`The gateway is not ready:\n${problems.map(({ setting, message }) => `  ${setting} ${message}`).join('\n')}`);
}

function port(name: string, byDefault: number): number {
  const text = env[name];
  if (text === undefined || text === '') return byDefault;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`${name} must be a port number, not ${text}`);
  return number;
}

function bare(url: URL): string {
  return url.href.replace(/\/$/, '');
}
