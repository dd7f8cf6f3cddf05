import { describe, expect, test } from '@jest/globals';
import {
  type Calculator,
  createAtoms,
  InvalidArgumentError,
  type NeighborList,
  neighborList,
  Rng,
  withPositions,
} from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import type { AnswerDifference } from '../src/checks/difference.ts';
import { extensivity, locality } from '../src/checks/locality.ts';
import { driftingFrames, skinInvariance } from '../src/checks/skin.ts';
import { symmetryErrors } from '../src/checks/symmetry.ts';
import { periodicLennardJones } from './periodicPotentials.ts';
import { argonCluster, argonCrystal, later, openLennardJones } from './potentials.ts';

/** Rounding of sums over some thousand pairs in float64. */
const ROUNDING = 1e-10;

const crystal = (() => {
  const atoms = argonCrystal();
  const rng = new Rng(5, 'shake');
  return withPositions(
    atoms,
    atoms.positions.map((x) => x + 0.15 * rng.normal()),
  );
})();

describe('symmetryErrors', () => {
  test('a pair potential has all symmetries', async () => {
    const errors = await symmetryErrors({
      calculator: later(periodicLennardJones()),
      atoms: crystal,
    });
    for (const found of Object.values(errors) as AnswerDifference[]) {
      expect(found.energy).toBeLessThan(ROUNDING);
      expect(found.force).toBeLessThan(ROUNDING);
      expect(found.stress).toBeLessThan(ROUNDING);
    }
    const open = await symmetryErrors({ calculator: openLennardJones(), atoms: argonCluster() });
    expect(open.wrap).toBeNull();
    expect(open.rotation.stress).toBeNull();
    expect(open.rotation.force).toBeLessThan(ROUNDING);
  });

  test('a field breaks translation and rotation, weights the order of atoms', async () => {
    const field = calculatorOf('field', ({ positions }, forces) => {
      let energy = 0;
      for (let k = 0; k < positions.length; k += 3) {
        energy -= 0.1 * positions[k];
        forces[k] = 0.1;
      }
      return energy;
    });
    const atoms = argonCluster();
    const errors = await symmetryErrors({ calculator: field, atoms });
    expect(errors.translation.energy).toBeGreaterThan(0.01);
    expect(errors.translation.force).toBe(0);
    expect(errors.rotation.force).toBeGreaterThan(0.01);
    expect(errors.permutation?.energy).toBeLessThan(ROUNDING);
    const ordered = calculatorOf('ordered', ({ positions }, forces) => {
      forces[0] = -positions[0];
      return positions[0] ** 2 / 2;
    });
    const mixed = await symmetryErrors({ calculator: ordered, atoms });
    expect(mixed.permutation?.force).toBeGreaterThan(0.1);
  });

  test('a calculator that does not see images is found by wrapping', async () => {
    const errors = await symmetryErrors({ calculator: openLennardJones(), atoms: crystal });
    expect(errors.wrap?.energy).toBeGreaterThan(1e-3);
    expect(errors.translation.energy).toBeLessThan(ROUNDING);
  });

  test('a single atom', async () => {
    const atoms = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
    const errors = await symmetryErrors({ calculator: openLennardJones(), atoms, repeats: 1 });
    expect(errors.permutation).toBeNull();
    await expect(
      symmetryErrors({ calculator: openLennardJones(), atoms, repeats: 0 }),
    ).rejects.toThrow(InvalidArgumentError);
  });
});

/** Lennard-Jones on the pairs of the first call, for ever: a list that is never rebuilt. */
function stale(): Calculator {
  let list: NeighborList | undefined;
  return calculatorOf('stale', (atoms, forces) => {
    list ??= neighborList(atoms, 6);
    let energy = 0;
    const { positions: r, cell } = atoms;
    for (let e = 0; e < list.count; e++) {
      const [i, j] = [3 * list.centers[e], 3 * list.neighbors[e]];
      const s = list.shifts.subarray(3 * e, 3 * e + 3);
      const v = [0, 1, 2].map((c) => r[j + c] - r[i + c] + s[c] * cell[4 * c]);
      const d2 = v[0] ** 2 + v[1] ** 2 + v[2] ** 2;
      const s6 = (3.4 ** 2 / d2) ** 3;
      energy += 0.02 * (s6 * s6 - s6);
      for (let c = 0; c < 3; c++) forces[i + c] += ((0.04 * (-12 * s6 * s6 + 6 * s6)) / d2) * v[c];
    }
    return energy;
  });
}

