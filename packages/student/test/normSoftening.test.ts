import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, withPositions } from '@mlffd/core';
import { referenceResults } from '../src/referenceResults.ts';
import type { Student, StudentConfig } from '../src/index.ts';
import { hashedParameters } from './formula.ts';
import { SMALL, worst } from './systems.ts';

/** Displacements from the site, Angstrom. */
const NEAR = 1e-3;
const FAR = 1e-2;
/** Stiffness F / d of a smooth energy is a constant and terms of d²: relative. */
const CONSTANT = 0.05;
/** Sums of a hundred terms in float64, 1/Angstrom; forces are 1e-5 and more. */
const ROUNDING = 1e-12;

/** A conventional cell of rock salt: every site is a centre of inversion. */
function rockSalt(): Atoms {
  const sites = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [k & 1, (k >> 1) & 1, k >> 2]);
  return createAtoms({
    numbers: sites.map((site) => ((site[0] + site[1] + site[2]) % 2 === 0 ? 8 : 6)),
    positions: sites.map((site) => site.map((x) => 2.1 * x)),
    cell: [4.2, 4.2, 4.2],
    pbc: true,
  });
}

function studentOf(change: Partial<StudentConfig>, seed: number): Student {
  const config: StudentConfig = { ...SMALL, features: 8, ...change };
  return {
    config,
    parameters: hashedParameters(config, seed),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [6, 8] },
    provenance: {},
  };
}

/** -F / d of the first atom, moved along x by d, 1/Angstrom^2. */
function stiffness(student: Student, d: number): number {
  const atoms = rockSalt();
  const positions = atoms.positions.slice();
  positions[0] += d;
  return -referenceResults(student, withPositions(atoms, positions)).forces[0] / d;
}

describe.each([1, 2, 3])('at a centre of inversion, random weights %i', (seed) => {
  test('there is no force', () => {
    const { forces } = referenceResults(studentOf({}, seed), rockSalt());
    expect(worst(forces, new Float64Array(24))).toBeLessThan(ROUNDING);
  });

  test('the energy is a cone at the default', () => {
    const student = studentOf({}, seed);
    const ratio = stiffness(student, NEAR) / stiffness(student, FAR);
    expect(Math.abs(ratio - 1)).toBeGreaterThan(10 * CONSTANT);
  });

  test('the energy is a bowl where lengths of vectors are softened', () => {
    const student = studentOf({ normSoftening: 0.1 }, seed);
    const ratio = stiffness(student, NEAR) / stiffness(student, FAR);
    expect(Math.abs(ratio - 1)).toBeLessThan(CONSTANT);
  });
});
