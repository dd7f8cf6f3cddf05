import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, Rng, withPositions } from '@mlffd/core';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import { FUSED } from './backends.ts';
import { box, randomStudent, worst } from './systems.ts';

/** Sums over pairs in another order: eV, eV/Angstrom and eV (virial). */
const REORDERED = 2e-5;
/** Angstrom */
const SKIN = 0.5;
/** The farthest step of an atom along an axis, Angstrom: some ten steps per skin. */
const PACE = 0.03;
const STEPS = 60;

const student = randomStudent();
const options = FUSED['fused, multiply-add, table'];

function shifted(atoms: Atoms, atom: number, by: number): Atoms {
  const positions = atoms.positions.slice();
  positions[3 * atom] += by;
  return withPositions(atoms, positions);
}

/** The same structure with all lengths times a factor. */
function stretched({ positions, cell, ...rest }: Atoms, factor: number): Atoms {
  return {
    ...rest,
    positions: positions.map((x) => factor * x),
    cell: cell.map((x) => factor * x),
  };
}

describe.each([
  ['a crystal', box(24), 0],
  ['a film', createAtoms({ ...box(24, 3), pbc: [true, true, false] }), 0],
  ['a molecule', box(70, 2, false), 0],
  ['a crystal that grows and shears', box(24), 1e-3],
] as const)('%s that moves', (_, start, growth) => {
  test('has the same energy and forces with and without a skin', () => {
    const lazy = new FusedPotential(student, { ...options, skin: SKIN });
    const eager = new FusedPotential(student, { ...options, skin: 0 });
    const rng = new Rng(1, 'walk');
    const [a, b] = [new Float64Array(6), new Float64Array(6)];
    let atoms: Atoms = start;
    for (let step = 0; step < STEPS; step++) {
      const { energy, forces } = lazy.evaluate(atoms);
      const expected = eager.evaluate(atoms);
      const count = atoms.positions.length;
      expect(Math.abs(energy - expected.energy)).toBeLessThan(REORDERED);
      const difference = worst(forces.slice(0, count), expected.forces.slice(0, count));
      expect(difference).toBeLessThan(REORDERED);
      expect(worst(lazy.virial(a), eager.virial(b))).toBeLessThan(10 * REORDERED);
      const positions = atoms.positions.map((x) => x + PACE * (2 * rng.uniform() - 1));
      const cell = atoms.cell.map((x, k) => x * (1 + growth) + (k === 3 ? 10 * growth : 0));
      atoms = withPositions(atoms, positions, cell);
    }
    expect(eager.rebuilds).toBe(STEPS);
    expect(lazy.rebuilds).toBeGreaterThan(1);
    expect(lazy.rebuilds).toBeLessThan(STEPS / 3);
  });
});

describe('pairs are searched for', () => {
  const fresh = (): FusedPotential => new FusedPotential(student, { ...options, skin: SKIN });

  test('never in a molecule of which all pairs are looked at', () => {
    const potential = fresh();
    for (const atoms of [box(64, 1, false), box(3, 1, false)]) potential.evaluate(atoms);
    expect(potential.rebuilds).toBe(0);
    potential.evaluate(box(65, 1, false));
    expect(potential.rebuilds).toBe(1);
  });

  test('when an atom has gone half the skin, and not before', () => {
    const potential = fresh();
    const atoms = box(20);
    potential
      .evaluate(atoms)
      .evaluate(shifted(atoms, 3, 0.49 * SKIN))
      .evaluate(atoms);
    expect(potential.rebuilds).toBe(1);
    potential.evaluate(shifted(atoms, 3, 0.51 * SKIN));
    expect(potential.rebuilds).toBe(2);
    potential.evaluate(shifted(atoms, 3, 0.52 * SKIN));
    expect(potential.rebuilds).toBe(2);
  });

  test('when an atom was wrapped, the cell has changed much, or other axes are periodic', () => {
    const potential = fresh();
    const atoms = box(20);
    potential.evaluate(atoms).evaluate(stretched(atoms, 1.01));
    expect(potential.rebuilds).toBe(1);
    potential.evaluate(stretched(atoms, 1.2));
    expect(potential.rebuilds).toBe(2);
    potential.evaluate(atoms);
    expect(potential.rebuilds).toBe(3);
    potential.evaluate(shifted(atoms, 3, atoms.cell[0]));
    expect(potential.rebuilds).toBe(4);
    potential.evaluate({ ...shifted(atoms, 3, atoms.cell[0]), pbc: [true, true, false] });
    expect(potential.rebuilds).toBe(5);
  });

  test('not when elements change, which change the answer', () => {
    const potential = fresh();
    const atoms = box(20);
    const { energy } = potential.evaluate(atoms);
    const numbers = atoms.numbers.map((z) => (z === 1 ? 6 : 1));
    const changed = potential.evaluate({ ...atoms, numbers }).energy;
    expect(potential.rebuilds).toBe(1);
    expect(changed).not.toBe(energy);
    expect(changed).toBe(fresh().evaluate({ ...atoms, numbers }).energy);
    expect(potential.evaluate(atoms).energy).toBe(energy);
  });
});
