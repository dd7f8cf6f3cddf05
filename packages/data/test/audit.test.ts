import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { audit, perturbedSet, rocksalt } from '../src/index.ts';
import type { Finding, LabelledStructure } from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';

const calculator = new PairPotential();
const label = (atoms: LabelledStructure['atoms'], id: string): LabelledStructure => ({
  atoms,
  meta: { id, group: id, source: 'test' },
  ...calculator.calculate(atoms, ['energy', 'forces']),
});

const parents = [{ id: 'NaCl', atoms: rocksalt(['Na', 'Cl'], 5.9) }];
const salt = [
  ...perturbedSet({ parents, count: 12, stdev: 0.05, seed: 1, includeParents: false }),
].map(({ atoms, meta }) => label(atoms, meta.id));
const sodium = label(
  createAtoms({ symbols: ['Na', 'Na'], positions: [0, 0, 0, 3.0, 0.1, 0] }),
  'Na2',
);
const clean = [...salt, sodium];

const find = (structures: LabelledStructure[], check: string): Finding | undefined =>
  audit(structures).findings.find((finding) => finding.check === check);

/** The clean set with structure 3 changed. */
const changed = (change: Partial<LabelledStructure>): LabelledStructure[] =>
  clean.map((structure, k) => (k === 3 ? { ...structure, ...change } : structure));

describe('an audit', () => {
  test('finds nothing in a clean set', () => {
    expect(audit(clean)).toEqual({ structures: 13, findings: [], go: true });
    expect(audit([])).toEqual({ structures: 0, findings: [], go: true });
  });

  test('values that are not finite are errors', () => {
    const { forces, atoms } = clean[3];
    const broken: Partial<LabelledStructure>[] = [
      { energy: NaN },
      { forces: forces!.map((f, k) => (k === 4 ? Infinity : f)) },
      { stress: Float64Array.of(0, 0, NaN, 0, 0, 0) },
      { atoms: { ...atoms, positions: atoms.positions.map((x, k) => (k === 7 ? NaN : x)) } },
    ];
    for (const change of broken) {
      const report = audit(changed(change));
      expect(report.go).toBe(false);
      expect(report.findings[0]).toMatchObject({
        check: 'non-finite',
        severity: 'error',
        indices: [3],
      });
    }
  });

  test('zero where a label is missing: a warning for one, an error for most', () => {
    const none = new Float64Array(24);
    expect(find(changed({ forces: none }), 'zero-forces')).toMatchObject({
      severity: 'warning',
      indices: [3],
    });
    expect(find(changed({ energy: 0 }), 'zero-energy')).toMatchObject({ severity: 'warning' });
    const all = clean.map((structure) => ({ ...structure, stress: new Float64Array(6) }));
    expect(find(all, 'zero-stress')).toMatchObject({ severity: 'error', count: 13 });
    const atom = label(createAtoms({ symbols: ['Na'], positions: [0, 0, 0] }), 'atom');
    expect(find([...clean, { ...atom, energy: -1 }], 'zero-forces')).toBeUndefined();
  });

  test('duplicates are warnings, contradictions errors', () => {
    const copy = { ...clean[2], meta: { ...clean[2].meta, id: 'copy' } };
    expect(find([...clean, copy], 'duplicate')).toMatchObject({
      severity: 'warning',
      indices: [13],
    });
    const other = { ...copy, energy: clean[2].energy! + 0.1 };
    expect(find([...clean, other], 'contradiction')).toMatchObject({
      severity: 'error',
      indices: [13],
    });
  });

  test('outliers, net forces and close contacts', () => {
    const { forces, atoms } = clean[3];
    const wild = forces!.map((f) => 1e4 * f);
    expect(find(changed({ forces: wild }), 'force-outlier')).toMatchObject({ indices: [3] });
    const pushed = forces!.map((f, k) => (k % 3 === 0 ? f + 0.02 : f));
    expect(find(changed({ forces: pushed }), 'net-force')).toMatchObject({
      severity: 'info',
      indices: [3],
    });
    const positions = atoms.positions.slice();
    positions.set(
      positions.subarray(0, 3).map((x) => x + 0.2),
      3,
    );
    expect(find(changed({ atoms: { ...atoms, positions } }), 'close-contact')).toMatchObject({
      indices: [3],
    });
  });

  test('compositions that leave reference energies open', () => {
    expect(find(salt, 'composition-rank')?.message).toContain(
      'determine 1 of 2 reference energies',
    );
    expect(find(clean, 'composition-rank')).toBeUndefined();
  });

  test('shows at most twenty and sorts by severity', () => {
    const many = Array.from({ length: 30 }, () => ({ ...clean[0], energy: NaN }));
    const { findings } = audit(many);
    expect(findings[0]).toMatchObject({ check: 'non-finite', count: 30 });
    expect(findings[0].indices).toHaveLength(20);
    const rank = { error: 0, warning: 1, info: 2 };
    const order = findings.map(({ severity }) => rank[severity]);
    expect(order).toEqual([...order].sort());
  });
});
