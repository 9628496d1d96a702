// What a try-on asks of the platform: each row is a real run in workerd, counted by `operations/counted.mjs` in front of the
// bundle that ships. Counts, not times; a bound is what is true today, so from here it can only fall.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STAFF_TOKEN, json, startGateway, startOwnFashn, tryOn, until, type Gateway, type OwnFashn } from './gateway.ts';
import { RunsAtFashn, accepted, type Posted, type Run } from './runs.ts';

const WHAT = ['worker', 'objects', 'rowsRead', 'rowsWritten', 'kv', 'alarmsSet', 'alarms', 'upstream'] as const;
type Counts = Record<(typeof WHAT)[number], number>;
const HEADINGS = ['requests', 'object requests', 'rows read', 'rows written', 'KV', 'alarms set', 'alarms', 'FASHN'];

/**
 * At most, in the order of `WHAT`. Row writes hold index entries and the alarms that are set, as the bill does. What comes a
 * quarter of an hour and more later isn't in it: the run's rows are deleted.
 */
const BOUNDS: Record<string, number[]> = {
  'submit': [1, 2, 3, 4, 0, 0, 0, 1],
  'poll, live': [1, 1, 0, 0, 0, 0, 0, 0],
  'webhook': [1, 1, 2, 4, 0, 0, 0, 1],
  'webhook, again': [1, 1, 1, 0, 0, 0, 0, 0],
  'try-on': [2, 3, 5, 8, 0, 0, 0, 2],
  'poll, finished': [1, 1, 0, 0, 0, 0, 0, 0],
  'poll, finished, again': [1, 1, 0, 0, 0, 0, 0, 0],
  'output': [1, 1, 0, 0, 0, 0, 0, 1],
  'forget': [1, 1, 2, 2, 0, 0, 0, 0],
  'poll, forged': [1, 0, 0, 0, 0, 0, 0, 0],
  'webhook, forged': [1, 0, 0, 0, 0, 0, 0, 0],
  'quote': [1, 1, 0, 0, 0, 0, 0, 0],
  'shop': [1, 1, 0, 0, 0, 0, 0, 0],
  'webhook, base64': [1, 1, 2, 4, 1, 0, 0, 1],
  'output, base64': [1, 1, 0, 0, 1, 0, 0, 0],
  '?wait=': [1, 1, 0, 0, 0, 0, 0, 0],
  'stream': [1, 1, 0, 0, 0, 0, 0, 0],
  'submit, queued': [1, 3, 6, 10, 0, 2, 0, 0],
  'poll, queued': [1, 1, 0, 0, 0, 0, 0, 0],
  'let in': [0, 2, 10, 8, 0, 2, 0, 1],
  'try-on that waited': [2, 6, 18, 22, 0, 4, 0, 2],
};

let fashn: OwnFashn;
let gateway: Gateway;
const DOOR = fileURLToPath(new URL('operations/counted.mjs', import.meta.url));
const PICTURE = Buffer.alloc(3_000, 'FASHN').toString('base64');

beforeAll(async () => {
  fashn = await startOwnFashn(answer);
  gateway = await startGateway(fashn.url, {}, { door: DOOR });
  // What is counted is a warm Worker: it has read its settings, and the account its rows.
  await webhook(await run());
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});

const atFashn = new RunsAtFashn();

function answer(...[call, response]: Parameters<OwnFashn['answer']>) {
  if (call.path === '/cdn/picture.png') return response.writeHead(200, { 'content-type': 'image/png' }).end('picture');
  if (call.path === '/v1/credits') return json(response, 200, { credits: { total: 100, subscription: 100, on_demand: 0 } });
  return atFashn.answer(call, response);
}

const submit = () => accepted(gateway);
const run = () => atFashn.sent(gateway);
const webhook = (run: Posted, output = [`${fashn.url}/cdn/picture.png`]) => atFashn.ends(gateway, run, { status: 'completed', output });

async function poll(id: string, init: RequestInit = {}): Promise<string> {
  const told = await gateway.ask(`/v1/status/${id}`, init);
  return ((await told.json()) as { status: string }).status;
}

const look = async () => (await (await gateway.ask('/v1/counted')).json()) as { counts: Counts; pending: number };

/** What is counted once everything has come to rest: nothing changes any more, and only so much is under way. */
async function atRest(held = 0): Promise<Counts> {
  let last = '';
  return until(async () => {
    const told = await look();
    const text = JSON.stringify(told);
    const still = told.pending <= held && text === last;
    last = text;
    return still && told.counts;
  });
}

/** Counts what some work comes to, with all that goes on after its answer. */
async function counted(work: () => Promise<unknown>, held = 0): Promise<Counts> {
  await atRest(held);
  await gateway.ask('/v1/counted', { method: 'DELETE' });
  const calls = fashn.calls.length;
  await work();
  const counts = await atRest(held);
  // What the door counts and what FASHN saw is the same.
  expect(counts.upstream).toBe(fashn.calls.length - calls);
  return counts;
}

const combined = (one: Counts, other: Counts, sign: 1 | -1) =>
  Object.fromEntries(WHAT.map((what) => [what, one[what] + sign * other[what]])) as Counts;

const table: [string, Counts][] = [];

