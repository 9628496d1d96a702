// What a variant takes beside CPU: memory with large bodies at once, the time to its first answer, its bundle.
import { headerOf } from './connection.ts';
import { bigRun, smallRun } from './cases.ts';
import { median, pause } from './scenario.ts';
import { Target, stillCpuMs } from './target.ts';
import type { Variant, VariantName } from './variants.ts';
import { memoryKb, resetHighestMemory } from './workerd.ts';

export interface Memory {
  idleMb: number;
  /** Above idle, at its highest. */
  peakMb: number;
  /** Bodies that were sent away unread, with `Retry-After`, before they were taken. */
  cameAgain: number;
}

/** Whoever got no answer comes again after so long. */
const RETRY_SECONDS = 2;
const RETRIES_MOST = 30;

/** A body that is sent away unread may be cut before its answer was seen. */
function sentAway(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
}

/** A fresh process takes so many bodies of 8 MB at once. What is sent away comes again when it was told to. */
export async function memoryOf(variant: Variant, bodies: number): Promise<Memory> {
  const target = await Target.start(variant);
  try {
    for (let n = 0; n < 8; n += 1) await smallRun(target, n);
    const { pid } = target.workerd;
    await stillCpuMs(pid);
    const idleKb = memoryKb(pid).now;
    resetHighestMemory(pid);
    let cameAgain = 0;
    const send = async (n: number) => {
      for (;;) {
        const answer = await bigRun(target, n).catch(sentAway);
        if (answer?.status === 200) return;
        const seconds = answer ? Number(headerOf(answer, 'retry-after')) : RETRY_SECONDS;
        if ((answer && answer.status !== 503) || !(seconds > 0)) throw new Error(`${variant.name} answered a body of 8 MB with ${answer?.status}: ${answer?.body.slice(0, 400)}`);
        cameAgain += 1;
        if (cameAgain > bodies * RETRIES_MOST) throw new Error(`${variant.name} has no room for ${bodies} bodies of 8 MB, however often they come again`);
        await pause(seconds * 1_000);
      }
    };
    await Promise.all(Array.from({ length: bodies }, (_, n) => send(n)));
    return { idleMb: idleKb / 1_024, peakMb: (memoryKb(pid).highest - idleKb) / 1_024, cameAgain };
  } finally {
    await target.stop();
  }
}

/** Milliseconds from the process's start to its first answer. */
async function startMs(variant: Variant): Promise<number> {
  // FASHN where it is for a shop: nothing is asked of it.
  const target = await Target.start(variant, { FASHN_BASE_URL: 'https://api.fashn.ai' });
  try {
    await target.ask({ head: target.head('GET', '/healthz') });
    return performance.now() - target.workerd.spawnedAt;
  } finally {
    await target.stop();
  }
}

/** How much longer than the empty Worker each takes to its first answer: median of the rounds, the variants in turn. */
export async function startUps(variants: Variant[], empty: Variant, rounds: number): Promise<Map<VariantName, number>> {
  const over = new Map<VariantName, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    const base = await startMs(empty);
    for (const variant of variants) {
      const taken = (await startMs(variant)) - base;
      // The first round brings the files into the page cache.
      if (round >= 0) over.get(variant.name)?.push(taken);
    }
  }
  return new Map([...over].map(([name, all]) => [name, median(all)]));
}
