// Metrics: a point for each settled run and each refusal, and the queries that read them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SHOP, accepting, startGateway, startOwnFashn, tryOn, until, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';

interface Point {
  indexes: string[];
  blobs: string[];
  doubles: number[];
}

const door = fileURLToPath(new URL('metrics/recorder.mjs', import.meta.url));
const PREFIX = 'metric ';
const pointsOf = ({ log }: Gateway): Point[] => log.filter((line) => line.startsWith(PREFIX)).map((line) => JSON.parse(line.slice(PREFIX.length)) as Point);
const find = (kind: string, outcome: string) => until(() => pointsOf(gateway).find(({ blobs }) => blobs[0] === kind && blobs[3] === outcome));

let fashn: OwnFashn;
let gateway: Gateway;
beforeAll(async () => {
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url, { DAY_CREDITS: '2' }, { door, rates: { VISITOR_RATE: 1 } });
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});
beforeEach(() => {
  fashn.answer = accepting('a-u1');
});

test('a settled run is one point, with what it cost and how long it took', async () => {
  await gateway.run(tryOn());
  const done = { id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'], error: null };
  const webhook = webhookOf(fashn.calls.at(-1));
  fashn.answer = accepting('a-u1', done);
  await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) });
  const { blobs, doubles, indexes } = await find('settled', 'completed');
  expect(blobs).toEqual(['settled', indexes[0], 'tryon-v1.6', 'completed']);
  expect(doubles).toEqual([1, expect.any(Number), expect.any(Number)]);
  expect(pointsOf(gateway).filter(({ blobs }) => blobs[0] === 'settled')).toHaveLength(1);
  await find('webhook', 'received');
  await find('alert', 'budget 50');
});

test('a refusal is one point, by the account or before it', async () => {
  await gateway.run(tryOn({ seed: 2 }));
  expect((await gateway.run(tryOn({ seed: 3 }))).status).toBe(429);
  expect((await find('refused', 'day_budget')).blobs[2]).toBe('tryon-v1.6');
  await find('alert', 'budget 100');
  const page = { origin: SHOP, 'cf-connecting-ip': '203.0.113.9' };
  await until(async () => (await gateway.run(tryOn(), page)).headers.get('retry-after') === '10');
  await find('rejected', 'rate_limited');
  await gateway.run('{', { authorization: 'Bearer another-token-of-somebody' });
  await find('rejected', 'auth');
});

test('without the binding nothing is written, and all works', async () => {
  const plain = await startGateway(fashn.url);
  expect((await plain.run(tryOn())).status).toBe(200);
  expect(pointsOf(plain)).toEqual([]);
  await plain.stop();
});

test('the queries of the docs and of the board name columns and kinds that there are', () => {
  const kinds = ['settled', 'refused', 'rejected', 'webhook', 'message', 'breaker', 'alert', 'quarantined'];
  const page = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8');
  const board = JSON.parse(readFileSync(new URL('../docs/grafana.json', import.meta.url), 'utf8')) as { panels: { title: string; targets: { query: string }[] }[] };
  const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query).concat(board.panels.flatMap(({ targets }) => targets.map(({ query }) => query)));
  expect(queries.length).toBeGreaterThan(8);
  for (const query of queries) {
    expect(query).toContain('FROM fitting_room');
    expect(query, 'sampled points count for several').toMatch(/_sample_interval|quantileExactWeighted/);
    for (const [, kind = ''] of query.matchAll(/blob1 = '(\w+)'/g)) expect(kinds, query).toContain(kind);
    for (const [, column = ''] of query.matchAll(/\b((?:blob|double|index)\d+)\b/g)) {
      expect(['index1', 'blob1', 'blob2', 'blob3', 'blob4', 'double1', 'double2', 'double3'], query).toContain(column);
    }
  }
  for (const kind of kinds) expect(page, kind).toContain(`\`${kind}\``);
});
