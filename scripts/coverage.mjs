// `npm run coverage`: which lines of `src/app` and the domain the host's tests and the simulation
// run, against a bar.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byFolder, ranges, read, row, share, sum } from './coverage/report.mjs';
import { EXIT, Failure } from './failure.mjs';
import { SIMULATION, cargoTest } from './parts/rust.mjs';
import { root, run, step } from './run.mjs';
import { asScript } from './script.mjs';
import { requireMachine, rust } from './setup.mjs';

const FOLDERS = ['src/app', 'src/account', 'src/run', 'src/request', 'src/notify'];

/** Percent of each folder's lines, and so of all. */
const BAR = 90;

/** What runs the lines. The simulation plays `src/app` through its ports, on SQLite too. */
const TESTS = [
  { what: 'host tests', usually: '1 min', args: ['--package', 'fitting-room'] },
  { what: 'simulation', usually: '2 min', args: SIMULATION },
];

/** The reader of LLVM's profiles: rustup's own belongs to a component that not every machine has. */
const READER = { crate: 'llvm_profparser', version: '0.15.0', command: 'cov' };

/** The reader's path; it is compiled if this version isn't there. */
async function reader() {
  const tools = join(root, '.tools');
  const { crate, version, command } = READER;
  const name = `${command}-${version}`;
  const tool = join(tools, name);
  if (existsSync(tool)) return tool;
  const folder = join(tools, `${command}-target-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const what = ['install', '--quiet', '--locked', '--debug', '--bin', command];
    const where = ['--root', folder, '--target-dir', folder];
    await step('coverage tool: compile, once', '1 min', () =>
      run('cargo', [...what, ...where, `${crate}@${version}`], {
        env: { CARGO_PROFILE_DEV_DEBUG: '0' },
        fetches: true,
      }),
    );
    renameSync(join(folder, 'bin', command), tool);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const other of readdirSync(tools)) {
    if (other.startsWith(`${command}-`) && other !== name)
      rmSync(join(tools, other), { recursive: true });
  }
  return tool;
}

/** Compiles and runs tests with counters; answers their executables. */
async function counted({ what, usually, args }, profiles) {
  const env = {
    RUSTC_WORKSPACE_WRAPPER: join(root, 'scripts', 'coverage', 'rustc.sh'),
    LLVM_PROFILE_FILE: join(profiles, '%m-%p.profraw'),
    // Counters aren't atomic: two threads would lose some, and differences of them would be wrong.
    RUST_TEST_THREADS: '1',
  };
  const build = ['test', '--quiet', '--locked', '--tests', '--no-run', '--message-format=json'];
  return step(`coverage: ${what}`, usually, async () => {
    const built = await run('cargo', [...build, ...args], { env, capture: true });
    const { failed } = await cargoTest(['--tests', ...args], env);
    if (failed > 0) throw new Failure('What fails covers nothing: let the tests pass first.');
    return executables(built);
  });
}

/** Those of tests, out of cargo's messages. */
const executables = (messages) =>
  messages
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ executable, profile }) => executable && profile.test)
    .map(({ executable }) => executable);

/** The lines of the files that are measured: tests' own don't count. */
async function measure(profiles) {
  const tool = await reader();
  const objects = [];
  for (const tests of TESTS) objects.push(...(await counted(tests, profiles)));
  const args = [
    ...readdirSync(profiles).flatMap((name) => ['--instr-profile', join(profiles, name)]),
    ...objects.flatMap((object) => ['--object', object]),
  ];
  const listing = await run(tool, ['show', ...args], { capture: true });
  return read(listing, root, (name) => !/\/tests(\/|\.rs$)/.test(name));
}

function print(folders, all) {
  console.log('\n  lines covered      %');
  for (const folder of folders) {
    console.log(`${row(folder)}/`);
    for (const file of folder.files) {
      const missed = file.missed.length > 0 ? `not ${ranges(file.missed)}` : '';
      console.log(row({ ...file, name: `  ${file.name.slice(folder.name.length + 1)}` }, missed));
    }
  }
  console.log();
  for (const folder of folders) console.log(`${row(folder)}/`);
  console.log(row(all));
}

await asScript(import.meta.url, async () => {
  if (process.argv.length > 2) throw new Failure('npm run coverage takes nothing.', EXIT.usage);
  requireMachine();
  await rust();
  const profiles = mkdtempSync(join(tmpdir(), 'fitting-room-coverage-'));
  try {
    const folders = byFolder(await measure(profiles), FOLDERS);
    const all = sum('in all', folders);
    print(folders, all);
    const below = folders.filter((folder) => folder.lines === 0 || share(folder) < BAR);
    if (below.length > 0) {
      const names = below.map(({ name }) => name).join(', ');
      throw new Failure(`Less than ${BAR} % of the lines are covered in ${names}.`);
    }
  } finally {
    rmSync(profiles, { recursive: true, force: true });
  }
});
