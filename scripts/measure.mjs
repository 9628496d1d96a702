// `npm run measure -- cold|package|tap|figures|test|ci`: times what a newcomer, a shopper, a merchant, a
// developer and CI wait for, against its bar.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, Failure } from './failure.mjs';
import { build } from './build.mjs';
import { freePorts } from './ports.mjs';
import { release } from './release.mjs';
import { probe, root, run, step } from './run.mjs';
import { asScript } from './script.mjs';
import { tapToDialog } from './tap.mjs';

/** A load average above this is other work. */
const BUSY_LOAD = 0.5;

const measurements = {
  /** From nothing but rustup and Node.js to a served shop, by the README's first command. */
  cold: { barSeconds: 6 * 60, measure: () => inNewClone((place) => untilServed(place)) },
  /** A release's own start, once its pinned parts are installed. */
  package: { barSeconds: 60, measure: fromPackage },
  /** `npm test` in this folder, where it ran before. */
  test: {
    barSeconds: 10 * 60,
    measure: () => untilEnded('npm', ['test'], { cwd: root, env: process.env }),
  },
  /** `.ci/run` with nothing fetched or built before. */
  ci: {
    barSeconds: 40 * 60,
    measure: () =>
      inNewClone(({ clone, env }) =>
        untilEnded('bash', ['.ci/run'], { cwd: clone, env: { ...env, CI: 'true' } }),
      ),
  },
  /** From a tap on the button to the open dialog, on slow 3G. */
  tap: { barSeconds: 1.5, measure: () => tapToDialog() },
  /** The staff page's figures: CPU of one answer of 90 days and 20 shops. Linux only. */
  figures: { barSeconds: 0.2, measure: figures },
};

async function figures() {
  await build(['gateway']);
  const [{ figuresCpu }, { variantOf }] = await Promise.all([
    import('../bench/figures.ts'),
    import('../bench/variants.ts'),
  ]);
  const { cpuMs, bytes } = await figuresCpu(variantOf('gateway'));
  console.log(`figures: ${Math.round(bytes / 1_000)} kB, ${cpuMs.toFixed(1)} ms of workerd's CPU`);
  return { steps: [], seconds: cpuMs / 1_000 };
}

/** A wasm target that was missing is the one thing that may be added. */
const rustupShow = () =>
  probe('rustup', ['show']).stdout.replace(/^ *wasm32-unknown-unknown\n/m, '');

/**
 * A clone of the last commit in an empty folder, with empty caches of cargo and npm; all is gone
 * afterwards.
 */
