// Callers that leave in the middle: nobody else waits for them, and no run is lost with them.
import { connect, type Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { postHead } from './bare.ts';
import { DONE } from './runs.ts';
import { STAFF_TOKEN, json, tryOn, until, webhookOf } from './gateway.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

useGateway();

const REQUESTS = 100;

test('of 100 runs at once half of the callers are gone before FASHN answers: the others all get their id, and FASHN’s answers are all noted', async () => {
  const held: { response: ServerResponse; upstream: string; webhook: string }[] = [];
  fashn.answer = (call, response) => {
    const upstream = call.path.split('/').at(-1) ?? '';
    if (call.method === 'GET') return json(response, 200, { id: upstream, error: null, ...DONE });
    held.push({ response, upstream: `a-${held.length}`, webhook: webhookOf(call) });
  };
  const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' };
  // Those that will leave, on connections that can be reset.
  const leaving = Array.from({ length: REQUESTS / 2 }, () => {
    const body = Buffer.from(JSON.stringify(tryOn()));
    const socket = connect(Number(gateway.url.port), '127.0.0.1');
    socket.write(Buffer.concat([Buffer.from(postHead('/v1/run', headers, body.length)), body]));
    return socket;
  });
  const staying = Array.from({ length: REQUESTS / 2 }, () => gateway.run(tryOn()));
  await until(() => held.length === REQUESTS);
  await Promise.all(leaving.map((socket) => new Promise((resolve) => socket.once('close', resolve).resetAndDestroy())));
  // Requests that come after the resets are answered meanwhile.
  expect((await gateway.ask('/healthz')).status).toBe(200);
  for (const { response, upstream } of held) json(response, 200, { id: upstream, error: null });
  const answers = await Promise.all(staying);
  expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS / 2).fill(200));
  expect(gateway.runs()).toBe(REQUESTS);
  // FASHN's webhook ends each run, whether its caller stayed or not.
  for (const { upstream, webhook } of held) {
    await until(async () => (await gateway.ask(webhook, { method: 'POST', body: JSON.stringify({ id: upstream, error: null, ...DONE }) })).status === 204);
  }
});

test('an upload that is cut is no run, and its memory is free for the next', async () => {
  // Each declares a body of 16 MB and sends a part of it: two of them fill the memory for bodies.
  const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' };
  const part = Buffer.concat([Buffer.from(postHead('/v1/run', headers, 16 << 20)), Buffer.alloc(8 << 20, '"')]);
  const begin = async () => {
    const socket = connect(Number(gateway.url.port), '127.0.0.1').on('error', () => undefined);
    // Sent away, it is answered or closed before all is sent.
    const isSent = await new Promise<boolean>((resolve) => {
      for (const end of ['data', 'close']) socket.once(end, () => resolve(false));
      socket.write(part, (error) => resolve(!error));
    });
    return { socket, isSent };
  };
  const reset = ({ socket }: { socket: Socket }) =>
    new Promise<void>((resolve) => (socket.closed ? resolve() : void socket.once('close', () => resolve()).resetAndDestroy()));
  for (let times = 0; times < 4; times += 1) {
    // One alone leaves no room for the other's 16 MB, so they come again together.
    await until(async () => {
      const callers = await Promise.all([begin(), begin()]);
      await Promise.all(callers.map(reset));
      return callers.every(({ isSent }) => isSent);
    });
  }
  const large = tryOn({ model_image: `data:image/png;base64,${'A'.repeat(12 << 20)}` });
  await until(async () => (await gateway.run(large)).status === 400);
});
