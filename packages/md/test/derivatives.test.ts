import { describe, expect, test } from '@jest/globals';
import type { Calculator, Results } from '@mlffd/core';
import { InvalidArgumentError, Rng, withPositions } from '@mlffd/core';
import { derivativeErrors } from '../src/checks/derivatives.ts';
import { argonCluster, argonCrystal, later, openLennardJones } from './potentials.ts';
import { periodicLennardJones } from './periodicPotentials.ts';

const shaken = (() => {
  const atoms = argonCrystal();
  const rng = new Rng(5, 'shake');
  return withPositions(
    atoms,
    atoms.positions.map((x) => x + 0.15 * rng.normal()),
  );
})();

/** Changes what a calculator says. */
function altered(calculator: Calculator, change: (results: Results) => Results): Calculator {
  return {
    ...calculator,
    calculate: async (atoms, properties) => change(await calculator.calculate(atoms, properties)),
  };
}

describe('derivativeErrors', () => {
  test('exact forces and stress, now or later', async () => {
    const { forces, stress } = await derivativeErrors({
      calculator: periodicLennardJones({ cutoff: 5 }),
      atoms: shaken,
    });
    // Sixth order in steps of 0.005 Angstrom.
    expect(forces.relative).toBeLessThan(1e-6);
    expect(forces.checked).toBe(9);
    expect(stress?.checked).toBe(6);
    expect(stress?.relative).toBeLessThan(1e-6);
    const open = await derivativeErrors({
      calculator: later(openLennardJones()),
      atoms: argonCluster(),
      coordinates: 3,
    });
    expect(open.stress).toBeNull();
    expect(open.forces).toMatchObject({ checked: 3 });
  });

  test('energies in float32 are good enough', async () => {
    const single = altered(periodicLennardJones({ cutoff: 5 }), (results) => ({
      ...results,
      energy: Math.fround(results.energy ?? NaN),
    }));
    const { forces, stress } = await derivativeErrors({ calculator: single, atoms: shaken });
    // One ulp of an energy of 2 eV is 2.4e-7; over 12 h of 0.24 Angstrom.
    expect(forces.relative).toBeLessThan(1e-3);
    expect(forces.max).toBeLessThan(10 * forces.resolution);
    expect(stress?.relative).toBeLessThan(1e-2);
  });

  test('a force that is off by one in a hundred, and the stress of another sign', async () => {
    const wrong = altered(periodicLennardJones({ cutoff: 5 }), ({ energy, forces, stress }) => ({
      energy: energy ?? NaN,
      forces: (forces ?? new Float64Array(0)).map((f) => 1.01 * f),
      stress: (stress ?? new Float64Array(0)).map((s) => -s),
    }));
    const { forces, stress } = await derivativeErrors({ calculator: wrong, atoms: shaken });
    expect(forces.relative).toBeCloseTo(0.01 / 1.01, 6);
    expect(forces.worst.label).toMatch(/^atom \d+, [xyz]$/);
    expect(forces.worst.analytic / forces.worst.numeric).toBeCloseTo(1.01, 4);
    expect(stress?.relative).toBeCloseTo(2, 4);
    expect(stress?.worst.label).toMatch(/^stress [xyz]{2}$/);
    const less = await derivativeErrors({ calculator: wrong, atoms: shaken, stress: false });
    expect(less.stress).toBeNull();
  });

  test('options out of range', async () => {
    const calculator = openLennardJones();
    for (const bad of [{ coordinates: 0 }, { rungs: 2 }, { step: 0 }, { strain: NaN }]) {
      await expect(derivativeErrors({ calculator, atoms: shaken, ...bad })).rejects.toThrow(
        InvalidArgumentError,
      );
    }
  });
});
