import { describe, expect, test } from '@jest/globals';
import { createAtoms, fractionalPositions, longestRow, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { fcc } from '../src/build/crystals.ts';
import { slab } from '../src/build/slab.ts';
import { rattleChild, relaxationStep } from '../src/sampling/treeMove.ts';
import { undeformed } from '../src/sampling/treeNode.ts';
import type { TreeNode } from '../src/sampling/treeNode.ts';
import { PairPotential } from './support/pairPotential.ts';

/** Rounding of coordinates of some Angstrom. */
const ROUNDING = 1e-12;

const nodeOf = (atoms: Atoms): TreeNode => ({
  id: 'root',
  level: 0,
  atoms,
  results: { energy: 0, forces: new Float64Array(atoms.positions.length) },
  deformation: undeformed(),
  details: {},
});

const molecule = createAtoms({
  symbols: ['O', 'H', 'H', 'C', 'N'],
  positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0, 5, 6, 1.4, 5.2, 7.1, 1.3],
});
const linear = createAtoms({
  symbols: ['O', 'C', 'O'],
  positions: [1, 1, 1, 1.67, 1.67, 1.67, 2.34, 2.34, 2.34],
});
const crystal = fcc('Ar', 4.2, { repeat: [2, 2, 2] });

const shiftsOf = (from: Atoms, to: Atoms) => to.positions.map((x, k) => x - from.positions[k]);
const sumOf = (rows: Float64Array, axis: number) =>
  rows.reduce((sum, x, k) => (k % 3 === axis ? sum + x : sum), 0);
const torqueOf = (rows: Float64Array, { positions }: Atoms) => {
  const torque = [0, 0, 0];
  for (let k = 0; k < rows.length; k += 3) {
    for (let c = 0; c < 3; c++) {
      const [a, b] = [(c + 1) % 3, (c + 2) % 3];
      torque[c] += positions[k + a] * rows[k + b] - positions[k + b] * rows[k + a];
    }
  }
  return Math.hypot(...torque);
};

describe('rattling', () => {
  test('sigma is log-uniform in its range', () => {
    const range = { sigma: [0.01, 0.1], strain: 0 } as const;
    const draws = 1000;
    let sum = 0;
    for (let k = 0; k < draws; k++) {
      const { sigma } = rattleChild(nodeOf(molecule), range, new Rng(1, k));
      expect(sigma).toBeGreaterThanOrEqual(0.01);
      expect(sigma).toBeLessThanOrEqual(0.1);
      sum += Math.log10(sigma);
    }
    // Uniform from -2 to -1: standard deviation 0.29, five of the mean's allowed.
    expect(Math.abs(sum / draws + 1.5)).toBeLessThan((5 * 0.289) / Math.sqrt(draws));
  });

  test('displacements have that standard deviation, without translation', () => {
    const { atoms } = rattleChild(nodeOf(crystal), { sigma: [0.05, 0.05], strain: 0 }, new Rng(2));
    const shifts = shiftsOf(crystal, atoms);
    for (const axis of [0, 1, 2]) expect(Math.abs(sumOf(shifts, axis))).toBeLessThan(ROUNDING);
    const variance = shifts.reduce((sum, x) => sum + x * x, 0) / (shifts.length - 3);
    // 93 free coordinates: the error of sigma is 7 %; four of them are allowed.
    expect(Math.abs(Math.sqrt(variance) / 0.05 - 1)).toBeLessThan(0.3);
    expect(atoms.cell).toEqual(crystal.cell);
  });

  test.each([
    ['bent', molecule],
    ['linear', linear],
  ])('a %s molecule is not turned', (_name, atoms) => {
    for (let k = 0; k < 20; k++) {
      const range = { sigma: [0.05, 0.1], strain: 0.05 } as const;
      const child = rattleChild(nodeOf(atoms), range, new Rng(3, k)).atoms;
      const shifts = shiftsOf(atoms, child);
      for (const axis of [0, 1, 2]) expect(Math.abs(sumOf(shifts, axis))).toBeLessThan(ROUNDING);
      expect(torqueOf(shifts, atoms)).toBeLessThan(100 * ROUNDING);
      expect(longestRow(shifts)).toBeGreaterThan(0.01);
      expect(child.cell).toEqual(atoms.cell);
    }
  });

  test('the strain is symmetric, against the root, and keeps fractional coordinates', () => {
    const range = { sigma: [1e-9, 1e-9], strain: 0.02 } as const;
    let node = nodeOf(crystal);
    const root = fractionalPositions(crystal);
    for (let generation = 1; generation <= 30; generation++) {
      const { atoms, deformation } = rattleChild(node, range, new Rng(4, generation));
      const e = atoms.cell.map((x, k) => x / crystal.cell[0] - Number(k % 4 === 0));
      for (let k = 0; k < 9; k++) {
        expect(e[k]).toBeCloseTo(deformation[k] - Number(k % 4 === 0), 12);
        expect(e[k]).toBeCloseTo(e[3 * (k % 3) + Math.floor(k / 3)], 12);
        // No drift: as large as in the first generation, within five standard deviations.
        expect(Math.abs(e[k])).toBeLessThan(5 * 0.02);
      }
      for (const [k, f] of fractionalPositions(atoms).entries()) {
        expect(Math.abs(f - root[k])).toBeLessThan(1e-7);
      }
      node = { ...node, atoms, deformation, level: generation };
    }
  });

  test('a slab is strained in its plane only', () => {
    const surface = slab(fcc('Ar', 4.2), { miller: [1, 1, 1], layers: 3, vacuum: 8 });
    expect(surface.pbc).toEqual([true, true, false]);
    const range = { sigma: [1e-9, 1e-9], strain: 0.05 } as const;
    const { atoms } = rattleChild(nodeOf(surface), range, new Rng(5));
    const [a, b] = [surface.cell.subarray(0, 3), surface.cell.subarray(3, 6)];
    const normal = [
      a[1] * b[2] - a[2] * b[1],
      a[2] * b[0] - a[0] * b[2],
      a[0] * b[1] - a[1] * b[0],
    ];
    const height = (rows: Float64Array, k: number) =>
      rows[k] * normal[0] + rows[k + 1] * normal[1] + rows[k + 2] * normal[2];
    for (let k = 0; k < surface.positions.length; k += 3) {
      expect(height(atoms.positions, k)).toBeCloseTo(height(surface.positions, k), 5);
    }
    for (const k of [0, 3]) expect(height(atoms.cell, k)).toBeCloseTo(0, 10);
    expect(atoms.cell.subarray(0, 6)).not.toEqual(surface.cell.subarray(0, 6));
  });
});

