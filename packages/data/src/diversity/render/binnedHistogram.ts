import { histogram } from '@mlffd/report';
import type { HistogramOptions } from '@mlffd/report';
import type { Bins } from '../distribution.ts';

/** Values that stand for all counts; a bin is drawn right to this part of the whole. */
const STAND_INS = 4000;

/** What `binnedHistogram` draws. */
export interface BinnedHistogramOptions extends Omit<HistogramOptions, 'series' | 'bins'> {
  readonly bins: Bins;
}

/** A histogram of counts that were made elsewhere: bins of equal width, on a log axis of equal ratio. */
export function binnedHistogram({ bins, ...options }: BinnedHistogramOptions): Promise<string> {
  const { edges, counts } = trimmed(bins);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const log = options.x.scale === 'log';
  const values: number[] = [];
  for (const [k, count] of counts.entries()) {
    const [a, b] = [edges[k], edges[k + 1]];
    const middle = log ? Math.sqrt(a * b) : (a + b) / 2;
    const copies = count === 0 ? 0 : Math.max(1, Math.round((STAND_INS * count) / total));
    for (let copy = 0; copy < copies; copy++) values.push(middle);
  }
  return histogram({
    description: `Distribution of ${options.x.label}: ${total} values.`,
    ...options,
    x: { ...options.x, domain: [edges[0], edges[edges.length - 1]] },
    bins: counts.length,
    series: [{ name: options.x.label, values }],
  });
}

/** Without the empty bins at both ends. */
function trimmed({ edges, counts }: Bins): Bins {
  const first = Math.max(
    0,
    counts.findIndex((count) => count > 0),
  );
  const last = counts.reduce((at, count, k) => (count > 0 ? k : at), 0);
  return { edges: edges.slice(first, last + 2), counts: counts.slice(first, last + 1) };
}
