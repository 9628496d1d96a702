// The account at work: FASHN's limits are kept, nothing accepted is lost, nothing is paid twice.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { startDesk, type Desk } from './desk.ts';
import { SHOP, STAFF_TOKEN, accountOf, bodyOf, until } from './gateway.ts';
import { linesOf, shortHashOf } from './log-lines.ts';

// A second here is twenty of FASHN's: its windows are as much shorter.
const FASHN = { TIME_SCALE: '0.05', WEBHOOK_TIME_SCALE: '0.05', RUN_LIMIT: '50/3000', STATUS_LIMIT: '50/500' };
const SCALED = { CONCURRENT_RUNS: '6', RUN_RATE: '50/3', STATUS_RATE: '50/1' };

let desk: Desk;
afterEach(() => desk.stop());

interface Journal {
  greatest_in_flight: number;
  most_starts_in_a_window: number;
  refused: Record<string, number>;
  runs: { status: string; inputs_sha256: string; credits_charged: number; webhook: { url: string } }[];
}

const journal = () => desk.control('journal') as Promise<Journal>;

/** A picture like no other, so that no run is the repeat of another. */
async function picture(number: number): Promise<string> {
  const background = { r: number & 255, g: number >> 8, b: 128 };
  const png = await sharp({ create: { width: 32, height: 32, channels: 3, background } }).png().toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** The cheapest run there is to make. */
const cut = async (number: number) => ({ model_name: 'background-remove', inputs: { image: await picture(number) } });

interface Status {
  status: string;
  queue_position?: number;
  eta_seconds?: number;
  error?: { name: string };
}

const status = async (id: string) => (await (await desk.gateway.ask(`/v1/status/${id}`)).json()) as Status;

async function accepted(answer: Promise<Response>): Promise<string> {
  const { status, body } = { status: (await answer).status, body: (await (await answer).json()) as { id: string } };
  expect({ status, body }).toEqual({ status: 200, body: { id: expect.any(String), error: null } });
  return body.id;
}

async function end(id: string): Promise<Status> {
  return until(async () => {
    const seen = await status(id);
    return ['completed', 'failed', 'canceled', 'time_out'].includes(seen.status) && seen;
  });
}

describe('a sale day', () => {
  const VISITORS = 10;
  const RUNS = 300;

  test('300 runs at once all complete, within FASHN’s limits and in turn', async () => {
    // Each run that waits has a database of its own, and here all of them are on one thread: on a slow disk it would do nothing
    // but wait for that.
    const store = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fitting-room-sale-'));
    desk = await startDesk({ ...SCALED, QUEUE_LENGTH_PER_VISITOR: '300', LOG_LEVEL: 'debug', POLICY: { models: ['background-remove'] } }, FASHN, store);
    const bodies = await Promise.all(Array.from({ length: RUNS }, (_, number) => cut(number)));
    // The first sends all of theirs before the second begins.
    const visitors = bodies.map((_, number) => Math.floor((number * VISITORS) / RUNS));
    const tokens = await Promise.all(Array.from({ length: VISITORS }, (_, visitor) => token(`203.0.113.${visitor}`)));
    const answers = await Promise.all(
      bodies.map((body, number) =>
        desk.gateway.run(body, { origin: SHOP, 'x-visitor': tokens[visitors[number] ?? 0] ?? '', 'cf-connecting-ip': `203.0.113.${visitors[number]}` }),
      ),
    );
    expect(answers.map(({ status }) => status).filter((code) => code !== 200)).toEqual([]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(RUNS);

    await until(async () => (await journal()).runs.filter((run) => run.status === 'completed').length === RUNS);
    for (const id of ids) expect(await end(id)).toMatchObject({ status: 'completed' });

    const { greatest_in_flight, most_starts_in_a_window, refused, runs } = await journal();
    expect(runs).toHaveLength(RUNS);
    expect(greatest_in_flight).toBeLessThanOrEqual(6);
    expect(most_starts_in_a_window).toBeLessThanOrEqual(50);
    expect(refused).toEqual({});
    expect(runs.reduce((sum, run) => sum + run.credits_charged, 0)).toBe(RUNS);

    // In turn: once all had come, each visitor is let go equally often, as long as there are runs left. The account's own
    // lines are in the order of its decisions; at FASHN one run may overtake another. The first visitor has all six slots
    // before the second comes: until fewer than half are theirs the others go, and then they have their missed turns.
    const lines = linesOf(desk.gateway);
    const visitorOf = new Map<unknown, number>(ids.map((id, number) => [shortHashOf(id), visitors[number] ?? -1]));
    const order = lines
      .slice(lines.findLastIndex(({ event, route }) => event === 'request' && route === '/v1/run'))
      .filter(({ event }) => event === 'sent')
      .map(({ run }) => visitorOf.get(run) ?? -1);
    const before = RUNS - order.length;
    const inTurn = order.slice(6 * VISITORS);
    const waiting = inTurn.reduce((all, visitor) => all.with(visitor, (all[visitor] ?? 0) + 1), new Array<number>(VISITORS).fill(0));
    const turns = new Array<number>(VISITORS).fill(0);
    let apart = 0;
    for (const visitor of inTurn) {
      turns[visitor] = (turns[visitor] ?? 0) + 1;
      if (turns.some((had, one) => had >= (waiting[one] ?? 0))) break;
      apart = Math.max(apart, Math.max(...turns) - Math.min(...turns));
    }
    console.log(
      `300 runs: at most ${greatest_in_flight} at once, ${most_starts_in_a_window} starts in a window; ${before} began before all had come, then visitors were at most ${apart} turns apart`,
    );
    expect(before).toBeLessThan(RUNS / 2);
    expect(apart).toBe(1);
    await desk.gateway.stop();
    rmSync(store, { recursive: true, force: true });
  }, 300_000);
});

describe('whatever is lost', () => {
  test('all six deliveries of a webhook: FASHN is asked, and the run completes', async () => {
    desk = await startDesk(SCALED, FASHN);
    await desk.control('faults', { do: { drop_webhook: { attempts: 6 } }, times: 3 });
    const ids = await Promise.all([1, 2, 3].map(async (number) => accepted(desk.gateway.run(await cut(number)))));
    for (const id of ids) expect(await end(id)).toMatchObject({ status: 'completed' });
    expect((await journal()).runs.map((run) => run.credits_charged)).toEqual([1, 1, 1]);
  }, 120_000);

  test('the answer of /v1/run, after it was accepted: it completes once and is charged once', async () => {
    desk = await startDesk(SCALED, FASHN);
    await desk.control('faults', { do: { lose_answer: { how: 'cut' } } });
    const answer = await desk.gateway.run(await cut(1));
    expect(answer.status).toBe(502);
    // It must not be sent again; its id is told all the same.
    expect(answer.headers.get('x-should-retry')).toBe('false');
    const { id } = (await answer.json()) as { id: string };
    expect(await end(id)).toMatchObject({ status: 'completed' });
    expect((await journal()).runs.map((run) => run.credits_charged)).toEqual([1]);
  });

  test('the answer of a run that waited: it completes once and is charged once', async () => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '1' }, FASHN);
    await desk.control('faults', { do: { lose_answer: { how: 'cut' } }, skip: 1 });
    const ids = await Promise.all([1, 2].map(async (number) => accepted(desk.gateway.run(await cut(number)))));
    for (const id of ids) expect(await end(id)).toMatchObject({ status: 'completed' });
    expect((await journal()).runs.map((run) => run.credits_charged)).toEqual([1, 1]);
  });

  test('the gateway itself, in the middle of everything', async () => {
    const persist = mkdtempSync(join(tmpdir(), 'fitting-room-restarted-'));
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '2' }, { ...FASHN, TIME_SCALE: '0.2' }, persist);
    const ids = await Promise.all([1, 2, 3, 4, 5, 6].map(async (number) => accepted(desk.gateway.run(await cut(number)))));
    await until(async () => (await journal()).runs.length > 0);
    await desk.restartGateway();
    for (const id of ids) expect(await end(id)).toMatchObject({ status: 'completed' });
    const { runs, greatest_in_flight } = await journal();
    expect(runs.map((run) => run.credits_charged)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(greatest_in_flight).toBeLessThanOrEqual(2);
  }, 180_000);

  test.each(['AccountObject', 'BodyObject'] as const)('the memory of each %s, again and again', async (className) => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '2' }, FASHN);
    const ids = await Promise.all([1, 2, 3, 4, 5, 6].map(async (number) => accepted(desk.gateway.run(await cut(number)))));
    const objects = className === 'BodyObject' ? ids.map(bodyOf) : [accountOf()];
    await until(async () => {
      for (const name of objects) await desk.gateway.evict(className, name);
      // A request that an eviction cuts off is sent again, as a browser would.
      const seen = await Promise.all(ids.map((id) => status(id).catch(() => undefined)));
      return seen.every((one) => one?.status === 'completed');
    });
    expect((await journal()).runs.map((run) => run.credits_charged)).toEqual([1, 1, 1, 1, 1, 1]);
  }, 120_000);
});

