// GET /v1/credits, and /openapi.json
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHOP, STAFF_TOKEN, json, startGateway, startOwnFashn, type Gateway, type OwnFashn } from './gateway.ts';

const BALANCE = { credits: { total: 234, subscription: 100, on_demand: 134 } };

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn((_, response) => json(response, 200, BALANCE));
  gateway = await startGateway(fashn.url);
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});

test('staff see FASHN’s balance; asked again at once, FASHN is not', async () => {
  for (let times = 0; times < 3; times += 1) {
    const answer = await gateway.ask('/v1/credits', { headers: { authorization: `Bearer ${STAFF_TOKEN}` } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(BALANCE);
  }
  expect(fashn.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/credits']);
  expect(fashn.calls[0]?.headers.authorization).toBe('Bearer the-key-that-never-leaves');
});

test('nobody else does', async () => {
  expect((await gateway.ask('/v1/credits')).status).toBe(401);
  expect((await gateway.ask('/v1/credits', { headers: { origin: SHOP } })).status).toBe(401);
  expect((await gateway.ask('/v1/credits', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
});

test('the contract is served as it is committed', async () => {
  const served = await gateway.ask('/openapi.json');
  expect(served.headers.get('content-type')).toMatch(/json/);
  expect(await served.json()).toEqual(JSON.parse(await readFile(new URL('../openapi.json', import.meta.url), 'utf8')));
});