describe('a relaxation step', () => {
  const forces = (atoms: Atoms) => new PairPotential().calculate(atoms, ['forces']).forces!;
  const rattled = rattleChild(nodeOf(crystal), { sigma: [0.1, 0.1], strain: 0 }, new Rng(6)).atoms;

  test('goes along the forces; the atom of the longest one moves by the length', () => {
    const f = forces(rattled);
    const moved = relaxationStep(rattled, f, { length: 0.03, scale: 'largest' });
    const shifts = shiftsOf(rattled, moved);
    for (const [k, shift] of shifts.entries()) {
      expect(shift).toBeCloseTo((0.03 * f[k]) / longestRow(f), 12);
    }
    expect(longestRow(shifts)).toBeCloseTo(0.03, 12);
  });

  test('as published, all atoms move equally far, but for the drift of the whole', () => {
    const f = forces(rattled);
    const shifts = shiftsOf(rattled, relaxationStep(rattled, f, { length: 0.03, scale: 'each' }));
    const drift = [0, 1, 2].map((axis) => {
      let sum = 0;
      for (let k = 0; k < f.length; k += 3)
        sum += f[k + axis] / Math.hypot(f[k], f[k + 1], f[k + 2]);
      return (0.03 * sum) / (f.length / 3);
    });
    for (let k = 0; k < f.length; k += 3) {
      const own = [0, 1, 2].map((c) => shifts[k + c] + drift[c]);
      expect(Math.hypot(...own)).toBeCloseTo(0.03, 12);
    }
  });

  test.each(['largest', 'each'] as const)('lowers the energy (%s)', (scale) => {
    const teacher = new PairPotential();
    const before = teacher.calculate(rattled, ['energy', 'forces']);
    const next = relaxationStep(rattled, before.forces!, { length: 0.01, scale });
    expect(teacher.calculate(next, ['energy']).energy).toBeLessThan(before.energy!);
  });

  test('atoms without forces stay', () => {
    const still = new Float64Array(crystal.positions.length);
    for (const scale of ['largest', 'each'] as const) {
      const { positions } = relaxationStep(crystal, still, { length: 0.1, scale });
      expect(positions).toEqual(crystal.positions);
    }
  });
});