describe('each fault comes to the same end when objects lose their memory all the while', () => {
  /** The same faults twice: on each of two runs, the second of which waits for the first. */
  const scenarios: [string, object[]][] = [
    ['nothing', []],
    ['a webhook that never comes', [{ do: { drop_webhook: { attempts: 6 } } }]],
    ['a webhook that comes three times', [{ do: { duplicate_webhook: { copies: 2 } }, times: 2 }]],
    ['a webhook after another run’s', [{ do: 'reorder_webhook' }]],
    ['a forged webhook', [{ do: { forge_webhook: { change: { output: ['https://evil.example/x.png'] } } }, times: 2 }]],
    ['RateLimitExceeded', [{ do: { refuse: { error: 'RateLimitExceeded', retry_after_seconds: 1 } } }]],
    ['ConcurrencyLimitExceeded', [{ do: { refuse: { error: 'ConcurrencyLimitExceeded', retry_after_seconds: 1 } }, skip: 1 }]],
    ['FASHN’s own 500', [{ do: { refuse: { error: 'InternalServerError' } } }]],
    ['a proxy’s 502 before a run that was accepted', [{ do: { status: { status: 502, body: '<h1>', accept: true } } }]],
    ['an answer that is lost', [{ do: { lose_answer: { how: 'cut' } }, skip: 1 }]],
    ['a status that is refused', [{ on: 'status', do: { refuse: { error: 'RateLimitExceeded', retry_after_seconds: 1 } } }]],
    ['a run that fails', [{ do: { fail: { name: 'PoseError', message: 'no' } } }]],
  ];

  test.each(scenarios)('%s', async (_, faults) => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '1' }, FASHN);
    const calm = await played(faults, false);
    await desk.control('reset', {});
    const shaken = await played(faults, true);
    expect(shaken).toEqual(calm);
  }, 120_000);

  let number = 1_000;

  /** How two runs end, and what they cost. */
  async function played(faults: object[], shaken: boolean): Promise<object> {
    if (faults.length > 0) await desk.control('faults', faults);
    const ids: string[] = [];
    const shaking = { on: shaken };
    const shaker = shake(shaking, ids);
    try {
      for (const wish of [number + 1, number + 2]) ids.push(await posted(await cut(wish), `key-${wish}`));
      number += 2;
      const ends = await Promise.all(ids.map((id) => until(async () => over(await status(id).catch(() => undefined)))));
      const costs = await until(async () => {
        const { runs } = await journal();
        return runs.every((run) => !['starting', 'in_queue', 'processing'].includes(run.status)) && runs.map((run) => run.credits_charged);
      });
      return { ends: ends.map((seen) => [seen.status, seen.error?.name]), costs };
    } finally {
      shaking.on = false;
      await shaker;
    }
  }

  const over = (seen: Status | undefined) =>
    seen !== undefined && ['completed', 'failed', 'canceled', 'time_out'].includes(seen.status) && seen;

  /** Posts a run as a careful client does: with a key, again until it has an id. */
  async function posted(body: object, key: string): Promise<string> {
    const headers = { authorization: `Bearer ${STAFF_TOKEN}`, 'idempotency-key': key };
    return until(async () => {
      const answer = await desk.gateway.run(body, headers).catch(() => undefined);
      const { id } = ((await answer?.json().catch(() => undefined)) ?? {}) as { id?: string };
      return id;
    });
  }

  async function shake(shaking: { on: boolean }, ids: string[]): Promise<void> {
    while (shaking.on) {
      await desk.gateway.evict('AccountObject', accountOf());
      for (const id of ids) await desk.gateway.evict('BodyObject', bodyOf(id));
      // Long enough for a step or two.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
});

