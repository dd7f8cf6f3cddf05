import { describe, expect, test } from '@jest/globals';
import { matrixFromVoigt, neighborList, reverseEdges } from '@mlffd/core';
import type { LabelledStructure } from '../src/index.ts';
import { assembleBatch, prepareMember } from '../src/loader/assembleBatch.ts';
import { randomOrder, augmentRotation, rotateRows, rotateStress } from '../src/loader/augment.ts';
import type { Augmentation } from '../src/loader/augment.ts';
import { batchAtoms, batchBytes, viewBatch } from '../src/loader/loadedBatch.ts';
import type { BatchArrays } from '../src/loader/loadedBatch.ts';
import { CUTOFF, labelledCrystals } from './support/loaderSets.ts';
import { PairPotential } from './support/pairPotential.ts';

/** Products of a few float64 of order 1. */
const ROUNDING = 12;
/** Forces and stresses of a potential at coordinates that were rounded once more, in eV and Angstrom. */
const PHYSICS = 9;
/** Five standard errors of a mean of 4000 components with variance 1/3. */
const MEAN_ERROR = 5 * Math.sqrt(1 / 3 / 4000);

const structures = labelledCrystals(28);

function assemble(given: readonly LabelledStructure[], augment: Augmentation): BatchArrays {
  const members = given.map((structure, k) =>
    prepareMember(structure, CUTOFF, { augment, key: { seed: 2, epoch: 1, structure: k } }),
  );
  const { buffer, counts } = assembleBatch(members);
  expect(buffer.byteLength).toBe(batchBytes(counts));
  return viewBatch(buffer, counts);
}

function slices(
  batch: BatchArrays,
  b: number,
): { forces: Float64Array; stress: Float64Array; origins: number[] } {
  const [start, end] = [batch.atomOffsets[b], batch.atomOffsets[b + 1]];
  return {
    forces: batch.forces.slice(3 * start, 3 * end),
    stress: batch.stresses.slice(6 * b, 6 * b + 6),
    origins: [...batch.origins.subarray(start, end)],
  };
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) expect(found[k]).toBeCloseTo(expected[k], digits);
}

describe('a random rotation', () => {
  test('is orthogonal with determinant 1, its own for each structure, epoch and seed', () => {
    const key = { seed: 1, epoch: 0, structure: 0 };
    const keys = [key, { ...key, structure: 1 }, { ...key, epoch: 1 }, { ...key, seed: 2 }];
    const rotations = keys.map((each) => augmentRotation(each));
    expect(new Set(rotations.map(String)).size).toBe(4);
    expect(augmentRotation(key)).toEqual(rotations[0]);
    for (const r of rotations) {
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          const dot =
            r[3 * a] * r[3 * b] + r[3 * a + 1] * r[3 * b + 1] + r[3 * a + 2] * r[3 * b + 2];
          expect(dot).toBeCloseTo(a === b ? 1 : 0, ROUNDING);
        }
      }
      const [a, b, c, d, e, f, g, h, i] = r;
      const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
      expect(determinant).toBeCloseTo(1, ROUNDING);
    }
  });

  test('has no preferred direction', () => {
    const mean = new Float64Array(9);
    for (let structure = 0; structure < 4000; structure++) {
      augmentRotation({ seed: 9, epoch: 0, structure }).forEach((value, k) => {
        mean[k] += value / 4000;
      });
    }
    for (const value of mean) expect(Math.abs(value)).toBeLessThan(MEAN_ERROR);
  });

  test('turns a stress as a matrix: traction on a turned face is the turned traction', () => {
    const rotation = augmentRotation({ seed: 4, epoch: 0, structure: 0 });
    const stress = Float64Array.of(1, -2, 0.5, 0.3, -0.7, 1.1);
    const turned = stress.slice();
    rotateStress(rotation, turned);
    const face = Float64Array.of(0.3, -0.4, 0.8);
    const traction = apply(stress, face);
    rotateRows(rotation, traction);
    rotateRows(rotation, face);
    expectClose(apply(turned, face), traction, ROUNDING);
  });
});

