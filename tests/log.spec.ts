// Log lines: one a request and one a settlement, by which a run's whole life can be followed without its id.
import { unstable_readConfig as readConfig } from 'wrangler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHOP, STAFF_TOKEN, accepting, startGateway, startOwnFashn, tryOn, until, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';
import { linesOf, shortHashOf } from './log-lines.ts';

let fashn: OwnFashn;
beforeAll(async () => {
  fashn = await startOwnFashn();
});
afterAll(() => fashn.stop());

/** One run from its submission to its deletion; answers its id. */
async function wholeLife(gateway: Gateway): Promise<string> {
  fashn.answer = accepting('a-u1');
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  const done = { id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'], error: null };
  fashn.answer = accepting('a-u1', done);
  expect((await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
  expect((await gateway.ask(`/v1/status/${id}`)).status).toBe(200);
  expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
  return id;
}

describe('at the level debug', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(fashn.url, { LOG_LEVEL: 'debug' });
  });
  afterAll(() => gateway.stop());

  test('a run’s whole life is told by its short hash, in order', async () => {
    const id = await wholeLife(gateway);
    const own = await until(() => {
      const own = linesOf(gateway).filter(({ run }) => run === shortHashOf(id));
      return own.filter(({ method }) => method === 'DELETE').length > 0 && own;
    });
    const events = own.filter(({ event }) => event !== 'request').map(({ event }) => event);
    expect(events).toEqual(['admitted', 'sent', 'reported', 'webhook', 'settled', 'deleted']);
    const requests = own.filter(({ event }) => event === 'request').map(({ method, route, status }) => [method, route, status]);
    expect(requests).toEqual([
      ['POST', '/v1/run', 200],
      ['POST', '/webhooks/fashn/{token}', 204],
      ['GET', '/v1/status/{id}', 200],
      ['DELETE', '/v1/status/{id}', 204],
    ]);
    expect(own.find(({ event }) => event === 'settled')).toMatchObject({ outcome: 'completed', model: 'tryon-v1.6', credits: 1 });
    expect(gateway.log.join('\n')).not.toContain(id.slice(0, 20));
  });

  test.each([
    ['an unknown path', 'GET', '/nowhere', 'unknown', 404],
    ['a forged id', 'GET', '/v1/status/forged', '/v1/status/{id}', 404],
    ['a preflight', 'OPTIONS', '/v1/run', 'preflight', 204],
    ['a wrong method', 'PUT', '/v1/run', 'unknown', 405],
    ['a stranger', 'GET', '/v1/credits', '/v1/credits', 401],
    ['liveness', 'GET', '/healthz', '/healthz', 200],
  ])('%s has a line with the id that its answer has', async (_, method, path, route, status) => {
    const answer = await gateway.ask(path, { method, headers: { origin: SHOP } });
    const id = answer.headers.get('x-request-id');
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
    const line = await until(() => linesOf(gateway).find(({ request_id: of }) => of === id));
    expect(line).toMatchObject({ event: 'request', method: method === 'PUT' ? 'other' : method, route, status, ms: expect.any(Number) });
  });
});

test('by default lookups have no line, and what changes something has one', async () => {
  const gateway = await startGateway(fashn.url);
  const id = await wholeLife(gateway);
  const own = await until(() => {
    const own = linesOf(gateway).filter(({ run }) => run === shortHashOf(id));
    return own.some(({ method }) => method === 'DELETE') && own;
  });
  expect(own.map(({ event, method }) => method ?? event)).toEqual(['POST', 'settled', 'POST', 'DELETE']);
  await gateway.stop();
});

test('at the level error there are failures alone, and a wrong level is a setting to mend', async () => {
  const quiet = await startGateway(fashn.url, { LOG_LEVEL: 'error' });
  await wholeLife(quiet);
  fashn.answer = (_, response) => void response.destroy();
  const answer = await quiet.ask('/v1/credits', { headers: { authorization: `Bearer ${STAFF_TOKEN}` } });
  expect(answer.status).toBe(502);
  const id = answer.headers.get('x-request-id');
  const line = await until(() => linesOf(quiet).find(({ request_id: of }) => of === id));
  expect(line).toMatchObject({ level: 'error', problem: 'fashn', reason: expect.any(String) });
  expect(linesOf(quiet)).toEqual([line]);
  await quiet.stop();
  const wrong = await startGateway(fashn.url, { LOG_LEVEL: 'all' });
  const { problems } = (await (await wrong.readyz()).json()) as { problems: { setting: string }[] };
  expect(problems.map(({ setting }) => setting)).toEqual(['LOG_LEVEL']);
  await wrong.stop();
});

test('the platform’s own log has no addresses: no invocation log, no traces', () => {
  const { observability } = readConfig({ config: new URL('../wrangler.toml', import.meta.url).pathname }, { hideWarnings: true });
  expect(observability).toMatchObject({ enabled: true, logs: { invocation_logs: false }, traces: { enabled: false } });
});
