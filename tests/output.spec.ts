// GET /v1/outputs/{id}/{n}, and DELETE /v1/status/{id}
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, accepting, startGateway, startOwnFashn, tryOn, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';

const FILM = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256));

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url);
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});
beforeEach(() => void (fashn.calls.length = 0));

/** A completed prediction with these outputs; answers its id. */
async function completed(output: string[]): Promise<string> {
  fashn.answer = accepting('a-u1');
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  const done = { id: 'a-u1', status: 'completed', output, error: null };
  fashn.answer = accepting('a-u1', done);
  expect((await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
  fashn.calls.length = 0;
  return id;
}

/** FASHN's CDN with a film on it. */
function cdn() {
  fashn.answer = (call, response) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(call.headers.range ?? '');
    if (call.path !== '/cdn/film.mp4') return response.writeHead(404).end();
    if (!range) return response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': FILM.length, 'accept-ranges': 'bytes', 'set-cookie': 'a=b' }).end(FILM);
    const [from, to] = [Number(range[1]), Number(range[2])];
    return response
      .writeHead(206, { 'content-type': 'video/mp4', 'content-range': `bytes ${from}-${to}/${FILM.length}` })
      .end(FILM.subarray(from, to + 1));
  };
}

test('an output of FASHN’s comes through, without the key and without FASHN’s cookies', async () => {
  const id = await completed([`${fashn.url}/cdn/film.mp4`]);
  cdn();
  const answer = await gateway.ask(`/v1/outputs/${id}/0`, { headers: { origin: SHOP } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('video/mp4');
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
  expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(FILM);
  expect(fashn.calls[0]?.headers.authorization).toBeUndefined();
});

test('a part of a film', async () => {
  const id = await completed([`${fashn.url}/cdn/film.mp4`]);
  cdn();
  const answer = await gateway.ask(`/v1/outputs/${id}/0`, { headers: { range: 'bytes=100-199' } });
  expect(answer.status).toBe(206);
  expect(answer.headers.get('content-range')).toBe('bytes 100-199/1000');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(FILM.subarray(100, 200));
});

test('a part that is asked of one version names it to FASHN, too, and a HEAD is answered with the head of the GET', async () => {
  const id = await completed([`${fashn.url}/cdn/film.mp4`]);
  cdn();
  await gateway.ask(`/v1/outputs/${id}/0`, { headers: { range: 'bytes=0-9', 'if-range': '"one"' } });
  expect(fashn.calls[0]?.headers).toMatchObject({ range: 'bytes=0-9', 'if-range': '"one"' });
  for (const path of [`/v1/outputs/${id}/0`, `/v1/status/${id}`]) {
    const [get, head] = [await gateway.ask(path), await gateway.ask(path, { method: 'HEAD' })];
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, get.headers.get('content-type'), '']);
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
  }
});

test.each([403, 410])('an output that FASHN’s store answers with %i is a 404: its time is over', async (status) => {
  const id = await completed([`${fashn.url}/cdn/film.mp4`]);
  fashn.answer = (_, response) => response.writeHead(status).end();
  expect((await gateway.ask(`/v1/outputs/${id}/0`)).status).toBe(404);
});

test('a picture that came in base64 is served as the bytes it is', async () => {
  const id = await completed([`data:image/png;base64,${FILM.toString('base64')}`]);
  const answer = await gateway.ask(`/v1/outputs/${id}/0`);
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(FILM);
  expect(fashn.calls).toEqual([]);
});

test('what is not there is a 404', async () => {
  const id = await completed([`${fashn.url}/cdn/gone.png`, '_expired']);
  cdn();
  for (const path of [`${id}/0`, `${id}/1`, `${id}/2`, `${id}/-1`, `${id}/x`, `${id.slice(1)}A/0`]) {
    expect((await gateway.ask(`/v1/outputs/${path}`)).status, path).toBe(404);
  }
});

describe('what its holder forgets', () => {
  test('is gone at once: record, outputs, and what its webhook brings later', async () => {
    fashn.answer = accepting('a-u1');
    const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
    const webhook = webhookOf(fashn.calls.at(-1));
    const done = { id: 'a-u1', status: 'completed', output: [`${fashn.url}/cdn/film.mp4`], error: null };
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.ask(`/v1/status/${id}`)).status).toBe(404);
    // FASHN's webhook tells what it cost, and nothing else comes of it.
    fashn.answer = accepting('a-u1', done, { 'x-fashn-credits-used': '1' });
    expect((await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) })).status).toBe(204);
    for (const path of [`/v1/status/${id}`, `/v1/outputs/${id}/0`]) expect((await gateway.ask(path)).status).toBe(404);
  });

  test('is gone with its kept pictures, and can’t be forgotten twice', async () => {
    const id = await completed([`data:image/png;base64,${FILM.toString('base64')}`]);
    const outputs = (await gateway.miniflare.getKVNamespace('OUTPUTS')) as unknown as { list(): Promise<{ keys: unknown[] }> };
    expect((await outputs.list()).keys.length).toBeGreaterThan(0);
    const before = (await outputs.list()).keys.length;
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await outputs.list()).keys.length).toBe(before - 1);
    expect((await gateway.ask(`/v1/outputs/${id}/0`)).status).toBe(404);
    expect((await gateway.ask(`/v1/status/${id}`, { method: 'DELETE' })).status).toBe(404);
  });
});
