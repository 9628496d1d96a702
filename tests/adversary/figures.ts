// What an attack took: durations are printed and never judged, memory is held against its bound.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

/** What a test does at its end. */
export type Finish = typeof onTestFinished;

/**
 * Prints a row's figures when its test is over, passed or not. A concurrent test brings its own
 * hook.
 */
export function prints(row: string, tell: () => string, finish: Finish = onTestFinished): void {
  finish(() => console.log(`${row}: ${tell()}`));
}

/** Milliseconds since it was made; `stop` keeps them. */
export function stopwatch(): { stop(): void; toString(): string } {
  const began = performance.now();
  let took: number | undefined;
  return {
    stop: () => void (took = performance.now() - began),
    toString: () =>
      took === undefined
        ? `not after ${(performance.now() - began).toFixed()} ms`
        : `after ${took.toFixed()} ms`,
  };
}

/** The resident memory of the workerd that this test has started, in bytes. */
async function resident(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'ppid=,rss=,comm=']);
  const own = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , name]) => Number(parent) === process.pid && name?.includes('workerd'));
  if (own.length === 0) throw new Error('no workerd of this process runs');
  return own.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0);
}

/** The greatest resident memory above the present one, while something goes on. */
export async function residentAbove(attack: () => Promise<void>): Promise<number> {
  const idle = await resident();
  let most = idle;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) most = Math.max(most, await resident());
  })();
  try {
    await attack();
  } finally {
    isOver = true;
    await watching;
  }
  return Math.max(most, await resident()) - idle;
}

export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed()} MB`;
