// Runs of one account share its object: each has its own end all the same, and nothing is left of any.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountOf, startGateway, startOwnFashn, until, type Gateway, type GatewayInit, type OwnFashn } from './gateway.ts';
import { DONE, RunsAtFashn, accepted, type Posted, type Run } from './runs.ts';

let fashn: OwnFashn;
let gateway: Gateway;
let atFashn: RunsAtFashn;

beforeEach(async () => {
  atFashn = new RunsAtFashn();
  fashn = await startOwnFashn(atFashn.answer);
});
afterEach(async () => {
  await gateway.stop();
  await fashn.stop();
});

async function start(vars: Record<string, string> = {}, init: GatewayInit = {}) {
  gateway = await startGateway(fashn.url, vars, init);
}

/** So many runs that FASHN has. */
async function sent(many: number): Promise<Run[]> {
  const sent: Run[] = [];
  for (let number = 0; number < many; number += 1) sent.push(await atFashn.sent(gateway));
  return sent;
}

const ends = (run: Posted, how?: object) => atFashn.ends(gateway, run, how);

async function status(id: string): Promise<string | number> {
  const answer = await gateway.ask(`/v1/status/${id}`);
  return answer.ok ? ((await answer.json()) as { status: string }).status : answer.status;
}

const statuses = (runs: Run[]) => Promise.all(runs.map(({ id }) => status(id)));
const evict = () => gateway.evict('AccountObject', accountOf());

test('each is told its own end, is forgotten by itself, and who waits for it hears of no other', async () => {
  await start();
  const runs = await sent(3);
  const [first, second, third] = runs as [Run, Run, Run];
  let answered = '';
  const waits = gateway.ask(`/v1/status/${second.id}?wait=20`).then(async (answer) => {
    answered = ((await answer.json()) as { status: string }).status;
  });
  await ends(first);
  expect(await statuses(runs)).toEqual(['completed', 'processing', 'processing']);
  expect((await gateway.ask(`/v1/status/${first.id}`, { method: 'DELETE' })).ok).toBe(true);
  expect(await statuses(runs)).toEqual([404, 'processing', 'processing']);
  expect(answered).toBe('');
  await ends(second, { status: 'failed', error: { name: 'PoseError', message: 'No pose.' } });
  await waits;
  expect(answered).toBe('failed');
  // The webhook of one says nothing of another, whatever stands in it.
  const wrong = await gateway.ask(third.webhook, { method: 'POST', body: JSON.stringify({ id: second.upstream, status: 'completed', output: [], error: null }) });
  expect(wrong.status).toBe(404);
  await ends(third);
  expect(await statuses(runs)).toEqual([404, 'failed', 'completed']);
});

test('one that is forgotten twice at once takes no other with it', async () => {
  await start({}, { door: fileURLToPath(new URL('together/slow-kv.mjs', import.meta.url)) });
  const [first, second] = (await sent(2)) as [Run, Run];
  // Its pictures lie in Workers KV, and while they are deleted there the others ask the same.
  await ends(first, { status: 'completed', output: Array(4).fill(`data:image/png;base64,${Buffer.alloc(3_000, 'FASHN').toString('base64')}`) });
  const forgets = () => gateway.ask(`/v1/status/${first.id}`, { method: 'DELETE' });
  await Promise.all(Array.from({ length: 8 }, forgets));
  expect(await statuses([first, second])).toEqual([404, 'processing']);
  await evict();
  expect(await statuses([first, second])).toEqual([404, 'processing']);
  await ends(second);
  expect(await statuses([first, second])).toEqual([404, 'completed']);
});

test('without a webhook FASHN is asked about each in its time, also by an object that has lost its memory', async () => {
  await start();
  const runs = await sent(4);
  const asked = () => fashn.calls.filter(({ method }) => method === 'GET').map(({ path }) => path.split('/').at(-1));
  await evict();
  // One of them begins again to be remembered; the others are known by what is stored alone.
  await ends(runs[2] as Run);
  for (const { upstream } of runs) atFashn.told[upstream] = DONE;
  await until(async () => (await statuses(runs)).every((seen) => seen === 'completed'));
  expect(asked().toSorted()).toEqual(runs.map(({ upstream }) => upstream));
});

test('bodies that waited are sent whole, though there is no room for all at once', async () => {
  await start({ CONCURRENT_RUNS: '4' });
  const ahead = await sent(4);
  const pictures = [1, 2, 3, 4].map((number) => {
    const png = Buffer.alloc(6_000_000, number);
    Buffer.from('89504e470d0a1a0a0000000d4948445200000360000005100806000000', 'hex').copy(png);
    return `data:image/png;base64,${png.toString('base64')}`;
  });
  const ids: string[] = [];
  for (const model_image of pictures) ids.push(await accepted(gateway, { model_image }));
  expect(await Promise.all(ids.map(status))).toEqual(Array(4).fill('in_queue'));
  await Promise.all(ahead.map((run) => ends(run)));
  await until(() => atFashn.posted.length === 8);
  const bodies = fashn.calls.filter(({ method }) => method === 'POST').slice(4).map(({ body }) => (JSON.parse(body) as { inputs: { model_image: string } }).inputs.model_image);
  const print = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(bodies.map(print).toSorted()).toEqual(pictures.map(print).toSorted());
  await Promise.all(atFashn.posted.slice(4).map((run) => ends(run)));
  // Three are confirmed at once, the fourth by the alarm.
  await until(async () => (await Promise.all(ids.map(status))).every((shown) => shown === 'completed'));
});

test('each expires in its time, and with the last of them all that was stored of any', async () => {
  await start({ RESULT_TTL_SECONDS: '60' });
  const [first, second] = (await sent(2)) as [Run, Run];
  await ends(first);
  const endedMs = Date.now();
  await until(() => Date.now() - endedMs > 3_000);
  await ends(second);
  expect(await statuses([first, second])).toEqual(['completed', 'completed']);
  expect(gateway.runs()).toBe(2);
  await until(async () => (await status(first.id)) === 404);
  expect(Date.now() - endedMs).toBeGreaterThan(59_000);
  expect(await status(second.id)).toBe('completed');
  await until(async () => (await status(second.id)) === 404 && gateway.runs() === 0);
}, 120_000);
