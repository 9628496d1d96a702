// A trap ends an instance of the compiled code. The next request finds a new one, in the Worker and in its objects, and what was
// written is there.
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { accepting, tryOn, until, webhookOf } from './gateway.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

useGateway({}, { door: fileURLToPath(new URL('recovery/trap.mjs', import.meta.url)) });
beforeEach(() => {
  fashn.answer = accepting('a-u1', { status: 'completed', output: ['https://cdn.fashn.ai/out.png'] }, { 'x-fashn-credits-used': '1' });
});

interface Run {
  id: string;
  webhook: string;
}

async function sent(): Promise<Run> {
  const answer = await gateway.run(tryOn());
  expect(answer.status).toBe(200);
  const { id } = (await answer.json()) as { id: string };
  const call = fashn.calls.findLast(({ method }) => method === 'POST');
  return { id, webhook: webhookOf(call) };
}

const DONE = JSON.stringify({ id: 'a-u1', status: 'completed', output: ['https://cdn.fashn.ai/out.png'], error: null });
const hook = ({ webhook }: Run) => gateway.ask(webhook, { method: 'POST', body: DONE });
const run = () => gateway.run(tryOn());
const status = async ({ id }: Run) => ((await (await gateway.ask(`/v1/status/${id}`)).json()) as { status?: string }).status;

test.each([
  ['in the Worker, before it waits for anything', 'clock', 1, run],
  ['in the Worker, as it begins to wait', 'promise', 1, run],
  ['in the Worker, as it answers', 'end', 1, run],
  ['in an object, as it begins to wait', 'promise', 2, hook],
  ['in an object, as it answers', 'end', 1, hook],
  ['in the Worker, by a call that throws', 'clock', '1&throws', run],
] as const)('a trap %s is met by one request alone', async (_, where, call, work) => {
  const one = await sent();
  expect(await status(one)).toBe('processing');
  await gateway.ask(`/v1/trap?in=${where}&call=${call}`);
  // Whoever meets it has an error, or a connection that ends.
  const answer = await work(one).catch(() => undefined);
  expect(answer?.status ?? 500).toBe(500);
  expect(await (await gateway.ask('/v1/trap')).json()).toEqual({ met: true });
  // The Worker answers, its objects know what they knew, and the run comes to its end.
  expect((await gateway.ask('/healthz')).status).toBe(200);
  expect(await status(one)).toMatch(/^processing|completed$/);
  await until(async () => (await hook(one)).status === 204);
  expect(await status(one)).toBe('completed');
  await sent();
});
