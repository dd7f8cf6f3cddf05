import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { ammoniaModel, fromPositions, springNetwork } from '@mlffd/test-support/models';
import { bondCurve, compareBonds } from '../src/scans/bondStretch.ts';

const [DEPTH, STEEPNESS] = [4, 1.9];

/** Morse between the first two atoms, with rest length `d0`. */
const morse = (
  d0: number,
  extra: (d: number) => readonly [number, number] = () => [0, 0],
): Calculator =>
  fromPositions('morse', (r, forces) => {
    const v = [r[3] - r[0], r[4] - r[1], r[5] - r[2]];
    const d = Math.hypot(...v);
    const decay = Math.exp(-STEEPNESS * (d - d0));
    const [energy, slope] = extra(d);
    const pull = 2 * DEPTH * STEEPNESS * (1 - decay) * decay + slope;
    for (let c = 0; c < 3; c++) {
      forces[c] = (pull * v[c]) / d;
      forces[3 + c] = -forces[c];
    }
    return DEPTH * (1 - decay) ** 2 + energy;
  });

const diatomic = createAtoms({ symbols: ['N', 'O'], positions: [1, 1, 1, 1, 1.69, 1.92] });
const REST = Math.hypot(0.69, 0.92);

/** C-C-O-H with a methyl hydrogen. */
const chain: Atoms = createAtoms({
  symbols: ['C', 'C', 'O', 'H', 'H'],
  positions: [0, 0, 0, 1.5, 0, 0, 2.2, 1.2, 0, 3.1, 1.1, 0, -0.6, 0.9, 0],
});

describe('bondCurve', () => {
  test('a Morse bond: exact energies and forces', async () => {
    const { x, energy, force, kind, length, features } = await bondCurve({
      calculator: morse(REST),
      atoms: diatomic,
      bond: [1, 0],
    });
    expect(kind).toBe('N-O');
    expect(length).toBeCloseTo(REST, 12);
    expect(x[0]).toBeCloseTo(0.8 * REST, 12);
    expect(x[60]).toBeCloseTo(2 * REST, 12);
    for (const [k, d] of x.entries()) {
      const decay = Math.exp(-STEEPNESS * (d - REST));
      expect(energy[k]).toBeCloseTo(DEPTH * (1 - decay) ** 2, 12);
      expect(force[k]).toBeCloseTo(-2 * DEPTH * STEEPNESS * (1 - decay) * decay, 12);
    }
    expect(features).toMatchObject({ forceFlips: 1, failures: 0, spikes: [] });
    expect(features.minima).toHaveLength(1);
    expect(features.minima[0].x).toBeCloseTo(REST, 2);
  });

  test('a side moves as a whole, and the force is the derivative', async () => {
    const { calculator, atoms } = ammoniaModel();
    const curve = await bondCurve({ calculator, atoms, bond: [0, 2], points: 121 }).catch(
      (error: unknown) => error,
    );
    // By covalent radii the hydrogens of ammonia are not bonded to each other.
    if (curve instanceof Error) throw curve;
    const { x, energy, force } = curve as Awaited<ReturnType<typeof bondCurve>>;
    const h = x[1] - x[0];
    for (let k = 2; k < x.length - 2; k++) {
      const e = (i: number): number => energy[k + i] ?? NaN;
      const slope = (8 * (e(1) - e(-1)) - e(2) + e(-2)) / (12 * h);
      // Fourth order in steps of 0.01 Angstrom.
      expect(Math.abs(slope + (force[k] ?? NaN))).toBeLessThan(1e-5);
    }
  });

  test('no bond, and a bond that is in a ring', async () => {
    const calculator = springNetwork([]);
    await expect(bondCurve({ calculator, atoms: chain, bond: [0, 3] })).rejects.toThrow(
      /not bonded/,
    );
    const ring = createAtoms({
      symbols: ['C', 'C', 'C'],
      positions: [0, 0, 0, 1.5, 0, 0, 0.75, 1.3, 0],
    });
    await expect(bondCurve({ calculator, atoms: ring, bond: [0, 1] })).rejects.toThrow(
      InvalidArgumentError,
    );
  });
});

describe('compareBonds', () => {
  test('one bond of each kind, those in rings told of', async () => {
    const events: string[] = [];
    const { bonds, skipped } = await compareBonds({
      teacher: springNetwork([]),
      student: springNetwork([]),
      atoms: chain,
      points: 9,
      onEvent: ({ bond }) => events.push(bond.kind),
    });
    expect(events).toEqual(bonds.map(({ kind }) => kind));
    expect([...events].sort()).toEqual(['C-C', 'C-O', 'H-C', 'H-O']);
    expect(skipped).toEqual([]);
    const ring = createAtoms({
      symbols: ['C', 'C', 'C', 'H'],
      positions: [0, 0, 0, 1.5, 0, 0, 0.75, 1.3, 0, -0.9, -0.5, 0],
    });
    const cyclic = await compareBonds({
      teacher: springNetwork([]),
      student: springNetwork([]),
      atoms: ring,
      points: 9,
    });
    expect(cyclic.bonds.map(({ kind }) => kind)).toEqual(['H-C']);
    expect(cyclic.skipped).toEqual([{ atoms: [0, 1], kind: 'C-C', reason: 'ring' }]);
  });

  test('a student with a dent and a kink', async () => {
    const dent = morse(REST, (d) => {
      const value = -0.6 * Math.exp(-(((d - 1.8) / 0.1) ** 2));
      return [value, (-2 * (d - 1.8) * value) / 0.01];
    });
    const options = { teacher: morse(REST), atoms: diatomic };
    const [first] = (await compareBonds({ ...options, student: dent })).bonds;
    expect(first.spuriousMinima).toHaveLength(1);
    expect(Math.abs(first.spuriousMinima[0].x - 1.8)).toBeLessThan(0.05);
    expect(first.extraFlips).toBe(2);
    const kinked = morse(REST, (d) => (d > 1.75 ? [0.8 * (d - 1.75), 0.8] : [0, 0]));
    const [second] = (await compareBonds({ ...options, student: kinked })).bonds;
    expect(second.student.features.spikes.some((x) => Math.abs(x - 1.75) < 0.05)).toBe(true);
    expect(second.teacher.features.spikes).toEqual([]);
  });
});
