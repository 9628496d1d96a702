// The account's statements in workerd's own SQLite: each plan searches by an index, and each write is billed as the
// host's tests count it. What is run here is written by `cargo test --test storage write_files -- --ignored`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Param = string | number | null;

interface Call {
  sql: string;
  params: Param[];
  /** Rows that it writes; null if it reads, or makes a table. */
  written: number | null;
}

interface Exported {
  statements: { name: string; sql: string }[];
  calls: Call[];
}

interface Done {
  rows: Param[][];
  written: number;
}

const DATABASES = join(import.meta.dirname, 'databases');
const exported = JSON.parse(readFileSync(join(DATABASES, 'statements.json'), 'utf8')) as Exported;

/** An object that runs what it is sent. */
const OBJECT = `
import { DurableObject } from 'cloudflare:workers';
export class Database extends DurableObject {
  async fetch(request) {
    const done = [];
    for (const { sql, params } of await request.json()) {
      const cursor = this.ctx.storage.sql.exec(sql, ...params);
      done.push({ rows: [...cursor.raw()], written: cursor.rowsWritten });
    }
    return Response.json(done);
  }
}
export default {
  fetch: (request, env) => env.DATABASE.getByName(new URL(request.url).pathname).fetch(request),
};`;

let miniflare: Miniflare;

beforeAll(async () => {
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      modules: [{ type: 'ESModule', path: 'object.mjs', contents: OBJECT }],
      compatibilityDate: '2026-10-01',
      durableObjects: { DATABASE: { className: 'Database', useSQLite: true } },
    }),
  );
  await miniflare.ready;
});

afterAll(() => miniflare.dispose());

async function run(database: string, calls: Omit<Call, 'written'>[]): Promise<Done[]> {
  const body = JSON.stringify(calls);
  const answer = await miniflare.dispatchFetch(`http://database/${database}`, { method: 'POST', body });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Done[];
}

/** A kept database's statements, one a line; a table's stand on several. */
function statementsOf(file: string): string[] {
  return readFileSync(join(DATABASES, file), 'utf8').split(/;\n/).filter((sql) => sql !== '');
}

test('a try-on writes the rows that the host counts', async () => {
  const done = await run('trip', exported.calls);
  const expected = exported.calls.map(({ sql, written }, index) => [sql, written ?? done[index]?.written]);
  expect(exported.calls.map(({ sql }, index) => [sql, done[index]?.written])).toEqual(expected);
  expect(exported.calls.filter(({ written }) => written !== null).length).toBeGreaterThan(15);
});

test('every statement searches by an index', async () => {
  const database = 'plans';
  await run(database, exported.calls);
  for (const { name, sql } of exported.statements) {
    // A numbered one counts once, however often it stands there.
    const marks = [...sql.matchAll(/\?\d*/g)].map(([mark], at) => (mark === '?' ? at : mark));
    const params = [...new Set(marks)].map(() => null);
    const [plan] = await run(database, [{ sql: `EXPLAIN QUERY PLAN ${sql}`, params }]);
    const lines = plan?.rows.map((row) => String(row[3])) ?? ['no plan'];
    expect(lines.filter((line) => !/^(SEARCH|LIST SUBQUERY) /.test(line)), name).toEqual([]);
  }
});

test('a kept database opens', async () => {
  const kept = statementsOf('v1.sql');
  await run('kept', kept.map((sql) => ({ sql, params: [] })));
  const [states] = await run('kept', [{ sql: 'SELECT DISTINCT state FROM runs ORDER BY state', params: [] }]);
  expect(states?.rows.flat()).toEqual([
    'canceled',
    'completed',
    'failed',
    'queued',
    'receiving',
    'running',
    'sending',
    'time_out',
    'unknown',
  ]);
});
