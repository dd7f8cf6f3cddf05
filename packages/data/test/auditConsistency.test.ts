import { describe, expect, test } from '@jest/globals';
import { BOHR, GPA, HARTREE, KCAL_PER_MOL, Rng, volume } from '@mlffd/core';
import fc from 'fast-check';
import { robustPlane } from '../src/audit/robust.ts';
import { AuditSample } from '../src/audit/sample.ts';
import { SourceTable } from '../src/audit/sourceTable.ts';
import { WorkTable } from '../src/audit/workTable.ts';
import { strain } from '../src/perturb.ts';
import type { LabelledStructure } from '../src/structure.ts';
import {
  changed,
  cleanSet,
  find,
  labelled,
  salt,
  saltCopies,
  trajectory,
} from './support/auditSets.ts';

const clean = cleanSet();
const frames = trajectory(40);
const scaled = (forces: number, energy = 1, set = frames): LabelledStructure[] =>
  changed(set, (structure) => ({
    forces: structure.forces!.map((f) => forces * f),
    energy: energy * structure.energy!,
  }));

/** Slope of dE against -F.dx along exact dynamics, and what it leaves unexplained. */
function slopeOf(structures: readonly LabelledStructure[]) {
  const table = new SourceTable();
  const work = new WorkTable(table);
  for (const [k, structure] of structures.entries()) {
    table.push(structure.meta.source);
    work.see(new AuditSample(k, structure, 1e-3));
  }
  return [...work.slopes(Infinity)].at(0)?.forces ?? { slope: NaN, unexplained: NaN, pairs: 0 };
}

/** The trapezoid leaves third derivatives out: percents at 16 fs between the frames. */
const TRAPEZOID = 0.05;

describe('energies and forces', () => {
  test('the work of the forces is the change of energy along a trajectory', () => {
    const { slope, unexplained, pairs } = slopeOf(frames);
    expect(pairs).toBe(39);
    expect(Math.abs(slope - 1)).toBeLessThan(TRAPEZOID);
    expect(unexplained).toBeLessThan(2 * TRAPEZOID);
  });

  test('wrapped and unwrapped frames are the same, far ones no pair', () => {
    const wrapped = frames.map((frame, k) => ({
      ...frame,
      atoms: {
        ...frame.atoms,
        positions: frame.atoms.positions.map((x, c) => x + ((k + c) % 3) * (c % 3 === 0 ? 5.9 : 0)),
      },
    }));
    expect(slopeOf(wrapped).slope).toBeCloseTo(slopeOf(frames).slope, 10);
    const far = frames
      .filter((_, k) => k % 2 === 0)
      .map((frame, k) => ({
        ...frame,
        atoms: {
          ...frame.atoms,
          positions: frame.atoms.positions.map((x, c) => (c === 0 ? x + k : x)),
        },
      }));
    expect(slopeOf(far).pairs).toBe(0);
  });

  test('units and signs of either label are named', () => {
    const cases: readonly (readonly [number, number, string])[] = [
      [-1, 1, 'the forces have the wrong sign'],
      [1 / KCAL_PER_MOL, 1, 'the forces are in kcal/mol/A'],
      [BOHR / HARTREE, 1, 'the forces are in Hartree/Bohr'],
      [-BOHR / HARTREE, 1, 'the forces are in Hartree/Bohr and have the wrong sign'],
      [1, 1 / KCAL_PER_MOL, 'the energies are in kcal/mol'],
      [1, 1 / HARTREE, 'the energies are in Hartree'],
      [BOHR / HARTREE, 1 / HARTREE, 'atomic units'],
    ];
    for (const [forces, energy, meaning] of cases) {
      const finding = find(scaled(forces, energy), 'energy-force');
      expect(finding).toMatchObject({
        severity: 'error',
        message: expect.stringContaining(meaning),
      });
    }
    expect(find(scaled(3), 'energy-force')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('do not belong together'),
    });
    expect(find(scaled(0.9), 'energy-force')).toBeUndefined();
    // Rattled clusters leave more unexplained: what is in reach is named, nearest first.
    const clusters = clean.filter(({ meta }) => meta.source === 'cluster');
    expect(find(scaled(1 / KCAL_PER_MOL, 1, clusters), 'energy-force')?.message).toMatch(
      /the energies are in Hartree, or the forces are in kcal\/mol\/A$/,
    );
  });

  test('only the source that is wrong is named', () => {
    const wrong = changed(clean, ({ forces }) => ({ forces: forces!.map((f) => -f) }), 'md');
    expect(find(wrong, 'energy-force')).toMatchObject({
      sources: [{ source: 'md', count: 19 }],
      message: expect.stringContaining('19 pairs of near structures of source md'),
    });
  });

  test('an energy per atom, and forces in the order of other atoms', () => {
    const perAtom = changed(clean, ({ energy }) => ({ energy: energy! / 8 }), 'md');
    expect(find(perAtom, 'energy-force')).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('the energies are per atom'),
    });
    const reversed = changed(trajectory(40, { stride: 2 }), ({ forces }) => ({
      forces: forces!.map((_, k) => forces![23 - k - 2 + 2 * (k % 3)]),
    }));
    expect(find(reversed, 'energy-force')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('unexplained'),
    });
  });

  test('forces and energies that are both in kcal/mol betray themselves by the temperature', () => {
    expect(find(frames, 'thermal-force')).toBeUndefined();
    const both = changed(frames, ({ forces, energy }) => ({
      forces: forces!.map((f) => f / KCAL_PER_MOL),
      energy: energy! / KCAL_PER_MOL,
    }));
    expect(find(both, 'energy-force')).toBeUndefined();
    expect(find(both, 'thermal-force')).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/in kcal\/mol\/A|unit is not eV/),
    });
  });
});

