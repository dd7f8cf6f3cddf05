import { ReportDataError } from '../errors.ts';

/**
 * Refuses two lists that should be as long as each other.
 *
 * @throws ReportDataError when they are not
 */
export function requireSameLength(
  what: string,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): void {
  if (first.length === second.length) return;
  throw new ReportDataError(`${what}: both lists must have the same length.`, {
    expected: `${first.length} values`,
    found: `${second.length} values`,
    where: what,
    hint: 'Give one value of each list per point.',
  });
}

/** One drawn point of a curve. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number | null;
}

/**
 * A curve thinned to what the eye can see: per column of the image the first, smallest, largest
 * and last value, so that spikes stay. A gap (`y` null) stands where the curve is not finite.
 */
export function thinCurve(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: { readonly columns?: number; readonly positive?: boolean } = {},
): CurvePoint[] {
  const { columns = 320, positive = false } = options;
  const size = Math.max(1, Math.ceil(x.length / columns));
  const points: CurvePoint[] = [];
  for (let start = 0; start < x.length; start += size) {
    const end = Math.min(x.length, start + size);
    for (const k of columnPicks(y, { start, end, positive })) {
      const usable = k.shown && Number.isFinite(x[k.index]);
      if (!usable && points.at(-1)?.y === null) continue;
      points.push({ x: x[k.index], y: usable ? y[k.index] : null });
    }
  }
  return points.filter((point) => Number.isFinite(point.x));
}

function columnPicks(
  y: ArrayLike<number>,
  range: { readonly start: number; readonly end: number; readonly positive: boolean },
): { readonly index: number; readonly shown: boolean }[] {
  const { start, end, positive } = range;
  let low = -1;
  let high = -1;
  let gap = -1;
  let first = -1;
  let last = -1;
  for (let k = start; k < end; k += 1) {
    const value = y[k];
    if (!Number.isFinite(value) || (positive && value <= 0)) {
      gap = k;
      continue;
    }
    if (first < 0) first = k;
    last = k;
    if (low < 0 || value < y[low]) low = k;
    if (high < 0 || value > y[high]) high = k;
  }
  const shown = new Set([first, low, high, last].filter((k) => k >= 0));
  const picks = [...shown].map((index) => ({ index, shown: true }));
  if (gap >= 0) picks.push({ index: gap, shown: false });
  return picks.sort((a, b) => a.index - b.index);
}
