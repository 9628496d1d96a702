// When the picture is due: what is said of it stays true. The gateway tells how long it will take from now; a run that takes
// longer is told the same few seconds again and again, which must not be said again and again.

/** Beyond the due time by so much, it takes longer than usual. */
const GRACE_MS = 5_000;
/** A bar that is full before the picture is there would say that it is. */
const FULLEST = 0.96;

export interface Estimate {
  startedAtMs: number;
  /** Nothing was told yet. */
  dueAtMs: number | undefined;
}

/** `isWaiting`: in the queue, where a later time is news; afterwards it only means that the first was wrong. */
export function estimated(estimate: Estimate, etaSeconds: number, isWaiting: boolean, nowMs: number): Estimate {
  const dueAtMs = nowMs + etaSeconds * 1000;
  const isNews = estimate.dueAtMs === undefined || isWaiting || dueAtMs < estimate.dueAtMs;
  return isNews ? { ...estimate, dueAtMs } : estimate;
}

export type Left = { kind: 'unknown' } | { kind: 'seconds'; seconds: number } | { kind: 'soon' } | { kind: 'late' };

export function left({ dueAtMs }: Estimate, nowMs: number): Left {
  if (dueAtMs === undefined) return { kind: 'unknown' };
  const seconds = (dueAtMs - nowMs) / 1000;
  if (seconds > 2) return { kind: 'seconds', seconds };
  return nowMs > dueAtMs + GRACE_MS ? { kind: 'late' } : { kind: 'soon' };
}

/** How much is done, 0 to 1; nothing while nothing is known. Behind the due time it slows down and never arrives. */
export function fraction({ startedAtMs, dueAtMs }: Estimate, nowMs: number): number | undefined {
  if (dueAtMs === undefined || dueAtMs <= startedAtMs) return undefined;
  const gone = (nowMs - startedAtMs) / (dueAtMs - startedAtMs);
  return FULLEST * (gone < 0.9 ? Math.max(0, gone) : 1 - 0.1 * Math.exp((0.9 - gone) / 0.1));
}
