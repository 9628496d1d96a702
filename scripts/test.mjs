// `npm test`: fetches what is missing, builds, and runs what each change must pass. How it is
// called: `USAGE`.
import { appendFileSync } from 'node:fs';
import { changedFiles, choose, workspacePackages } from './changed.mjs';
import { EXIT, Failure } from './failure.mjs';
import { seconds } from './run.mjs';
import { asScript } from './script.mjs';
import { setUp } from './setup.mjs';
import { suites, sum } from './suites.mjs';

const USAGE = `npm test [-- part …] [--changed] [--repeat N]
  part       one of ${Object.keys(suites.test.parts).join(', ')}; all of them without
  --changed  only what the files ask for that differ from main
  --repeat   every test N times, in another order each time
npm run test:long [-- part …], npm run test:world [-- part …]`;

/** Reads the arguments: the suite's name first, as package.json gives it. */
export function parse([suiteName, ...args]) {
  const suite = suites[suiteName];
  if (suite === undefined) throw usage(`There is no suite ${suiteName}.`);
  const asked = { suite, parts: [], isChanged: false, times: 1 };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (arg === '--changed' && suite === suites.test) asked.isChanged = true;
    else if (arg === '--repeat') asked.times = times(args[(at += 1)]);
    else if (Object.hasOwn(suite.parts, arg)) asked.parts.push(arg);
    else throw usage(`${suite.command} does not know ${arg}.`);
  }
  if (asked.isChanged && asked.parts.length > 0)
    throw usage('--changed chooses the parts itself: name none beside it.');
  return asked;
}

function times(text) {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 1_000) return number;
  throw usage(`--repeat takes a number from 1 to 1000, not ${text ?? 'nothing'}.`);
}

const usage = (message) => new Failure(`${message}\n\n${USAGE}`, EXIT.usage);

/** Characters that the end says of a failure: the whole of it stands above. */
const FAILURE_MAX = 1_000;

/** What is done only once however often tests are repeated: it is not a test. */
const ONCE = ['check', 'bench'];

async function main({ suite, parts, isChanged, times: count }) {
  if (Object.keys(suite.parts).length === 0) {
    console.log(`${suite.command} has no parts yet. It is for ${suite.what}.`);
    return;
  }
  await setUp();
  const choice = isChanged ? choose(changedFiles(), workspacePackages()) : {};
  const chosen = choice.parts ?? (parts.length > 0 ? parts : Object.keys(suite.parts));
  const results = [];
  for (let turn = 1; turn <= count; turn += 1) {
    if (count > 1) console.log(`\nturn ${turn} of ${count}`);
    const vitest = [...(choice.vitest ?? []), ...order(count, turn)];
    const carryOut = (name) => timed(name, () => suite.parts[name]({ ...choice, vitest }));
    const inTurn = chosen.filter((name) => turn === 1 || !ONCE.includes(name));
    const beside = Promise.all(inTurn.filter((name) => suite.beside.includes(name)).map(carryOut));
    // What ends it early is thrown below, once the others are through.
    beside.catch(() => {});
    for (const name of inTurn.filter((one) => !suite.beside.includes(one)))
      results.push(await carryOut(name));
    results.push(...(await beside));
  }
  if (choice.hasWorkerRust)
    console.log(
      '\nA Worker’s Rust differs: which specs that touches only a whole run tells, npm test -- workers.',
    );
  close(suite, results);
}

/** Another order in each turn, by a seed that the turn tells. */
function order(count, turn) {
  return count === 1
    ? []
    : ['--sequence.shuffle.files', '--sequence.shuffle.tests', `--sequence.seed=${turn}`];
}

/** A part that can't be carried out is one failure, and the others run all the same. */
async function timed(name, work) {
  const began = performance.now();
  let counts;
  try {
    counts = await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 1) throw error;
    console.error(`\n${error.message}`);
    counts = { passed: 0, failed: 1, failures: [error.message] };
  }
  // A part that doesn't tell which of its tests failed.
  if (counts.failed > 0 && !counts.failures?.length)
    counts = { ...counts, failures: [`${name}: what it said stands above`] };
  const result = { name, ...counts, seconds: seconds(began) };
  console.log(line(result));
  return result;
}

const line = ({ name, passed, failed, seconds: took }) =>
  `${name}: ${passed} passed, ${failed} failed in ${took} s`;

/**
 * Each part's line again, what failed, and the plain closing line; CI adds suites up and prints
 * the last two itself, as its reader may see the end alone.
 */
function close(suite, results) {
  const { passed, failed, failures } = sum(...results);
  console.log(`\n${suite.command}`);
  for (const result of results) console.log(`  ${line(result)}`);
  const said = failures.map((failure) => `\nfailed: ${shortened(failure)}\n`);
  const file = process.env.TEST_COUNTS_FILE;
  if (file) appendFileSync(file, `${said.join('')}${passed} ${failed}\n`);
  else console.log(`${said.join('')}\n${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

const shortened = (failure) => failure.trim().slice(0, FAILURE_MAX).replaceAll('\n', '\n  ');

await asScript(import.meta.url, () => main(parse(process.argv.slice(2))));