describe('skinInvariance', () => {
  const frames = () => driftingFrames(crystal, { frames: 41, stride: 0.02, seed: 1 });

  test('a list with skin gives what a fresh one gives', async () => {
    const calculator = periodicLennardJones({ cutoff: 6, skin: 0.6 });
    let disposed = 0;
    const found = await skinInvariance({
      calculator,
      fresh: () => ({
        ...later(periodicLennardJones({ cutoff: 6, skin: 0 })),
        dispose: () => {
          disposed++;
        },
      }),
      frames: frames(),
    });
    expect(found).toMatchObject({ frames: 41, compared: 4 });
    expect(disposed).toBe(4);
    expect(found.energy).toBeLessThan(ROUNDING);
    expect(found.force).toBeLessThan(ROUNDING);
  });

  test('a list that is never rebuilt is found', async () => {
    const found = await skinInvariance({ calculator: stale(), fresh: stale, frames: frames() });
    expect(found.force).toBeGreaterThan(1e-4);
    expect(found.worstFrame).toBeGreaterThan(0);
  });

  test('too few frames', async () => {
    const options = { calculator: stale(), fresh: stale, frames: frames(), every: 50 };
    await expect(skinInvariance(options)).rejects.toThrow(/no frame/);
    expect(() => [...driftingFrames(crystal, { frames: 0, stride: 1, seed: 1 })]).toThrow(
      InvalidArgumentError,
    );
  });

  test('frames fly straight', () => {
    const [first, second, third] = driftingFrames(crystal, { frames: 3, stride: 0.3, seed: 2 });
    expect(first.atoms.positions).toEqual(crystal.positions);
    let squares = 0;
    for (const [k, x] of second.atoms.positions.entries()) {
      squares += (x - crystal.positions[k]) ** 2;
      expect(third.atoms.positions[k] - x).toBeCloseTo(x - crystal.positions[k], 12);
    }
    // 96 normals: their mean square is known to 14 %.
    expect(Math.sqrt(squares / 32) / 0.3).toBeCloseTo(1, 0);
  });
});

/** Charges of 0.1 e without a cutoff: V = q^2 k / d. */
const STRENGTH = 0.144;
const coulomb = calculatorOf('coulomb', ({ positions: r }, forces) => {
  let energy = 0;
  for (let i = 0; i < r.length; i += 3) {
    for (let j = i + 3; j < r.length; j += 3) {
      const v = [r[j] - r[i], r[j + 1] - r[i + 1], r[j + 2] - r[i + 2]];
      const d = Math.hypot(...v);
      energy += STRENGTH / d;
      for (let c = 0; c < 3; c++) {
        forces[j + c] += (STRENGTH * v[c]) / d ** 3;
        forces[i + c] -= (STRENGTH * v[c]) / d ** 3;
      }
    }
  }
  return energy;
});

describe('extensivity and locality', () => {
  const pair = createAtoms({ symbols: ['He', 'Ne'], positions: [0, 0, 0, 0, 3, 0] });
  const single = createAtoms({ symbols: ['He'], positions: [1, 0, 0] });

  test('short-ranged potentials do not feel what is far', async () => {
    const calculator = later(periodicLennardJones({ cutoff: 6 }));
    expect(await extensivity({ calculator, atoms: crystal })).toMatchObject({
      kind: 'supercell',
      atoms: 64,
      separation: null,
    });
    const { energy, force } = await extensivity({ calculator, atoms: crystal });
    expect(energy).toBeLessThan(ROUNDING);
    expect(force).toBeLessThan(ROUNDING);
    // C6 at 40 Angstrom: 4 epsilon (3.4 / 40)^6.
    const open = await extensivity({ calculator: openLennardJones(), atoms: pair });
    expect(open).toMatchObject({ kind: 'far-apart', atoms: 4, separation: 40 });
    expect(open.energy).toBeLessThan(4 * 0.0104 * (3.4 / 40) ** 6);
  });

  test('charges are felt as far as they should be', async () => {
    const two = await extensivity({ calculator: coulomb, atoms: single, separation: 50 });
    expect(two.energy).toBeCloseTo(STRENGTH / 50 / 2, 12);
    expect(two.force).toBeCloseTo(STRENGTH / 2500, 12);
    const found = await locality({ calculator: coulomb, atoms: single, ghost: 'Ne' });
    expect(found).toMatchObject({ ghost: 'Ne', separation: 40 });
    expect(found.energy).toBeCloseTo(STRENGTH / 40, 12);
    expect(found.force).toBeCloseTo(STRENGTH / 1600, 12);
    expect(found.ghostForce).toBeCloseTo(STRENGTH / 1600, 12);
    const far = { ...openLennardJones(), cutoff: 25 };
    expect(await locality({ calculator: far, atoms: pair })).toMatchObject({
      ghost: 'He',
      separation: 50,
    });
  });

  test('nothing is far from a crystal', async () => {
    const calculator = periodicLennardJones();
    await expect(locality({ calculator, atoms: crystal })).rejects.toThrow(InvalidArgumentError);
    await expect(extensivity({ calculator, atoms: pair, separation: -1 })).rejects.toThrow(
      InvalidArgumentError,
    );
  });
});
