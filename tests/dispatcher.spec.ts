// The Dispatcher at work: FASHN's limits are kept, nothing accepted is lost, nothing is paid twice.
import { afterEach, describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { startDesk, type Desk } from './desk.ts';
import { SHOP, until } from './gateway.ts';

// A second here is twenty of FASHN's: its windows are as much shorter.
const FASHN = { TIME_SCALE: '0.05', WEBHOOK_TIME_SCALE: '0.05', RUN_LIMIT: '50/3000', STATUS_LIMIT: '50/500' };
const SCALED = { RUN_RATE: '50/3', STATUS_RATE: '50/1' };

let desk: Desk;
afterEach(() => desk.stop());

interface Journal {
  greatest_in_flight: number;
  most_starts_in_a_window: number;
  refused: Record<string, number>;
  runs: { status: string; credits_charged: number; accepted_at_ms: number; webhook: { url: string } }[];
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

/** A token and an id of one prediction begin alike. */
const sameTicket = (id: string, webhookUrl: string) => webhookUrl.split('/').at(-1)?.startsWith(id.slice(0, 21)) ?? false;

describe('a sale day', () => {
  const VISITORS = 10;
  const RUNS = 300;

  test('300 runs at once all complete, within FASHN’s limits and in turn', async () => {
    desk = await startDesk({ ...SCALED, QUEUE_LENGTH_PER_VISITOR: '300', POLICY: { models: ['background-remove'] } }, FASHN);
    const bodies = await Promise.all(Array.from({ length: RUNS }, (_, number) => cut(number)));
    const visitors = bodies.map((_, number) => number % VISITORS);
    const answers = await Promise.all(
      bodies.map((body, number) =>
        desk.gateway.run(body, { origin: SHOP, 'cf-connecting-ip': `203.0.113.${visitors[number]}` }),
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

    // In turn: whoever still waits was let in at most once less often than anybody else.
    const order = runs
      .toSorted((one, other) => one.accepted_at_ms - other.accepted_at_ms)
      .map((run) => visitors[ids.findIndex((id) => sameTicket(id, run.webhook.url))] ?? -1);
    const seen = new Array<number>(VISITORS).fill(0);
    let widest = 0;
    order.forEach((visitor, at) => {
      seen[visitor] = (seen[visitor] ?? 0) + 1;
      // The first ones went as they came, before anybody had to wait.
      if (at > 60 && at < RUNS - 60) widest = Math.max(widest, Math.max(...seen) - Math.min(...seen));
    });
    console.log(`300 runs: at most ${greatest_in_flight} at once, ${most_starts_in_a_window} starts in a window, visitors ${widest} apart`);
    expect(widest).toBeLessThanOrEqual(12);
  }, 300_000);
});