// The one before it takes long enough for all that is seen meanwhile, on a busy machine too.
describe('a run that waits', () => {
  test('says at which place and for how long, and can be forgotten', async () => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '1' }, { ...FASHN, TIME_SCALE: '2' });
    const [first, second, third] = await Promise.all([1, 2, 3].map(async (number) => accepted(desk.gateway.run(await cut(number)))));
    const seen = await Promise.all([first, second, third].map((id) => status(id ?? '')));
    expect(seen.map((one) => one.queue_position ?? 0).toSorted()).toEqual([0, 1, 2]);
    for (const one of seen.filter((one) => one.queue_position)) {
      expect(one).toMatchObject({ status: 'in_queue', eta_seconds: expect.any(Number) });
    }
    const last = [first, second, third].find((_, at) => seen[at]?.queue_position === 2) ?? '';
    expect((await desk.gateway.ask(`/v1/status/${last}`, { method: 'DELETE' })).status).toBe(204);
    expect((await desk.gateway.ask(`/v1/status/${last}`)).status).toBe(404);
    for (const id of [first, second, third]) if (id !== last) expect(await end(id ?? '')).toMatchObject({ status: 'completed' });
    expect((await journal()).runs).toHaveLength(2);
  });

  test('is refused over the bound, with its place and when to come again', async () => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '1', QUEUE_LENGTH: '1' }, { ...FASHN, TIME_SCALE: '5' });
    await accepted(desk.gateway.run(await cut(1)));
    await accepted(desk.gateway.run(await cut(2)));
    const refused = await desk.gateway.run(await cut(3));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('x-should-retry')).toBeNull();
    expect(await refused.json()).toMatchObject({ error: 'RateLimitExceeded', action: 'retry', queue_position: 2 });
    expect(await quote(3)).toMatchObject({ admitted: false, wait_seconds: expect.any(Number) });
  });

  test('keeps a body of many pieces whole', async () => {
    desk = await startDesk({ ...SCALED, CONCURRENT_RUNS: '1' }, { ...FASHN, TIME_SCALE: '3' });
    const noise = await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } } })
      .png()
      .toBuffer();
    expect(noise.length).toBeGreaterThan(3 << 20);
    const image = `data:image/png;base64,${noise.toString('base64')}`;
    await accepted(desk.gateway.run(await cut(1)));
    const id = await accepted(desk.gateway.run({ model_name: 'background-remove', inputs: { image } }));
    expect(await status(id)).toMatchObject({ status: 'in_queue' });
    expect(await end(id)).toMatchObject({ status: 'completed' });
    const sha256 = createHash('sha256').update('background-remove').update(JSON.stringify({ image })).digest('hex');
    expect((await journal()).runs.map((run) => run.inputs_sha256)).toContain(sha256);
  });
});

