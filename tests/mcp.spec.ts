// `POST /mcp`: an agent of staff's asks for a price, makes a run and looks it up.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bare, postHead } from './bare.ts';
import { startDesk, type Desk } from './desk.ts';
import { SHOP, STAFF_TOKEN, tryOn, until } from './gateway.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

const staff = { authorization: `Bearer ${STAFF_TOKEN}` };
type Answer = { id: unknown; result?: Record<string, unknown>; error?: { code: number; message: string } };

const post = (body: unknown, headers: Record<string, string> = staff) =>
  desk.gateway.ask('/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function rpc(method: string, params?: unknown): Promise<Answer> {
  const answer = await post({ jsonrpc: '2.0', id: 7, method, ...(params === undefined ? {} : { params }) });
  expect(answer.headers.get('content-type')).toMatch(/json/);
  return (await answer.json()) as Answer;
}

async function call(name: string, given: unknown) {
  const { result, error } = await rpc('tools/call', { name, arguments: given });
  expect(error).toBeUndefined();
  return result as { content: { text: string }[]; structuredContent?: Record<string, unknown>; isError?: boolean };
}

test('it says who it is, in the revision that was asked for, or in its own', async () => {
  for (const [asked, spoken] of [['2025-03-26', '2025-03-26'], ['2025-06-18', '2025-06-18'], ['1999-01-01', '2025-06-18']]) {
    const { id, result } = await rpc('initialize', { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'a test', version: '1' } });
    expect(id).toBe(7);
    expect(result).toMatchObject({ protocolVersion: spoken, capabilities: { tools: {} }, serverInfo: { name: 'fitting-room' } });
  }
  const notified = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  expect([notified.status, await notified.text()]).toEqual([202, '']);
  expect((await rpc('ping')).result).toEqual({});
});

test('it has three tools, each with its arguments', async () => {
  const { result } = await rpc('tools/list');
  const tools = result?.['tools'] as { name: string; inputSchema: { required: string[] }; description: string }[];
  expect(tools.map(({ name, inputSchema }) => [name, inputSchema.required])).toEqual([
    ['quote', ['model_name', 'inputs']],
    ['run', ['model_name', 'inputs']],
    ['status', ['id']],
  ]);
});

test('a price, a run, its picture', async () => {
  const { structuredContent: price } = await call('quote', tryOn());
  expect(price).toMatchObject({ credits: 1 });
  const photograph = await readFile(new URL('../storefront/shop/pictures/shopper-man.jpg', import.meta.url));
  const { structuredContent: run } = await call('run', {
    model_name: 'tryon-v1.6',
    inputs: {
      model_image: `data:image/jpeg;base64,${photograph.toString('base64')}`,
      garment_image: new URL('/pictures/tshirt-sage.jpg', desk.gateway.url).href,
    },
  });
  const id = String(run?.['id']);
  const done = await until(async () => {
    const { structuredContent } = await call('status', { id, wait: 5 });
    return structuredContent?.['status'] === 'completed' && structuredContent;
  });
  const [picture] = done['output'] as string[];
  expect((await fetch(String(picture))).status).toBe(200);
});

test('a refusal is told to the agent with its field, and spends nothing', async () => {
  const { isError, content } = await call('run', { ...tryOn(), inputs: { ...tryOn().inputs, seed: 'many' } });
  expect(isError).toBe(true);
  expect(JSON.parse(content[0]?.text ?? '')).toMatchObject({ errors: [{ path: 'inputs.seed' }] });
  expect(await call('status', { id: '../credits' })).toMatchObject({ isError: true });
});

test('only staff may ask: nobody, a page, a wrong token', async () => {
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };
  for (const headers of [{}, { origin: SHOP }, { authorization: 'Bearer of-somebody-else-altogether' }]) {
    const answer = await post(initialize, headers as Record<string, string>);
    expect([headers, answer.status]).toEqual([headers, 401]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  }
});

test.each<[string, unknown, number, number]>([
  ['no JSON', '{', 400, -32700],
  ['no JSON-RPC', { id: 1, method: 'ping' }, 400, -32600],
  ['no such method', { jsonrpc: '2.0', id: 1, method: 'resources/list' }, 200, -32601],
  ['no such tool', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'toString' } }, 200, -32602],
  ['params are null', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: null }, 200, -32602],
  ['params are a list', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: ['run'] }, 200, -32602],
  ['arguments are null', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'run', arguments: null } }, 200, -32602],
  ['arguments are a text', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'run', arguments: 'x' } }, 200, -32602],
  ['an argument is missing', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'status' } }, 200, -32602],
])('%s', async (_, message, status, code) => {
  const answer = await post(message);
  expect([answer.status, ((await answer.json()) as Answer).error?.code]).toEqual([status, code]);
});

test('a message that is too large is refused unread', async () => {
  // Its head alone is sent: a message that was to be read would be waited for.
  const head = postHead('/mcp', { ...staff, 'content-type': 'application/json' }, (1 << 20) + 1);
  expect((await bare(Number(desk.gateway.url.port), head)).status).toBe(400);
});

test('it has one address: an id that ends like it is an id', async () => {
  for (const path of ['/v1/status/mcp', '/apps/try-on/mcp']) expect([path, (await desk.gateway.ask(path)).status]).toEqual([path, 404]);
});

test('there is no stream to read', async () => {
  const answer = await desk.gateway.ask('/mcp', { headers: { ...staff, accept: 'text/event-stream' } });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});