describe('an augmented batch', () => {
  test('has the labels that the potential gives for the turned and permuted structure', () => {
    const potential = new PairPotential();
    for (const augment of [
      { rotation: true },
      { permutation: true },
      { rotation: true, permutation: true },
    ]) {
      const batch = assemble(structures, augment);
      structures.forEach((structure, b) => {
        const atoms = batchAtoms(batch, b);
        const expected = potential.calculate(atoms, ['energy', 'forces', 'stress']);
        const { forces, stress } = slices(batch, b);
        if (structure.energy !== undefined) {
          expect(batch.energies[b]).toBe(structure.energy);
          expect(expected.energy).toBeCloseTo(structure.energy, PHYSICS);
        }
        if (structure.forces !== undefined) expectClose(forces, expected.forces!, PHYSICS);
        if (structure.stress !== undefined) expectClose(stress, expected.stress!, PHYSICS);
        if ('rotation' in augment) expect([...atoms.cell]).not.toEqual([...structure.atoms.cell]);
      });
    }
  });

  test('has the neighbours of the structure that it gives, each edge with its way back', () => {
    const batch = assemble(structures, { rotation: true, permutation: true });
    structures.forEach((_, b) => {
      const atoms = batchAtoms(batch, b);
      const list = neighborList(atoms, CUTOFF);
      const [first, last] = [batch.edgeOffsets[b], batch.edgeOffsets[b + 1]];
      const atom = batch.atomOffsets[b];
      expect(batch.centers.slice(first, last)).toEqual(list.centers.map((i) => i + atom));
      expect(batch.neighbors.slice(first, last)).toEqual(list.neighbors.map((j) => j + atom));
      expect(batch.shifts.slice(3 * first, 3 * last)).toEqual(list.shifts);
      expectClose(batch.vectors.slice(3 * first, 3 * last), list.vectors, ROUNDING);
      expect(reverseEdges(list)).toHaveLength(last - first);
    });
  });

  test('names for each atom the stored one', () => {
    const batch = assemble(structures, { permutation: true });
    let moved = 0;
    structures.forEach(({ atoms }, b) => {
      const { origins } = slices(batch, b);
      const n = atoms.numbers.length;
      expect([...origins].sort((x, y) => x - y)).toEqual([...atoms.numbers.keys()]);
      const given = batchAtoms(batch, b);
      for (let i = 0; i < n; i++) {
        expect(given.numbers[i]).toBe(atoms.numbers[origins[i]]);
        expect(given.positions[3 * i]).toBe(atoms.positions[3 * origins[i]]);
        if (origins[i] !== i) moved += 1;
      }
      expect(origins).toEqual([...randomOrder({ seed: 2, epoch: 1, structure: b }, n)]);
    });
    expect(moved).toBeGreaterThan(structures.length);
  });

  test('keeps a pair at the very cutoff where it was, however it is turned', () => {
    // Simple cubic with the cutoff just above its lattice constant: six neighbours each.
    const cubic: LabelledStructure = {
      atoms: {
        numbers: Int32Array.of(18),
        positions: new Float64Array(3),
        cell: Float64Array.of(
          CUTOFF * (1 - 2 ** -53),
          0,
          0,
          0,
          CUTOFF * (1 - 2 ** -53),
          0,
          0,
          0,
          CUTOFF * (1 - 2 ** -53),
        ),
        pbc: [true, true, true],
      },
      meta: { id: 'sc', group: 'sc', source: 'test' },
    };
    const batch = assemble(
      Array.from({ length: 50 }, () => cubic),
      { rotation: true },
    );
    expect(new Set(batch.edgeOffsets.map((first, b) => first - 6 * b))).toEqual(new Set([0]));
  });
});

/** Traction stress . face. */
function apply(voigt: Float64Array, face: Float64Array): Float64Array {
  const matrix = matrixFromVoigt(voigt);
  return Float64Array.from([0, 1, 2], (a) =>
    [0, 1, 2].reduce((sum, b) => sum + matrix[3 * a + b] * face[b], 0),
  );
}
