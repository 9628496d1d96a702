// What an attack took: durations are printed and never judged, rows and memory are held against
// their bounds.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/** The rows of a table in a gateway's databases. workerd has them to itself: copies are read. */
export function rowsOf(store: string, table: string): number {
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[0-9a-f]{64}\.sqlite$/.test(name),
  );
  return files.reduce((sum, name) => sum + rowsIn(join(store, name), table), 0);
}

function rowsIn(file: string, table: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'fitting-room-copy-'));
  const copy = join(folder, 'copy.sqlite');
  try {
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    const database = new DatabaseSync(copy);
    const isThere =
      database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').all(table).length > 0;
    const [row] = isThere ? database.prepare(`SELECT count(*) AS rows FROM ${table}`).all() : [];
    database.close();
    return Number(row?.['rows'] ?? 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
