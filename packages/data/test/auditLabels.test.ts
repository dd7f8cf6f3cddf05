import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { changed, cleanSet, find, labelled } from './support/auditSets.ts';
import type { LabelledStructure } from '../src/structure.ts';

const clean = cleanSet();
/** The clean set with structure 3 changed. */
const one = (change: Partial<LabelledStructure>): LabelledStructure[] =>
  clean.map((structure, k) => (k === 3 ? { ...structure, ...change } : structure));

describe('an audit of labels', () => {
  test('values that are not finite are errors', () => {
    const { forces, atoms } = clean[3];
    const broken: Partial<LabelledStructure>[] = [
      { energy: NaN },
      { forces: forces!.map((f, k) => (k === 4 ? Infinity : f)) },
      { stress: Float64Array.of(0, 0, NaN, 0, 0, 0) },
      { atoms: { ...atoms, positions: atoms.positions.map((x, k) => (k === 7 ? NaN : x)) } },
      { atoms: { ...atoms, cell: atoms.cell.map((x, k) => (k === 0 ? NaN : x)) } },
    ];
    for (const change of broken) {
      expect(find(one(change), 'non-finite')).toMatchObject({ severity: 'error', indices: [3] });
    }
    const short = { forces: forces!.slice(0, 21) };
    expect(find(one(short), 'wrong-length')).toMatchObject({ severity: 'error', indices: [3] });
  });

  test('zero where a label is missing: a warning for one, an error for most', () => {
    const none = new Float64Array(24);
    expect(find(one({ forces: none }), 'zero-forces')).toMatchObject({
      severity: 'warning',
      indices: [3],
      message: 'forces are exactly zero in 1 of 52 structures',
    });
    expect(find(one({ energy: 0 }), 'zero-energy')).toMatchObject({ severity: 'warning' });
    const all = changed(clean, () => ({ stress: new Float64Array(6) }));
    expect(find(all, 'zero-stress')).toMatchObject({ severity: 'error', count: 52 });
    const atom = labelled(createAtoms({ symbols: ['Na'], positions: [0, 0, 0] }), {
      id: 'atom',
      group: 'atom',
      source: 'atom',
    });
    expect(find([...clean, { ...atom, energy: -1 }], 'zero-forces')).toBeUndefined();
  });

  test('missing labels are counted, none at all is an error', () => {
    const strip = (
      { atoms, meta, energy, forces }: LabelledStructure,
      keep: 'energy' | 'none',
    ) => ({
      atoms,
      meta,
      ...(keep === 'energy' ? { energy: energy! } : {}),
      ...(keep === 'energy' || !forces ? {} : {}),
    });
    const none = clean.map((structure) => strip(structure, 'none'));
    expect(find(none, 'missing-labels')).toMatchObject({ severity: 'error', count: 0 });
    const energyOnly = clean.map((structure) => strip(structure, 'energy'));
    expect(find(energyOnly, 'missing-forces')).toMatchObject({ severity: 'warning', count: 52 });
    expect(find(energyOnly, 'missing-stress')).toBeUndefined();
    const some = [...clean.slice(0, 26), ...none.slice(26)];
    expect(find(some, 'missing-energy')).toMatchObject({
      severity: 'info',
      count: 26,
      message: '26 of 52 structures (50 %) have no energy',
    });
    // Only the bulk ones count for the stress.
    expect(find(some, 'missing-stress')?.message).toBe('26 of 40 structures (65 %) have no stress');
  });

  test('force outliers by the median and by the cap', () => {
    const { forces } = clean[3];
    const scaled = (factor: number) => one({ forces: forces!.map((f) => factor * f) });
    expect(find(scaled(1e4), 'force-outlier')).toMatchObject({
      severity: 'warning',
      indices: [3],
    });
    expect(find(scaled(5), 'force-outlier')).toBeUndefined();
    expect(find(scaled(5), 'force-outlier', { forceFactor: 2 })?.indices).toContain(3);
    expect(find(scaled(5), 'force-outlier', { maxForce: 0.3 })?.message).toContain('the cap');
  });

  test('net forces and torques', () => {
    const pushed = clean[3].forces!.map((f, k) => (k % 3 === 0 ? f + 0.02 : f));
    expect(find(one({ forces: pushed }), 'net-force')).toMatchObject({
      severity: 'info',
      indices: [3],
      message: expect.stringContaining('0.02 eV/A per atom'),
    });
    // Positions in another frame than the forces: a quarter turn.
    const turned = changed(
      clean,
      ({ atoms }) => ({
        atoms: {
          ...atoms,
          positions: atoms.positions.map((_, k) => {
            const i = k - (k % 3);
            return [atoms.positions[i + 1], -atoms.positions[i], atoms.positions[i + 2]][k % 3];
          }),
        },
      }),
      'cluster',
    );
    expect(find(turned, 'net-torque')).toMatchObject({ severity: 'info' });
    expect(find(turned, 'net-torque')!.count).toBeGreaterThan(6);
    expect(find(turned, 'net-torque')!.sources).toEqual([
      { source: 'cluster', count: find(turned, 'net-torque')!.count },
    ]);
  });
});
