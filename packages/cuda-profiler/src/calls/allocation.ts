import { getHeapStatistics } from 'node:v8';
import { type Atoms, type Calculator, isPromise, median, type Property } from '@mlffd/core';

/** Calls between two looks at the heap, and how often. */
const CALLS = 8;
const REPEATS = 31;

/** What a call leaves to the garbage collector, bytes. */
export interface Allocation {
  /** JavaScript objects. */
  readonly heap: number;
  /** Memory outside of the heap: buffers of typed arrays above 64 bytes, and of libraries that tell V8. */
  readonly external: number;
}

/**
 * Allocation of a call: growth of the heap over a few calls, of which the median counts, as a collection in
 * between makes it shrink; less what the looks themselves leave.
 */
export async function allocationPerCall(
  calculator: Calculator,
  structures: readonly Atoms[],
  properties: readonly Property[],
): Promise<Allocation> {
  const heap: number[] = [];
  const external: number[] = [];
  const nothing: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const idle = getHeapStatistics();
    const before = getHeapStatistics();
    for (let call = 0; call < CALLS; call++) {
      const structure = structures[(repeat * CALLS + call) % structures.length];
      const answer = calculator.calculate(structure, properties);
      if (isPromise(answer)) await answer;
    }
    const after = getHeapStatistics();
    nothing.push(before.used_heap_size - idle.used_heap_size);
    heap.push(after.used_heap_size - before.used_heap_size);
    external.push(after.external_memory - before.external_memory);
  }
  return {
    heap: Math.max(0, median(heap) - median(nothing)) / CALLS,
    external: Math.max(0, median(external)) / CALLS,
  };
}
