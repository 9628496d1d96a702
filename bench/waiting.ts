// Waiting for pictures: event streams beside asking every second, on the same work.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, tryOn, type Gateway } from '../tests/gateway.ts';
import { cpuMs, workerdPid } from './cpu.ts';
import { median, ms, pause, quantile, type Figure, type Scenario } from './scenario.ts';
import { startSlowFashn } from './slow-fashn.ts';

/** The objects’ storage is in memory where the machine has such a folder: its disk is not what is measured. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** FASHN’s own limits: six runs at once, 50 started in a minute. */
const LIMITS = { CONCURRENT_RUNS: '6', RUN_RATE: '50/60' };

interface Size {
  predictions: number;
  listeners: number;
  /** How long nothing happens while all listen: here the CPU of waiting is taken. */
  stillMs: number;
  runMs(): number;
}

const FULL: Size = { predictions: 100, listeners: 500, stillMs: 10_000, runMs: () => 3_000 + Math.random() * 2_000 };
const QUICK: Size = { predictions: 10, listeners: 50, stillMs: 1_000, runMs: () => 200 + Math.random() * 200 };

const TERMINAL = ['completed', 'failed', 'canceled', 'time_out'];

/** One who waits. Resolves with the time at which the end was seen, and the status that was it. */
type Wait = (gateway: Gateway, id: string, seen: Seen) => Promise<{ at: number; status: string }>;

interface Seen {
  requests: number;
  /** Those who have seen something. */
  begun: number;
}

const byStream: Wait = async (gateway, id, seen) => {
  let last = '';
  let begun = false;
  for (;;) {
    seen.requests += 1;
    const headers = { accept: 'text/event-stream', ...(last ? { 'last-event-id': last } : {}) };
    const { body } = await gateway.ask(`/v1/status/${id}`, { headers });
    let text = '';
    try {
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data === undefined) continue;
          last = /^id: (.*)$/m.exec(block)?.[1] ?? last;
          const { status } = JSON.parse(data) as { status: string };
          if (!begun) seen.begun += 1;
          begun = true;
          if (TERMINAL.includes(status)) return { at: performance.now(), status };
        }
      }
    } catch {
      // A connection that broke is made anew.
    }
    await pause(1_000);
  }
};

const byPolling: Wait = async (gateway, id, seen) => {
  // People don't come in step.
  await pause(Math.random() * 1_000);
  for (let begun = false; ; begun = true) {
    seen.requests += 1;
    const answer = await gateway.ask(`/v1/status/${id}`);
    const { status } = (await answer.json()) as { status: string };
    if (!begun) seen.begun += 1;
    if (TERMINAL.includes(status)) return { at: performance.now(), status };
    await pause(1_000);
  }
};

interface Measured {
  requests: number;
  completed: number;
  delaysMs: number[];
  /** CPU a second while nothing happened. */
  stillCpuMs: number;
  /** CPU of the work, from the first listener to the last. */
  cpuMs: number;
  seconds: number;
}

/** (1) All runs at once, as on a sale day. (2) All listen. (3) Stillness. (4) FASHN begins. (5) Everybody has seen the end. */
async function measure(wait: Wait, size: Size): Promise<Measured> {
  const fashn = await startSlowFashn(() => size.runMs());
  const store = mkdtempSync(join(MEMORY, 'fitting-room-bench-'));
  const gateway = await startGateway(fashn.url, LIMITS, { store });
  try {
    // (1)
    const ids: string[] = [];
    for (let run = 0; run < size.predictions; run += 1) {
      ids.push(((await (await gateway.run(tryOn())).json()) as { id: string }).id);
    }
    // (2)
    const pid = workerdPid();
    const [cpuBefore, begunAt] = [cpuMs(pid), performance.now()];
    const seen: Seen = { requests: 0, begun: 0 };
    const waiting = Array.from({ length: size.listeners }, async (_, listener) => {
      const id = ids[listener % ids.length] ?? '';
      return { id, ...(await wait(gateway, id, seen)) };
    });
    // What stops one stops the gateway, and all the others with it: the first is told, below.
    for (const listener of waiting) listener.catch(() => undefined);
    while (seen.begun < size.listeners) await pause(20);
    // (3)
    await pause(1_000);
    const still = cpuMs(pid);
    await pause(size.stillMs);
    const stillCpuMs = (cpuMs(pid) - still) / (size.stillMs / 1_000);
    // (4)
    fashn.begin();
    // (5)
    const ends = await Promise.all(waiting);
    await fashn.answered();
    if (fashn.refused.length > 0) throw new Error(`webhooks were refused: ${fashn.refused.join(', ')}`);
    return {
      requests: seen.requests,
      completed: ends.filter(({ status }) => status === 'completed').length,
      delaysMs: ends.map(({ id, at }) => at - (fashn.webhookAt(id) ?? Number.NaN)),
      stillCpuMs,
      cpuMs: cpuMs(pid) - cpuBefore,
      seconds: (performance.now() - begunAt) / 1_000,
    };
  } finally {
    await gateway.stop();
    await fashn.stop();
    rmSync(store, { recursive: true });
  }
}

export const waiting: Scenario = {
  name: 'waiting',
  about: '500 listeners on 100 runs that come at once, six at FASHN at a time: event streams beside asking every second',
  async run({ size: asked }): Promise<Figure[]> {
    const size = asked === 'full' ? FULL : QUICK;
    const stream = await measure(byStream, size);
    const polling = await measure(byPolling, size);
    const fewer = polling.requests / stream.requests;
    const sooner = median(polling.delaysMs) / median(stream.delaysMs);
    const both = (what: string, of: (measured: Measured) => string): Figure => ({
      what,
      value: `${of(stream).padStart(10)} ${of(polling).padStart(10)}`,
    });
    return [
      { what: '', value: `${'streams'.padStart(10)} ${'every 1 s'.padStart(10)}` },
      {
        ...both(`saw the end, of ${size.listeners}`, ({ completed }) => String(completed)),
        bar: { text: 'all', met: stream.completed === size.listeners && polling.completed === size.listeners },
      },
      both('requests', ({ requests }) => String(requests)),
      both('webhook to listener, median', ({ delaysMs }) => ms(median(delaysMs))),
      both('webhook to listener, 99 of 100', ({ delaysMs }) => ms(quantile(delaysMs, 0.99))),
      both('CPU of waiting, a second', ({ stillCpuMs }) => ms(stillCpuMs)),
      both('CPU of all of it', ({ cpuMs }) => ms(cpuMs)),
      both('it took', ({ seconds }) => `${seconds.toFixed(0)} s`),
      { what: 'fewer requests', value: `${fewer.toFixed(1)} times`, bar: { text: 'at least 20', met: fewer >= 20 } },
      { what: 'sooner', value: `${sooner.toFixed(1)} times`, bar: { text: 'at least 5', met: sooner >= 5 } },
    ];
  },
};
