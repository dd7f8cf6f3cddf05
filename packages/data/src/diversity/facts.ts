import type { DiversityReport } from './diversityReport.ts';

/** What was found, before it is judged. */
export type DiversityFacts = Omit<
  DiversityReport,
  'coverage' | 'alerts' | 'suggestions' | 'gates' | 'verdict'
>;

/** A share as people write it. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toPrecision(2)} %`;
}

/** A number with its noun: `1 group`, `2 groups`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share that is sought, at most 1. */
export function upTo(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Numbers of atoms that a goal is divided into, as `[from, to)`: about a factor of 1.5 each. */
export function sizeSteps(
  edges: readonly number[],
  [low, high]: readonly [number, number],
): { readonly bin: number; readonly from: number; readonly to: number }[] {
  const steps: { bin: number; from: number; to: number }[] = [];
  for (let bin = 0; bin + 1 < edges.length; bin++) {
    if (edges[bin + 1] <= low || edges[bin] >= high) continue;
    steps.push({ bin, from: Math.max(low, edges[bin]), to: Math.min(high, edges[bin + 1]) });
  }
  return steps;
}
