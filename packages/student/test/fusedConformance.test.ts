import { describe, expect, test } from '@jest/globals';
import { checkCalculator, createAtoms } from '@mlffd/core';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import { box, randomStudent, water } from './systems.ts';

describe.each(['table', 'exact'] as const)('with filters that are %s', (filters) => {
  test('a fused student does what users of a calculator take for granted', async () => {
    const calculator = FusedCalculator.fromStudent(randomStudent(), {
      kernels: nodeKernels(),
      filters,
    });
    const slab = createAtoms({ ...box(12, 3), pbc: [true, true, false] });
    // The network runs in float32: energies carry about 1e-7 eV per atom.
    const report = await checkCalculator(calculator, {
      structures: [box(10), water(), slab],
      tolerances: { forces: 5e-4, stress: 1e-5, energy: 2e-7, symmetry: 1e-5, sum: 1e-7 },
      steps: { cutoff: 1e-3 },
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(15);
  });
});