/** Strained copies of rock salt, some of them sheared and rattled. */
const strained = (count: number): LabelledStructure[] =>
  Array.from({ length: count }, (_, k) => {
    const rng = new Rng(1, 'strain', k);
    const e = 0.015 * (k % 5) - 0.03;
    const voigt = [e, e + 0.01 * rng.normal(), e, 0.005 * rng.normal(), 0, 0];
    return labelled(strain(salt, voigt), { id: `e${k}`, group: `e${k}`, source: 'strain' });
  });

const withoutForces = ({ atoms, meta, energy, stress }: LabelledStructure): LabelledStructure => ({
  atoms,
  meta,
  energy: energy!,
  stress: stress!,
});

describe('energies and stress', () => {
  const structures = strained(12);
  const stress = (factor: (structure: LabelledStructure) => number, set = structures) =>
    changed(set, (structure) => ({
      stress: structure.stress!.map((s) => factor(structure) * s),
    }));

  test('the work of the stress is the change of energy', () => {
    expect(find(structures, 'stress-energy')).toBeUndefined();
    expect(find(clean, 'stress-energy')).toBeUndefined();
  });

  test('sign and unit are named, with and without rattling', () => {
    const cases: readonly (readonly [(structure: LabelledStructure) => number, string])[] = [
      [() => -1, 'the stress has the wrong sign (pressure positive, as in VASP)'],
      [() => 1 / GPA, 'the stress is in GPa'],
      [() => -10 / GPA, 'the stress is in kbar and has the wrong sign'],
      [({ atoms }) => -volume(atoms), 'the stress is a virial'],
    ];
    for (const [factor, meaning] of cases) {
      for (const set of [structures, clean.filter(({ meta }) => meta.source === 'rattle')]) {
        expect(find(stress(factor, set), 'stress-energy')).toMatchObject({
          severity: 'error',
          message: expect.stringContaining(meaning),
        });
      }
    }
    expect(
      find(
        stress(() => 4),
        'stress-energy',
      ),
    ).toMatchObject({ severity: 'warning' });
  });

  test('forces and stress are judged apart where atoms and cells move together', () => {
    const both = (f: number, p: number) =>
      changed(saltCopies(20), (structure) => ({
        forces: structure.forces!.map((x) => f * x),
        stress: structure.stress!.map((x) => p * x),
      }));
    const found = (f: number, p: number) =>
      ['energy-force', 'stress-energy'].map((check) => find(both(f, p), check)?.severity);
    expect(found(1, 1)).toEqual([undefined, undefined]);
    expect(found(-1, 1)).toEqual(['error', undefined]);
    expect(found(1, -10 / GPA)).toEqual([undefined, 'error']);
    expect(found(-1, -1)).toEqual(['error', 'error']);
  });

  test('says nothing without forces where atoms moved within the cell', () => {
    const rattled = clean.slice(0, 14).map(withoutForces);
    expect(
      find(
        stress(() => -1, rattled),
        'stress-energy',
      ),
    ).toBeUndefined();
    const still = structures.map(withoutForces);
    expect(
      find(
        stress(() => -1, still),
        'stress-energy',
      ),
    ).toBeDefined();
  });
});

describe('a robust plane', () => {
  /** Reweighting settles to the floor of the weights. */
  const SETTLED = 1e-3;

  test('is that of the majority, whatever the others say', () => {
    const slopes = fc.double({ min: 0.01, max: 100, noNaN: true });
    const noise = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { maxLength: 6 });
    fc.assert(
      fc.property(slopes, slopes, noise, (a, b, wild) => {
        const points = Array.from({ length: 30 + wild.length }, (_, k) => k);
        const rng = new Rng(1, 'plane');
        const [x, z] = [0, 1].map(() => Float64Array.from(points, () => rng.normal()));
        const y = Float64Array.from(points, (k) => (k < 30 ? a * x[k] + b * z[k] : wild[k - 30]));
        const found = robustPlane(x, z, y).slopes;
        const scale = SETTLED * (1 + Math.abs(a) + Math.abs(b));
        expect(Math.abs(found[0] - a)).toBeLessThan(scale);
        expect(Math.abs(found[1] - b)).toBeLessThan(scale);
      }),
      { seed: 1 },
    );
  });

  test('of one column alone leaves the other out', () => {
    const x = Float64Array.of(1, 2, 3);
    const none = new Float64Array(3);
    const y = Float64Array.of(2, 4, 6);
    expect(robustPlane(x, none, y).slopes).toEqual([2, 0]);
    expect(robustPlane(none, x, y).slopes).toEqual([0, 2]);
    expect(robustPlane(x, x, y).slopes).toEqual([2, 0]);
    expect(robustPlane(none, none, y)).toEqual({ slopes: [0, 0], left: 12 });
    expect(robustPlane(new Float64Array(), new Float64Array(), new Float64Array())).toEqual({
      slopes: [0, 0],
      left: 0,
    });
  });
});
