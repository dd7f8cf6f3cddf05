import type { Span } from './trace.ts';

/** Who contains whom on one track. */
export interface Nesting {
  /** Time of each span that is in none within it, us. */
  readonly self: Float64Array;
  /** Index of the innermost span that was running when each began; -1: none. */
  readonly parent: Int32Array;
  /** Time in which any of them ran, us: the sum of `self`. */
  readonly busy: number;
}

/**
 * Self times and parents of the spans of one track, which are sorted by `bySpan`.
 *
 * Each moment belongs to the one of the running spans that began last, so that no moment counts
 * twice, also where rounded times let a span end after the one that contains it.
 */
export function nest(spans: readonly Span[]): Nesting {
  const count = spans.length;
  const self = new Float64Array(count);
  const parent = new Int32Array(count).fill(-1);
  const running: number[] = [];
  const endOf = (k: number): number => spans[k].start + spans[k].duration;
  let now = -Infinity;
  let busy = 0;
  /** Gives time up to a moment to those that run. */
  const advance = (to: number): void => {
    while (running.length > 0) {
      const top = running[running.length - 1];
      const end = endOf(top);
      const until = Math.min(end, to);
      if (until > now) {
        self[top] += until - now;
        busy += until - now;
        now = until;
      }
      if (end > to) break;
      running.pop();
    }
    now = to;
  };
  for (let k = 0; k < count; k++) {
    advance(spans[k].start);
    if (running.length > 0) parent[k] = running[running.length - 1];
    running.push(k);
  }
  advance(Infinity);
  return { self, parent, busy };
}
