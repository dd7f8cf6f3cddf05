import { median, type TimeRatio, timeRatio } from '@mlffd/core';
import type { HarnessRecord } from './types.ts';

/** A record beside its baseline. */
export interface Comparison extends TimeRatio {
  readonly system: string;
  readonly atoms: number;
  /** ms per step, medians over the stretches of the runs. */
  readonly now: number;
  readonly before: number;
  /** When the baseline was measured. */
  readonly date: string;
  /** False where the baseline is that of another subject. */
  readonly sameSubject: boolean;
  /** Slower than the limit allows, and not by chance. */
  readonly tooSlow: boolean;
}

/**
 * Compares the times of a step; undefined where one has none, or they were not measured in the same way.
 *
 * `tooSlow` says that the ratio is above 1 + `limit` and the whole band above 1. The band knows the noise
 * within both runs only: a machine that was busy during one of them it cannot know of.
 *
 * @param options.limit by how much a step may be slower, 0.1 for a tenth
 */
export function compareTimes(
  record: HarnessRecord,
  baseline: HarnessRecord,
  options: { readonly limit: number },
): Comparison | undefined {
  if (record.latency === null || baseline.latency === null) return undefined;
  if (record.latency.basis !== baseline.latency.basis) return undefined;
  const [now, before] = [record.latency.blocks, baseline.latency.blocks];
  const found = timeRatio(now, before);
  return {
    ...found,
    system: record.system.name,
    atoms: record.system.atoms,
    now: median(now),
    before: median(before),
    date: baseline.date,
    sameSubject: record.subject.hash === baseline.subject.hash,
    tooSlow: found.ratio > 1 + options.limit && found.low > 1,
  };
}
