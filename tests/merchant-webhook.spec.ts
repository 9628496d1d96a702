// Merchant webhooks: the merchant’s own backend is told how a run ended, and a verifier that is not ours accepts the signature.
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { SHOP, STAFF_TOKEN, accepting, startGateway, startOwnFashn, tryOn, until, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';
import { hashOf, shortHashOf } from './log-lines.ts';

const SECRET = `whsec_${Buffer.from('a key of the tests, 32 bytes long').toString('base64')}`;
const PUBLIC = 'https://gateway.example';

interface Message {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The merchant's backend. It answers as the test says. */
const received: Message[] = [];
let answer: (response: ServerResponse) => void;
const backend = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(response);
  });
});

let fashn: OwnFashn;
let gateway: Gateway;
const vars = () => ({
  MERCHANT_WEBHOOK_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}/hook?shop=1`,
  MERCHANT_WEBHOOK_SECRET: SECRET,
  PUBLIC_ORIGIN: PUBLIC,
});

beforeAll(async () => {
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url, vars());
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
  backend.closeAllConnections();
  backend.close();
});
beforeEach(() => {
  received.length = 0;
  answer = (response) => response.writeHead(204).end();
});

/** A run that ends so; answers its id. */
async function ended(how: object, at = gateway): Promise<string> {
  fashn.answer = accepting('a-u1');
  const { id } = (await (await at.run(tryOn())).json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  const done = { id: 'a-u1', error: null, ...how };
  fashn.answer = accepting('a-u1', done);
  expect((await at.ask(webhook, { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
  return id;
}

/** What a verifier from npm makes of a message; it throws if the signature is wrong. */
function verified({ body, headers }: Message): unknown {
  return new Webhook(SECRET).verify(body, headers as Record<string, string>);
}

test('the end of a run is told once it is thanked for, signed by the specification', async () => {
  const id = await ended({ status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] });
  const message = await until(() => received[0]);
  expect(message.path).toBe('/hook?shop=1');
  expect(message.headers['content-type']).toBe('application/json');
  expect(verified(message)).toEqual({
    type: 'prediction.completed',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    data: { id, status: 'completed', error: null, expires_at: expect.any(Number), output: [`${PUBLIC}/v1/outputs/${id}/0`] },
  });
});

test('a changed body, or another secret, is not believed', async () => {
  await ended({ status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] });
  const message = await until(() => received[0]);
  expect(() => verified({ ...message, body: message.body.replace('completed', 'failed') })).toThrow();
  const other = new Webhook(`whsec_${Buffer.from('another key of the tests, as long').toString('base64')}`);
  expect(() => other.verify(message.body, message.headers as Record<string, string>)).toThrow();
});

test('a failure is told as well', async () => {
  await ended({ status: 'failed', error: { name: 'PoseError', message: 'No pose' } });
  expect(verified(await until(() => received[0]))).toMatchObject({ type: 'prediction.failed', data: { error: { name: 'PoseError' } } });
});

test('a picture in base64 is told by its address', async () => {
  const id = await ended({ status: 'completed', output: ['data:image/png;base64,iVBORw0KGgo='] });
  expect(verified(await until(() => received[0]))).toMatchObject({ data: { output: [`${PUBLIC}/v1/outputs/${id}/0`] } });
});

test('a backend that fails or redirects is told again, under the same id, until it thanks', async () => {
  const answers = [500, 302];
  answer = (response) => response.writeHead(answers.shift() ?? 204, { location: 'http://127.0.0.1:1/' }).end();
  const ids = [await ended({ status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] }), await ended({ status: 'failed', error: { name: 'PoseError', message: 'No pose' } })];
  // Each failed once: the one with 500, the other with 302.
  await until(() => received.length === 4);
  for (const id of ids) {
    const own = received.filter(({ headers }) => headers['webhook-id'] === `evt_${hashOf(id)}`);
    expect(own).toHaveLength(2);
    for (const message of own) verified(message);
  }
});

test('what was forgotten is not told', async () => {
  fashn.answer = accepting('a-u1');
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  const done = { id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'], error: null };
  expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
  fashn.answer = accepting('a-u1', done);
  await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) });
  // Another one that ends afterwards is told, so this one would have been.
  const other = await ended({ status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] });
  await until(() => received.length > 0);
  expect(received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id)).toEqual([other]);
});

test('what a shopper agreed to is told at once, and the shopper has a receipt of it that staff can check', async () => {
  const agreeing = await startGateway(fashn.url, { ...vars(), CONSENT_VERSION: '2026-11' });
  try {
    fashn.answer = accepting('a-u1');
    const text = createHash('sha256').update('the words').digest('hex');
    const answer = await agreeing.run({ ...tryOn(), consent: '2026-11' }, { origin: SHOP, 'x-consent-text': text });
    const { id } = (await answer.json()) as { id: string };
    const receipt = answer.headers.get('x-consent-receipt') ?? '';
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-consent-receipt');
    const said = { version: '2026-11', text_hash: text, at_ms: expect.any(Number), run: shortHashOf(id) };
    expect(JSON.parse(Buffer.from(receipt.split('.')[0] ?? '', 'base64url').toString())).toEqual(said);
    const message = await until(() => received[0]);
    expect(verified(message)).toMatchObject({ type: 'consent.given', data: { ...said, receipt } });
    expect(message.headers['webhook-id']).toBe(`evt_${hashOf(id)}c`);
    expect(message.body).not.toContain(id);

    const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
    const check = (sealed: string, headers = {}) => agreeing.ask(`/staff/api/receipts?receipt=${sealed}`, { headers });
    expect(await (await check(receipt, staff)).json()).toEqual(said);
    expect((await check(`${receipt.slice(0, -4)}AAAA`, staff)).status).toBe(404);
    expect((await check('', staff)).status).toBe(404);
    expect((await check(receipt, { origin: SHOP })).status).toBe(401);
    // Staff agree to nothing.
    expect((await agreeing.run(tryOn())).headers.get('x-consent-receipt')).toBeNull();
  } finally {
    await agreeing.stop();
  }
});

test('while the secret is changed a message is signed with both, and either is believed', async () => {
  const next = `whsec_${Buffer.from('the next key, also 32 bytes long').toString('base64')}`;
  const changing = await startGateway(fashn.url, { ...vars(), MERCHANT_WEBHOOK_SECRET: next, MERCHANT_WEBHOOK_SECRET_PREVIOUS: SECRET });
  await ended({ status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] }, changing);
  const message = await until(() => received[0]);
  expect(message.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  for (const secret of [next, SECRET]) new Webhook(secret).verify(message.body, message.headers as Record<string, string>);
  const other = new Webhook(`whsec_${Buffer.from('another key of the tests, as long').toString('base64')}`);
  expect(() => other.verify(message.body, message.headers as Record<string, string>)).toThrow();
  await changing.stop();
});

test('a message that was never taken is for staff alone', async () => {
  const path = '/staff/api/dead-letters';
  const staff = { headers: { authorization: `Bearer ${STAFF_TOKEN}` } };
  for (const [method, at] of [['GET', path], ['POST', `${path}/${'0'.repeat(32)}/send`]] as const) {
    expect((await gateway.ask(at, { method })).status).toBe(401);
    expect((await gateway.ask(at, { method, headers: { origin: SHOP } })).status).toBe(401);
  }
  const listed = await gateway.ask(path, staff);
  expect([listed.status, await listed.json()]).toEqual([200, { accounts: [{ account: 'FASHN_API_KEY', error: null }], dead_letters: [] }]);
  expect((await gateway.ask(`${path}/${'0'.repeat(32)}/send`, { method: 'POST', ...staff })).status).toBe(404);
});

const fashnsOwn = (id: string) => ({ id, status: 'completed', error: null, expires_at: expect.any(Number) as number, output: [`${PUBLIC}/v1/outputs/${id}/0`] });

test('staff name an address for one run: once the run has settled it gets FASHN’s own payload, signed, until it thanks', async () => {
  const own = { ...vars(), MERCHANT_WEBHOOK_URL: undefined, STAFF_WEBHOOK_HOSTS: 'hooks.example' };
  const forStaff = await startGateway(fashn.url, own);
  const hook = new URL('/staff?job=7&key=a%2Fb', vars().MERCHANT_WEBHOOK_URL);
  const answers = [302];
  answer = (response) => response.writeHead(answers.shift() ?? 204, { location: 'http://127.0.0.1:1/' }).end();
  fashn.answer = accepting('a-u1');
  const started = await forStaff.ask(`/v1/run?${new URLSearchParams({ webhook_url: hook.href })}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(tryOn()),
  });
  expect(started.status).toBe(200);
  const { id } = (await started.json()) as { id: string };
  const sent = fashn.calls.at(-1);
  expect(sent?.query.getAll('webhook_url')).toEqual([expect.stringContaining('/webhooks/fashn/')]);
  expect(received).toEqual([]);
  const done = { id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'], error: null };
  fashn.answer = accepting('a-u1', done);
  expect((await forStaff.ask(webhookOf(sent), { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
  await until(() => received.length === 2);
  for (const message of received) {
    expect(message.path).toBe('/staff?job=7&key=a%2Fb');
    expect(message.headers['webhook-id']).toBe(`evt_${hashOf(id)}s`);
    expect(verified(message)).toEqual(fashnsOwn(id));
  }
  await forStaff.stop();
});

test('another host, a shopper, or no setting: nothing is sent, and staff are told what to set', async () => {
  const forStaff = await startGateway(fashn.url, { ...vars(), STAFF_WEBHOOK_HOSTS: 'hooks.example' });
  const ask = async (at: Gateway, url: string, headers: Record<string, string>) => {
    const answered = await at.ask(`/v1/run?${new URLSearchParams({ webhook_url: url })}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(tryOn()),
    });
    const { errors } = (await answered.json()) as { errors: { path: string; message: string }[] };
    expect([answered.status, errors.map(({ path }) => path)], url).toEqual([400, ['webhook_url']]);
    return errors[0]?.message;
  };
  const calls = fashn.calls.length;
  const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
  for (const url of ['https://other.example/', 'http://hooks.example/', 'https://hooks.example:8443/', 'https://hooks.example@other.example/']) {
    expect(await ask(forStaff, url, staff)).toContain('STAFF_WEBHOOK_HOSTS');
  }
  expect(await ask(gateway, 'https://hooks.example/', staff)).toContain('STAFF_WEBHOOK_HOSTS');
  expect(await ask(forStaff, 'https://hooks.example/', { origin: SHOP })).not.toContain('STAFF_WEBHOOK_HOSTS');
  expect(fashn.calls.length).toBe(calls);
  await forStaff.stop();
});

test('without its secret or the gateway’s own address the settings are refused', async () => {
  for (const taken of ['MERCHANT_WEBHOOK_SECRET', 'PUBLIC_ORIGIN', 'MERCHANT_WEBHOOK_URL']) {
    const half = await startGateway(fashn.url, { ...vars(), [taken]: undefined });
    const ready = (await (await half.readyz()).json()) as { problems: { setting: string }[] };
    expect(ready.problems.map(({ setting }) => setting), taken).toEqual([taken]);
    await half.stop();
  }
});