/** A visitor's token, which any first answer brings. */
async function token(address: string): Promise<string> {
  const headers = { origin: SHOP, 'cf-connecting-ip': address, 'content-type': 'application/json' };
  const answer = await desk.gateway.ask('/v1/quote', { method: 'POST', headers, body: JSON.stringify(await cut(0)) });
  return answer.headers.get('x-visitor') ?? '';
}

async function quote(number: number): Promise<object> {
  const init = { method: 'POST', headers: { authorization: `Bearer ${STAFF_TOKEN}`, 'content-type': 'application/json' } };
  return (await desk.gateway.ask('/v1/quote', { ...init, body: JSON.stringify(await cut(number)) })).json() as Promise<object>;
}

describe('budgets', () => {
  test('a day’s credits are spent, and not one more', async () => {
    desk = await startDesk({ ...SCALED, DAY_CREDITS: '2' }, FASHN);
    const ids = [await accepted(desk.gateway.run(await cut(1))), await accepted(desk.gateway.run(await cut(2)))];
    const refused = await desk.gateway.run(await cut(3));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await refused.json()).toMatchObject({ error: 'OutOfCredits', message: expect.stringContaining('of today') });
    for (const id of ids) await end(id);
    expect((await desk.gateway.run(await cut(3))).status).toBe(429);
    expect((await journal()).runs).toHaveLength(2);
  });

  test('what failed gives its credits back', async () => {
    desk = await startDesk({ ...SCALED, DAY_CREDITS: '1' }, FASHN);
    await desk.control('faults', { do: { fail: { name: 'PipelineError', message: 'no' } } });
    expect(await end(await accepted(desk.gateway.run(await cut(1))))).toMatchObject({ status: 'failed' });
    const again = await until(async () => {
      const answer = await desk.gateway.run(await cut(2));
      return answer.status === 200 && answer;
    });
    expect(await end(((await again.json()) as { id: string }).id)).toMatchObject({ status: 'completed' });
  });

  test('FASHN’s balance isn’t spent below its floor', async () => {
    desk = await startDesk({ ...SCALED, BALANCE_FLOOR_CREDITS: '3' }, { ...FASHN, OPENING_BALANCE: '4+0' });
    // The first waits until the balance is known.
    expect(await end(await accepted(desk.gateway.run(await cut(1))))).toMatchObject({ status: 'completed' });
    const refused = await desk.gateway.run(await cut(2));
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([429, 'OutOfCredits']);
    expect((await journal()).runs).toHaveLength(1);
  });
});