function print() {
  const width = Math.max(...table.map(([what]) => what.length));
  console.log(
    [
      `${'counted, and at most'.padEnd(width)}  ${HEADINGS.join('  ')}`,
      ...table.map(([what, counts]) => {
        const bounds = BOUNDS[what] ?? [];
        const cells = WHAT.map((name, at) => `${counts[name]} ≤ ${bounds[at] ?? '?'}`.padStart(HEADINGS[at]?.length ?? 0));
        return `${what.padEnd(width)}  ${cells.join('  ')}`;
      }),
    ].join('\n'),
  );
}

test('a try-on, and all that is asked about it, costs no more than it did', async () => {
  const note = (what: string, counts: Counts) => void table.push([what, counts]);
  let one: Run = { id: '', upstream: '', webhook: '' };

  // A try-on that goes at once.
  const submitted = await counted(async () => (one = await run()));
  // A door that saw nothing would be within every bound: a prediction at least was written, twice.
  expect(submitted).toMatchObject({ worker: 1, upstream: 1 });
  expect(Math.min(submitted.objects, submitted.rowsWritten - 1)).toBeGreaterThan(0);
  note('submit', submitted);
  note('poll, live', await counted(async () => expect(await poll(one.id)).toBe('processing')));
  const heard = await counted(() => webhook(one));
  note('webhook', heard);
  note('webhook, again', await counted(() => webhook(one)));
  note('try-on', combined(submitted, heard, 1));
  note('poll, finished', await counted(async () => expect(await poll(one.id)).toBe('completed')));
  note('poll, finished, again', await counted(async () => expect(await poll(one.id)).toBe('completed')));
  note('output', await counted(async () => (await gateway.ask(`/v1/outputs/${one.id}/0`)).arrayBuffer()));
  note('forget', await counted(() => gateway.ask(`/v1/status/${one.id}`, { method: 'DELETE' })));
  const token = 'A'.repeat(48);
  note('poll, forged', await counted(async () => expect((await gateway.ask(`/v1/status/${token}`)).status).toBe(404)));
  const forged = { method: 'POST', body: '{"id":"a-1","status":"completed"}' };
  note('webhook, forged', await counted(async () => expect((await gateway.ask(`/webhooks/fashn/${token}`, forged)).status).toBe(404)));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${STAFF_TOKEN}` };
  const asks = { method: 'POST', body: JSON.stringify(tryOn()), headers };
  note('quote', await counted(async () => expect((await gateway.ask('/v1/quote', asks)).status).toBe(200)));
  note('shop', await counted(async () => expect((await gateway.ask('/v1/shop')).status).toBe(200)));

  // A picture in base64: FASHN keeps it nowhere, so the gateway does.
  one = await run();
  note('webhook, base64', await counted(() => webhook(one, [`data:image/png;base64,${PICTURE}`])));
  note('output, base64', await counted(async () => (await gateway.ask(`/v1/outputs/${one.id}/0`)).arrayBuffer()));

  // Somebody waits for it.
  one = await run();
  let end: Promise<string> = Promise.resolve('');
  const asked = await counted(async () => {
    end = poll(`${one.id}?wait=20`);
    await until(async () => (await look()).pending > 0);
  }, 1);
  const answered = await counted(async () => {
    await webhook(one);
    expect(await end).toBe('completed');
  }, 1);
  note('?wait=', combined(combined(asked, answered, 1), heard, -1));
  one = await run();
  let text: Promise<string> = Promise.resolve('');
  const opened = await counted(async () => {
    const stream = await gateway.ask(`/v1/status/${one.id}`, { headers: { accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    text = stream.text();
  });
  const streamed = await counted(async () => {
    await webhook(one);
    expect(await text).toContain('"status":"completed"');
  });
  note('stream', combined(combined(opened, streamed, 1), heard, -1));
});

test('a try-on that waits first costs no more than it did', async () => {
  const note = (what: string, counts: Counts) => void table.push([what, counts]);
  await gateway.stop();
  gateway = await startGateway(fashn.url, { CONCURRENT_RUNS: '1' }, { door: DOOR });
  await webhook(await run());
  const plain = await run();
  const heard = await counted(() => webhook(plain));

  const first = await run();
  const sent = atFashn.posted.length;
  let waits = '';
  const submitted = await counted(async () => (waits = await submit()));
  expect(atFashn.posted.length).toBe(sent);
  note('submit, queued', submitted);
  note('poll, queued', await counted(async () => expect(await poll(waits)).toBe('in_queue')));
  // The end of the first makes room for it: what that costs beside the webhook's own.
  const both = await counted(async () => {
    await webhook(first);
    await until(() => atFashn.posted.length > sent);
  });
  const letIn = combined(both, heard, -1);
  note('let in', letIn);
  const second = atFashn.posted.at(-1)!;
  const end = await counted(() => webhook(second));
  note('try-on that waited', combined(combined(submitted, letIn, 1), end, 1));
  expect(await poll(waits)).toBe('completed');
});

test('each is within its bound', () => {
  print();
  expect(table.map(([what]) => what)).toEqual(Object.keys(BOUNDS));
  for (const [what, counts] of table) {
    const over = WHAT.filter((name, at) => counts[name] > (BOUNDS[what]?.[at] ?? -1));
    expect.soft(over.map((name) => `${what}: ${name} ${counts[name]}`)).toEqual([]);
  }
});