async function inNewClone(measure) {
  if (probe('git', ['status', '--porcelain']).stdout !== '')
    console.log('measure: the last commit is measured, without what differs from it here');
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-measure-'));
  try {
    const clone = join(folder, 'clone');
    await run('git', ['clone', '--quiet', root, clone]);
    return await measure({ clone, env: { ...emptyCaches(folder), ...(await ownPorts()) } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-measure-'));
  try {
    await build();
    const file = await release(join(folder, 'release'));
    const home = join(folder, 'home');
    mkdirSync(home);
    const install = ['install', '--loglevel=error', '--prefix', home, file];
    await step('package: install', '1 min', () => run('npm', install, { fetches: true }));
    const env = { ...process.env, ...(await ownPorts()) };
    const command = join(home, 'node_modules', '.bin', 'fitting-room');
    return await untilServed({ command, args: ['start'], clone: home, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine's rustup and toolchains, with nothing that cargo or npm have fetched. */
function emptyCaches(folder) {
  const machineCargo = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const cargo = join(folder, 'cargo');
  mkdirSync(join(cargo, 'bin'), { recursive: true });
  const commands = join(machineCargo, 'bin');
  for (const name of existsSync(commands) ? readdirSync(commands) : [])
    symlinkSync(join(commands, name), join(cargo, 'bin', name));
  // Which registries the machine uses is not a cache.
  const config = join(machineCargo, 'config.toml');
  if (existsSync(config)) symlinkSync(config, join(cargo, 'config.toml'));
  // Without what this run of npm set for itself, and without settings of a developer's own.
  const { HOME, PATH, RUSTUP_AUTO_INSTALL } = process.env;
  const network = Object.entries(process.env).filter(([name]) =>
    /proxy$|_CA_|^SSL_|_CERT|^LANG$|^TERM$/i.test(name),
  );
  return {
    ...Object.fromEntries(network),
    HOME,
    PATH: [
      join(cargo, 'bin'),
      ...PATH.split(':').filter((path) => !path.includes('node_modules')),
    ].join(':'),
    ...(RUSTUP_AUTO_INSTALL === undefined ? {} : { RUSTUP_AUTO_INSTALL }),
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
    CARGO_HOME: cargo,
    npm_config_cache: join(folder, 'npm'),
  };
}

/** For a start beside others. */
async function ownPorts() {
  const [PORT, SANDBOX_PORT] = (await freePorts(2)).map(String);
  return { PORT, SANDBOX_PORT };
}

/** Runs the README's first command, or another one, until the shop answers. */
async function untilServed({ command = 'npm', args = ['start'], clone, env }) {
  const child = start(command, args, { cwd: clone, env });
  const answered = async () => {
    while (!(await answers(`http://127.0.0.1:${env.PORT}/`)))
      await delay(250, undefined, { signal: child.gone });
  };
  try {
    await Promise.race([
      answered(),
      child.ended.then((code) => Promise.reject(new Failure(`${command} start ended with ${code}.`))),
    ]);
    return { steps: child.steps, seconds: child.seconds() };
  } finally {
    child.stop();
    await child.ended;
  }
}

const answers = (url) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

async function untilEnded(command, args, options) {
  const child = start(command, args, options);
  const code = await child.ended;
  if (code !== 0)
    throw new Failure(
      `${command} ${args.join(' ')} ended with ${code} after ${Math.round(child.seconds())} s.`,
    );
  return { steps: child.steps, seconds: child.seconds() };
}

/** What it prints is shown, and its steps are kept: "done: WHAT, N s" and "PART: … in N s". */
function start(command, args, { cwd, env }) {
  const began = performance.now();
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = new AbortController();
  const steps = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line);
    const [, what, took] =
      /^ {2}done: (.+), (\d+) s$/.exec(line) ??
      /^(\w+: \d+ passed, \d+ failed) in (\d+) s$/.exec(line) ??
      [];
    if (what !== undefined) steps.push({ what, took });
  });
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => {
      gone.abort();
      resolve(code ?? signal);
    }),
  );
  const stop = () => {
    // Its group: npm, the script that it started, and what that serves.
    if (!gone.signal.aborted) process.kill(-child.pid, 'SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  return {
    steps,
    ended,
    stop,
    gone: gone.signal,
    seconds: () => (performance.now() - began) / 1000,
  };
}

await asScript(import.meta.url, async () => {
  const [name, ...more] = process.argv.slice(2);
  if (more.length > 0 || name === undefined || !Object.hasOwn(measurements, name)) {
    throw new Failure(
      `npm run measure takes one of ${Object.keys(measurements)
        .map((known) => `-- ${known}`)
        .join(', ')}.`,
      EXIT.usage,
    );
  }
  const { barSeconds, measure } = measurements[name];
  const machine = rustupShow();
  const [load] = loadavg();
  if (load > BUSY_LOAD)
    console.log(
      `measure: other work is going on (load ${load.toFixed(1)}), which makes each time longer`,
    );
  const { steps, seconds } = await measure();
  console.log(`\n${name}`);
  for (const { what, took } of steps) console.log(`  ${String(took).padStart(5)} s  ${what}`);
  const taken = seconds < 10 ? seconds.toFixed(seconds < 1 ? 3 : 1) : String(Math.round(seconds));
  console.log(`  ${taken.padStart(5)} s  in all, of ${barSeconds} s at most`);
  if (rustupShow() !== machine)
    throw new Failure(
      'rustup show tells something else than before: the machine’s toolchain was changed.',
    );
  if (seconds > barSeconds) throw new Failure(`${name} took longer than its bar.`);
});
