import { type BlockComparison, compareBlocks } from '@mlffd/core';
import type { HarnessRecord } from './types.ts';

/** Times of a step in a record beside those in its baseline, ms. */
export interface Comparison extends BlockComparison {
  readonly system: string;
  readonly atoms: number;
  /** When the baseline was measured. */
  readonly date: string;
  /** False where the baseline is that of another subject. */
  readonly sameSubject: boolean;
}

/**
 * Compares the times of a step; undefined where one has none, or they were not measured in the same way.
 * What the band of the ratio knows: see `compareBlocks`.
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
  return {
    ...compareBlocks(record.latency.blocks, baseline.latency.blocks, options.limit),
    system: record.system.name,
    atoms: record.system.atoms,
    date: baseline.date,
    sameSubject: record.subject.hash === baseline.subject.hash,
  };
}
