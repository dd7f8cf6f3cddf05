import type { Pause } from './pauseWatch.ts';

/** Pauses of the garbage collector that fell into timed spans: calls, steps. */
export interface SpanPauses {
  readonly count: number;
  /** ms. */
  readonly total: number;
  /** ms. */
  readonly longest: number;
  /** Pauses by kind: `minor`, `major`, `incremental`, `weak`. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Part of the time of all spans, 0 to 1. */
  readonly share: number;
  /** Spans with a pause. */
  readonly spans: number;
  /** Part of the slow spans that have a pause, 0 to 1. */
  readonly slowSpans: number;
}

/**
 * Which spans pauses fell into; those outside of all spans do not count.
 *
 * @param spans.starts, spans.ends ms, ascending, on the clock of the pauses
 * @param spans.slow what takes longer than this is slow, ms
 */
export function attributePauses(
  pauses: readonly Pause[],
  spans: {
    readonly starts: Float64Array;
    readonly ends: Float64Array;
    readonly slow: number;
  },
): SpanPauses {
  const { starts, ends, slow } = spans;
  const kinds: Record<string, number> = {};
  const paused = new Set<number>();
  let [count, time, longest] = [0, 0, 0];
  for (const { start, duration, kind } of pauses) {
    const span = lastAtMost(starts, start);
    if (span < 0 || start > ends[span]) continue;
    count++;
    time += duration;
    longest = Math.max(longest, duration);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    paused.add(span);
  }
  let [total, slowSpans, slowPaused] = [0, 0, 0];
  for (let k = 0; k < starts.length; k++) {
    total += ends[k] - starts[k];
    if (ends[k] - starts[k] <= slow) continue;
    slowSpans++;
    if (paused.has(k)) slowPaused++;
  }
  return {
    count,
    total: time,
    longest,
    kinds,
    share: total === 0 ? 0 : time / total,
    spans: paused.size,
    slowSpans: slowSpans === 0 ? 0 : slowPaused / slowSpans,
  };
}

/** Index of the last value that is at most `x`; -1 where there is none. */
function lastAtMost(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
