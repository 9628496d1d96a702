// Percentiles of times that were counted in buckets.

/** Sums histograms, which may differ in length: empty buckets at the end are left out. */
export function merged(histograms: readonly (readonly number[])[]): number[] {
  const sum: number[] = [];
  for (const histogram of histograms) {
    histogram.forEach((count, bucket) => (sum[bucket] = (sum[bucket] ?? 0) + count));
  }
  return sum;
}

export interface Quantile {
  ms: number;
  /** It lies in the last bucket: it is longer than `ms`, and how much isn't known. */
  isOpen: boolean;
}

/** The time that a share of the counts doesn't exceed, spread evenly within its bucket; null without counts. */
export function quantile(counts: readonly number[], boundsMs: readonly number[], share: number): Quantile | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = total * share;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    const lower = boundsMs[bucket - 1] ?? 0;
    if (count > 0 && below + count >= rank) {
      const upper = boundsMs[bucket];
      if (upper === undefined) return { ms: lower, isOpen: true };
      return { ms: lower + ((upper - lower) * Math.max(rank - below, 0)) / count, isOpen: false };
    }
    below += count;
  }
  return null;
}