describe('an Idempotency-Key', () => {
  const staff = (key: string) => ({ authorization: `Bearer ${STAFF_TOKEN}`, 'idempotency-key': key });

  test('20 posts at once are one run', async () => {
    desk = await startDesk(SCALED, FASHN);
    const body = await cut(1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => desk.gateway.run(body, staff('"one"'))));
    const told = await Promise.all(answers.map(async (answer) => ({ status: answer.status, body: (await answer.json()) as { id?: string; error: string } })));
    const ids = new Set(told.filter(({ status }) => status === 200).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    for (const { status, body } of told) if (status !== 200) expect([status, body.error]).toEqual([409, 'RequestInProgress']);
    const [id] = ids;
    await end(id ?? '');
    // From now on it is answered with what it was answered with.
    expect(await (await desk.gateway.run(body, staff('one'))).json()).toEqual({ id, error: null });
    expect((await journal()).runs).toHaveLength(1);
  });

  test('is answered with its run though the account has lost its memory meanwhile', async () => {
    desk = await startDesk(SCALED, { ...FASHN, TIME_SCALE: '2' });
    const body = await cut(1);
    const id = await accepted(desk.gateway.run(body, staff('one')));
    await desk.gateway.evict('AccountObject', accountOf());
    expect(await accepted(desk.gateway.run(body, staff('one')))).toBe(id);
    expect((await status(id)).status).toBe('processing');
    expect((await journal()).runs).toHaveLength(1);
  });

  test('with another body is refused', async () => {
    desk = await startDesk(SCALED, FASHN);
    await accepted(desk.gateway.run(await cut(1), staff('one')));
    const other = await desk.gateway.run(await cut(2), staff('one'));
    expect([other.status, other.headers.get('x-should-retry')]).toEqual([422, 'false']);
    expect(await other.json()).toMatchObject({ error: 'IdempotencyKeyReused', message: expect.stringMatching(/new key/) });
    expect((await desk.gateway.run(await cut(3), staff(''.padEnd(300, 'x')))).status).toBe(400);
    expect((await journal()).runs).toHaveLength(1);
  });
});

describe('an equal request of the same visitor', () => {
  const shopper = { origin: SHOP };
  const POLICY = { models: ['background-remove'] };

  test('joins the run that there is, and gets the picture when it is done', async () => {
    desk = await startDesk({ ...SCALED, POLICY }, FASHN);
    const body = await cut(1);
    const first = await accepted(desk.gateway.run(body, shopper));
    expect(await accepted(desk.gateway.run(body, shopper))).toBe(first);
    await end(first);
    expect(await accepted(desk.gateway.run(body, shopper))).toBe(first);
    expect((await journal()).runs).toHaveLength(1);
  });

  test('makes a new run after a failure, and once the picture is forgotten', async () => {
    desk = await startDesk({ ...SCALED, POLICY }, FASHN);
    const body = await cut(1);
    await desk.control('faults', { do: { fail: { name: 'PoseError', message: 'no' } } });
    const failed = await accepted(desk.gateway.run(body, shopper));
    await end(failed);
    const first = await accepted(desk.gateway.run(body, shopper));
    expect(first).not.toBe(failed);
    await end(first);
    expect((await desk.gateway.ask(`/v1/status/${first}`, { method: 'DELETE' })).status).toBe(204);
    expect(await accepted(desk.gateway.run(body, shopper))).not.toBe(first);
    expect((await journal()).runs).toHaveLength(3);
  });

  test('is a run of its own for staff, unless it has the same key', async () => {
    desk = await startDesk(SCALED, FASHN);
    const body = await cut(1);
    const first = await accepted(desk.gateway.run(body));
    expect(await accepted(desk.gateway.run(body))).not.toBe(first);
    const keyed = { authorization: `Bearer ${STAFF_TOKEN}`, 'idempotency-key': 'batch-1' };
    const second = await accepted(desk.gateway.run(body, keyed));
    expect(await accepted(desk.gateway.run(body, keyed))).toBe(second);
    expect((await journal()).runs).toHaveLength(3);
  });
});
