import { describe, expect, test } from '@jest/globals';
import { type Property, volume } from '@mlffd/core';
import { BACKENDS } from './backends.ts';
import { hashedParameters } from './formula.ts';
import { golden, goldenAtoms } from './golden.ts';
import { worst } from './systems.ts';

/** Relative to the energy, at least 0.1 eV: float32 sums over layers of up to 64 terms. */
const ENERGY = 1e-5;
/** eV/A and eV/A^3 */
const FORCES = 1e-4;

describe.each(BACKENDS)('float32 of $name equals schnetpack in float64', ({ create }) => {
  for (const { name, config, seed, results } of golden.cases) {
    test(name, async () => {
      const calculator = await create({
        config,
        parameters: hashedParameters(config, seed),
        baseline: {
          energies: new Float64Array(100),
          scale: 1,
          elements: [1, 6, 8, 11, 14, 17, 18],
        },
        provenance: {},
      });
      try {
        for (const expected of results) {
          const atoms = goldenAtoms(expected.structure);
          const properties: Property[] = ['energy', 'forces'];
          if (expected.stress !== undefined) properties.push('stress');
          const found = await calculator.calculate(atoms, properties);
          const scale = Math.max(0.1, Math.abs(expected.energy));
          expect(Math.abs(found.energy! - expected.energy) / scale).toBeLessThan(ENERGY);
          expect(worst(found.forces!, expected.forces)).toBeLessThan(FORCES);
          if (expected.stress === undefined) continue;
          expect(worst(found.stress!, expected.stress)).toBeLessThan(FORCES / volume(atoms));
        }
      } finally {
        await calculator.dispose();
      }
    });
  }
});
