import type { Figure, FigureGoal, FigureStatus } from './types.ts';

/** A figure before its goal has been looked at. */
export interface Measured {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly unit?: string;
  readonly goal?: FigureGoal;
  readonly low?: number;
  readonly high?: number;
  /** Why it is as it is, or what it means. */
  readonly why?: string;
}

/**
 * A figure with its status: `pass` where value and band are within the goal, `fail` where the value, or
 * with a band all of it, is outside, and `info` in between or without a goal. A value that is not finite
 * fails its goal.
 */
export function figure(measured: Measured): Figure {
  const { key, label, value, unit = '', goal, low, high, why } = measured;
  const finite = Number.isFinite(value);
  const reason = finite ? why : (why ?? 'not a finite number');
  return {
    key,
    label,
    value: finite ? value : null,
    unit,
    ...(goal === undefined ? {} : { goal }),
    ...(low !== undefined && Number.isFinite(low) ? { low } : {}),
    ...(high !== undefined && Number.isFinite(high) ? { high } : {}),
    status: goal === undefined ? 'info' : statusOf(measured, goal),
    ...(reason === undefined ? {} : { why: reason }),
  };
}

/** A figure that was not measured. */
export function skipped(
  of: { readonly key: string; readonly label: string; readonly unit?: string },
  why: string,
): Figure {
  return { key: of.key, label: of.label, value: null, unit: of.unit ?? '', status: 'skipped', why };
}

function statusOf({ value, low = value, high = value }: Measured, goal: FigureGoal): FigureStatus {
  if (![value, low, high].every(Number.isFinite)) return 'fail';
  const { min = -Infinity, max = Infinity } = goal;
  const inside = (x: number): boolean => x > min && x < max;
  if (inside(low) && inside(high) && inside(value)) return 'pass';
  return high <= min || low >= max ? 'fail' : 'info';
}
