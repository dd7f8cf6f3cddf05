import { type Atoms, type Calculator, createAtoms } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import type { HarnessSettings, HarnessSubject } from '../src/index.ts';

/** Short enough for a test, long enough for a slope. */
export const SHORT: Partial<HarnessSettings> = {
  picoseconds: 0.1,
  equilibration: 0.02,
  timestep: 0.5,
  warmup: 10,
};

export const SUBJECT: HarnessSubject = { name: 'springs', hash: 'abc', details: { threads: 1 } };

/** One water molecule, Angstrom. */
export function water(): Atoms {
  return createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [0, 0, 0, 0.757, 0, 0.586, -0.757, 0, 0.586],
  });
}

/** Argon at the density of its crystal, no bonds. */
export function argon(): Atoms {
  const half = 5.4 / 2;
  return createAtoms({
    symbols: ['Ar', 'Ar', 'Ar', 'Ar'],
    positions: [0, 0, 0, half, half, 0, half, 0, half, 0, half, half],
    cell: [5.4, 5.4, 5.4],
    pbc: true,
  });
}

/** Springs between all atoms of a molecule at their distances in water; hydrogen and oxygen only. */
export function waterSprings(stiffness = 30): Calculator {
  const rest = water().positions;
  const springs = calculatorOf('springs', ({ positions }, forces) => {
    let energy = 0;
    for (let i = 0; i < positions.length; i += 3) {
      for (let j = i + 3; j < positions.length; j += 3) {
        const between = [0, 1, 2].map((c) => positions[j + c] - positions[i + c]);
        const length = Math.hypot(...between);
        const restLength = Math.hypot(...[0, 1, 2].map((c) => rest[j + c] - rest[i + c]));
        const stretch = length - restLength;
        energy += 0.5 * stiffness * stretch * stretch;
        for (let c = 0; c < 3; c++) {
          const pull = (stiffness * stretch * between[c]) / length;
          forces[i + c] += pull;
          forces[j + c] -= pull;
        }
      }
    }
    return energy;
  });
  return { ...springs, elements: [1, 8] };
}

/** Springs that turn into their opposite after so many calls: the molecule explodes. */
export function failingSprings(calls: number): Calculator {
  const springs = waterSprings();
  let made = 0;
  return {
    ...springs,
    calculate(atoms, properties) {
      const results = springs.calculate(atoms, properties) as {
        energy: number;
        forces: Float64Array;
      };
      if (++made <= calls) return results;
      return { energy: -results.energy, forces: results.forces.map((force) => -40 * force) };
    },
  };
}
