import { describe, expect, test } from '@jest/globals';
import { createAtoms, HARTREE, KCAL_PER_MOL, KJ_PER_MOL } from '@mlffd/core';
import { audit } from '../src/audit/audit.ts';
import type { LabelledStructure } from '../src/structure.ts';
import {
  changed,
  clusterCopies,
  find,
  saltCopies,
  sodiumCopies,
  trajectory,
} from './support/auditSets.ts';

/** Most of the salt is rattled: the zero of the frames of MD is the other one. */
const clean = [...saltCopies(28), ...clusterCopies(12), ...sodiumCopies(6), ...trajectory(20)];

/** Total energies of a pseudopotential calculation, eV, by atomic number. */
const E0: Readonly<Record<number, number>> = { 11: -1305.2, 12: -1690.4, 17: -407.9 };
const offset = ({ atoms }: LabelledStructure, scale = 1): number =>
  atoms.numbers.reduce((sum, z) => sum + scale * E0[z], 0);
const shifted = (source?: string): LabelledStructure[] =>
  changed(clean, (structure) => ({ energy: structure.energy! + offset(structure) }), source);

describe('an audit of energies', () => {
  test('total energies of any zero are as good as binding energies', () => {
    expect(audit(shifted()).findings).toEqual([]);
  });

  test('an outlier beyond what the composition explains', () => {
    for (const energy of [2, -2]) {
      const structures = shifted();
      structures[3] = { ...structures[3], energy: structures[3].energy! + 8 * energy };
      expect(find(structures, 'energy-outlier')).toMatchObject({
        severity: 'warning',
        indices: [3],
        message: expect.stringMatching(`the furthest by ${energy < 0 ? '-' : ''}(1.9|2.0?\\d*)`),
      });
    }
  });

  test('a part of the set with another zero is found and named', () => {
    expect(find(shifted('md'), 'energy-zero')).toMatchObject({
      severity: 'error',
      count: 20,
      sources: [{ source: 'md', count: 20 }],
      message: expect.stringMatching(
        /^the energies of 20 of 66 structures are 85[67] eV\/atom below/,
      ),
      fix: expect.stringContaining('one zero'),
    });
    // Clusters share no element with the rest, so that any zero of them is as good.
    expect(find(shifted('cluster'), 'energy-zero')).toBeUndefined();
    expect(find(shifted('md'), 'energy-outlier')).toBeUndefined();
  });

  test('two sets of pseudopotentials, a few eV apart', () => {
    const other = changed(
      clean,
      ({ energy, atoms }) => ({ energy: energy! - 3 * atoms.numbers.length }),
      'md',
    );
    expect(find(other, 'energy-zero')).toMatchObject({
      severity: 'warning',
      count: 20,
      sources: [{ source: 'md', count: 20 }],
    });
  });

  test('an outlier between or beyond two zeros does not hide them', () => {
    const other = changed(clean, ({ energy, atoms, meta }, k) => ({
      energy: energy! + (meta.source === 'md' ? -9 : k === 0 ? 6 : 0) * atoms.numbers.length,
    }));
    expect(find(other, 'energy-zero')).toMatchObject({ count: 20 });
    expect(find(other, 'energy-outlier')?.indices).toEqual([0]);
  });

  test('exploded structures are outliers, not another zero', () => {
    const exploded = changed(clean, ({ energy }, k) =>
      k < 3 ? { energy: energy! + 8 * [30, 3000, 90000][k] } : {},
    );
    expect(find(exploded, 'energy-zero')).toBeUndefined();
    expect(find(exploded, 'energy-outlier')?.indices).toEqual([0, 1, 2]);
  });

  test('total energies of molecules in another unit than eV', () => {
    // As density functionals give them, rounded, Hartree.
    const molecules = [
      { numbers: [8, 1, 1], energy: -76.4 },
      { numbers: [6, 1, 1, 1, 1], energy: -40.5 },
      { numbers: [7, 1, 1, 1], energy: -56.55 },
      { numbers: [6, 6, 8, 1, 1, 1, 1, 1, 1], energy: -155.0 },
      { numbers: [1, 1], energy: -1.17 },
    ].map(({ numbers, energy }, k) => ({
      atoms: createAtoms({ numbers, positions: numbers.flatMap((_, i) => [1.2 * i, i % 2, k]) }),
      meta: { id: `m${k}`, group: `m${k}`, source: 'qm' },
      energy,
    }));
    const inUnit = (unit: number) =>
      molecules.map((molecule) => ({ ...molecule, energy: (molecule.energy * HARTREE) / unit }));
    expect(find(inUnit(1), 'energy-unit')).toBeUndefined();
    for (const [name, unit] of [
      ['Hartree', HARTREE],
      ['kcal/mol', KCAL_PER_MOL],
      ['kJ/mol', KJ_PER_MOL],
    ] as const) {
      // Hydrogen alone is no judge: its correlation energy is large beside its total.
      expect(find(inUnit(unit), 'energy-unit')).toMatchObject({
        severity: 'error',
        indices: [0, 1, 2, 3],
        message: expect.stringContaining(`in ${name}:`),
        fix: expect.stringContaining(unit.toPrecision(8)),
      });
    }
  });
});
