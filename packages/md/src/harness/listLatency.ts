import { performance } from 'node:perf_hooks';
import { type Atoms, latencyDistribution, VerletList, withPositions } from '@mlffd/core';
import type { ListLatency } from './types.ts';

/** Angstrom; the default of students. */
const SKIN = 0.5;
/** Updates that are not counted: the first one searches and makes room. */
const WARMUP = 2;

/**
 * Times the neighbour list of core alone on consecutive steps. A calculator that searches by itself, as
 * a student in WebAssembly does, may be faster or slower at it: within its call nobody can tell from
 * outside.
 *
 * @param steps positions of consecutive steps, more than 2
 */
export function listLatency(
  atoms: Atoms,
  steps: readonly Float64Array[],
  cutoff: number,
): ListLatency {
  const list = new VerletList({ cutoff, skin: SKIN });
  const samples: number[] = [];
  for (const [k, positions] of steps.entries()) {
    const structure = withPositions(atoms, positions);
    const before = performance.now();
    list.update(structure);
    const time = performance.now() - before;
    if (k >= WARMUP) samples.push(time);
  }
  const { rebuilds } = list;
  return { cutoff, skin: SKIN, rebuilds, latency: latencyDistribution(samples) };
}
