import { expect, test } from '@jest/globals';
import { FusedBatch } from '../src/fused/fusedBatch.ts';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import { EVERYTHING, mixture } from './fusedBatchStructures.ts';
import { randomStudent, SMALL } from './systems.ts';

const kernels = nodeKernels();
const structures = mixture();

/** Bytes of NaN wherever structures will be. */
function poison(potential: FusedPotential): void {
  potential.extend(({ arena }) => {
    // As much as is taken afterwards.
    arena.release(arena.take(2 ** 25));
    new Uint8Array(arena.memory.buffer, arena.top).fill(0xff);
  });
}

test.each([
  ['tables of filters', { filters: 'table' as const, features: 16 }],
  ['exact filters', { filters: 'exact' as const, features: 16 }],
  ['rows that fill no panel', { filters: 'table' as const, features: 20 }],
  ['both', { filters: 'exact' as const, features: 22 }],
])('answers do not depend on what was in memory: %s', (_, { filters, features }) => {
  const make = (): FusedPotential =>
    new FusedPotential(randomStudent({ ...SMALL, features }), { kernels, filters });
  const clean = make();
  const poisoned = make();
  poison(poisoned);
  for (const atoms of structures) {
    const count = 3 * atoms.numbers.length;
    const forces = poisoned.evaluate(atoms).forces.slice(0, count);
    expect(forces).toEqual(clean.evaluate(atoms).forces.slice(0, count));
    expect(poisoned.energy).toBe(clean.energy);
  }
  poison(poisoned);
  const results = new FusedBatch(poisoned).calculate(structures, EVERYTHING);
  expect(results).toEqual(new FusedBatch(clean).calculate(structures, EVERYTHING));
});
