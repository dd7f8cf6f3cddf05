import { describe, expect, test } from '@jest/globals';
import { checkCalculator, createAtoms } from '@mlffd/core';
import { BACKENDS } from './backends.ts';
import { box, randomStudent, SMALL, water } from './systems.ts';

/** Symmetries that every answer must have, by the names of the suite. */
const SYMMETRIES = ['translation', 'images', 'rotation', 'permutation'];

describe.each(BACKENDS)('$name', ({ create }) => {
  test.each([
    ['a student', randomStudent()],
    ['one with repulsion', randomStudent({ ...SMALL, zbl: true })],
    ['one whose repulsion ends early', randomStudent({ ...SMALL, zbl: true, zblReach: 0.7 })],
    ['one with isolated atoms at zero', randomStudent({ ...SMALL, isolatedAtoms: 'baseline' })],
    ['one with softened lengths of vectors', randomStudent({ ...SMALL, normSoftening: 0.1 })],
  ])('%s does what users of a calculator take for granted', async (_, student) => {
    const close = box(10);
    for (const values of [close.positions, close.cell]) {
      values.forEach((value, k) => (values[k] = 0.8 * value));
    }
    const slab = createAtoms({ ...box(12, 3), pbc: [true, true, false] });
    // The network runs in float32: energies carry about 1e-7 eV per atom.
    const report = await checkCalculator(await create(student), {
      structures: [student.config.zbl === true ? close : box(10), water(), slab],
      // Half the volume in the close box: twice the rounding of the stress.
      tolerances: { forces: 5e-4, stress: 2e-5, energy: 2e-7, symmetry: 1e-5, sum: 1e-7 },
      steps: { cutoff: 1e-3 },
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(15);
    const names = report.checks.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(SYMMETRIES));
  });
});
