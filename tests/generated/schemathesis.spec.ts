// Schemathesis sends what the contract allows, and what it doesn't, to the built gateway: in all of its phases, with one seed.
// `schemathesis.toml` has how much, and what a schema can't say.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { STAFF_TOKEN, accepting, json } from '../gateway.ts';
import { fashn, gateway, useGateway } from '../one-gateway.ts';

const { SCHEMATHESIS = '' } = process.env;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const ORDERS_WEBHOOK_SECRET = `whsec_${Buffer.from('generated orders are signed so').toString('base64')}`;
useGateway({ ORDERS_WEBHOOK_SECRET });

test('the gateway answers as its contract says', { timeout: 300_000 }, async () => {
  const run = accepting('a-u1');
  const balance = { credits: { total: 600, subscription: 500, on_demand: 100 } };
  fashn.answer = (call, response) => (call.path === '/v1/credits' ? json(response, 200, balance) : run(call, response));
  const args = ['--config-file', here('schemathesis.toml'), 'run', here('../../openapi.json'), '--url', gateway.url.href];
  const child = spawn(SCHEMATHESIS, [...args, '--header', `Authorization: Bearer ${STAFF_TOKEN}`, '--seed', '23', '--no-color'], {
    env: { ...process.env, ORDERS_WEBHOOK_SECRET, SCHEMATHESIS_HOOKS: here('signed_orders.py') },
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (told += piece.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect(code, told.slice(-20_000)).toBe(0);
  console.log(told.slice(-1_500));
});
