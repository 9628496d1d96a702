// Bodies that wait for their turn, each in an object of its own; and the daily touch of accounts.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { photo } from './adversary/stand-in.ts';
import { inspector } from './memory.ts';
import { MODEL_IMAGE, json, startGateway, tryOn, until } from './gateway.ts';
import { DONE } from './runs.ts';

const MIB = 1 << 20;
const BODIES = 4;

/** A FASHN's address, once it listens. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('of a body that FASHN reads slowly no more than some pieces are in memory, its length is declared, and it arrives whole', async () => {
  const webhooks: string[] = [];
  const held: IncomingMessage[] = [];
  // It reads small bodies at once, and large ones when the test says so.
  const slow = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fashn');
    if (request.method === 'GET') return json(response, 200, { id: pathname.split('/').at(-1), error: null, ...DONE });
    const accept = () => {
      webhooks.push(new URL(searchParams.get('webhook_url') ?? '').pathname);
      json(response, 200, { id: `a-${webhooks.length - 1}`, error: null });
    };
    if (Number(request.headers['content-length'] ?? 0) < MIB) return request.resume().on('end', accept);
    request.pause().on('end', accept);
    held.push(request);
  });
  const gateway = await startGateway(await listening(slow), { CONCURRENT_RUNS: String(BODIES) }, { measured: true });
  const memory = await inspector(gateway);
  const ends = (number: number) =>
    until(async () => {
      const body = JSON.stringify({ id: `a-${number}`, error: null, ...DONE });
      return (await gateway.ask(webhooks[number] ?? '', { method: 'POST', body })).status === 204;
    });
  try {
    for (let number = 0; number < BODIES; number += 1) expect((await gateway.run(tryOn())).status).toBe(200);
    const photos = Array.from({ length: BODIES }, (_, number) => {
      const png = Buffer.alloc(9_000_000, number + 1);
      Buffer.from(MODEL_IMAGE.split(',')[1] ?? '', 'base64').copy(png);
      return `data:image/png;base64,${png.toString('base64')}`;
    });
    const bodies = photos.map((model_image) => JSON.stringify(tryOn({ model_image })));
    const ids: string[] = [];
    for (const body of bodies) ids.push(((await (await gateway.run(body)).json()) as { id: string }).id);
    expect(gateway.objects('BodyObject')).toBe(BODIES);
    await memory.collect();
    const before = await memory.usage();

    for (let number = 0; number < BODIES; number += 1) await ends(number);
    await until(() => held.length === BODIES);
    // Sent all at once while nobody reads, they would be in memory whole by now.
    await memory.collect();
    let most = 0;
    for (let times = 0; times < 20; times += 1) most = Math.max(most, await memory.usage());
    const whole = bodies.reduce((sum, body) => sum + body.length, 0);
    console.log(`${BODIES} bodies of ${(whole / BODIES / 1e6).toFixed(0)} MB on their way: ${((most - before) / 1e6).toFixed(1)} MB more in memory`);
    expect(most - before).toBeLessThan(whole / 3);

    const hashes = held.map((request) => {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => void hash.update(chunk));
      const done = new Promise<string>((resolve) => request.on('end', () => resolve(hash.digest('hex'))));
      request.resume();
      return done;
    });
    const arrived = await Promise.all(hashes);
    const lengths = held.map((request) => Number(request.headers['content-length']));
    expect(lengths.toSorted()).toEqual(bodies.map(({ length }) => length).toSorted());
    expect(arrived.toSorted()).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')).toSorted());
    await until(() => webhooks.length === 2 * BODIES);
    for (let number = BODIES; number < 2 * BODIES; number += 1) await ends(number);
    for (const id of ids) expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ status: 'completed' });
  } finally {
    memory.close();
    await gateway.stop();
    slow.closeAllConnections();
    slow.close();
  }
});

test('a body that FASHN sends away before it has read it waits, and arrives whole', async () => {
  const asked: IncomingMessage[] = [];
  let arrived = '';
  const busy = createServer(async (request, response) => {
    asked.push(request);
    if (asked.length === 1) return json(response, 429, { error: 'TooManyRequests', message: 'later' }, { 'retry-after': '1' });
    arrived = (await request.toArray()).join('');
    json(response, 200, { id: 'a-u1', error: null });
  });
  const gateway = await startGateway(await listening(busy));
  try {
    const model_image = photo(6 * MIB);
    expect((await gateway.run(tryOn({ model_image }))).status).toBe(200);
    const { inputs } = JSON.parse(await until(() => arrived)) as ReturnType<typeof tryOn>;
    expect(inputs['model_image'] === model_image).toBe(true);
  } finally {
    await gateway.stop();
    busy.closeAllConnections();
    busy.close();
  }
});

test('the cron trigger touches the account of each key', async () => {
  const SHOPS = { north: { origins: ['https://north.example'], fashn_key: 'FASHN_API_KEY_NORTH' } };
  const gateway = await startGateway('http://127.0.0.1:9', { SHOPS, FASHN_API_KEY_NORTH: 'the-key-of-the-north' });
  try {
    expect(gateway.objects('AccountObject')).toBe(0);
    await gateway.cron();
    expect(gateway.objects('AccountObject')).toBe(2);
    expect(gateway.log).toEqual([]);
  } finally {
    await gateway.stop();
  }
});
