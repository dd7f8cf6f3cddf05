import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { rocksalt } from '../src/build/crystals.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { changed, cleanSet, find, labelled, salt, saltCopies } from './support/auditSets.ts';

const clean = cleanSet();
const one = (change: Partial<LabelledStructure>): LabelledStructure[] =>
  clean.map((structure, k) => (k === 3 ? { ...structure, ...change } : structure));
const renamed = (structure: LabelledStructure, id: string): LabelledStructure => ({
  ...structure,
  meta: { ...structure.meta, id },
});

describe('an audit of geometries', () => {
  test('duplicates are warnings, contradictions errors', () => {
    const copy = renamed(clean[2], 'copy');
    expect(find([...clean, copy], 'duplicate')).toMatchObject({
      severity: 'warning',
      indices: [52],
    });
    expect(find([...clean, copy], 'near-duplicate')).toBeUndefined();
    const other = { ...copy, energy: clean[2].energy! + 0.1 };
    expect(find([...clean, other], 'contradiction')).toMatchObject({
      severity: 'error',
      indices: [52],
      message: expect.stringContaining('as much as 0.1 eV'),
    });
  });

  test('near duplicates, however they are written', () => {
    const { atoms } = clean[20];
    const rounded = {
      ...atoms,
      positions: atoms.positions.map((x) => Number(x.toFixed(3)) + 7),
    };
    const copy = labelled(rounded, { ...clean[20].meta, id: 'rounded' });
    expect(find([...clean, copy], 'near-duplicate')).toMatchObject({
      severity: 'warning',
      indices: [52],
    });
    expect(find([...clean, copy], 'duplicate')).toBeUndefined();
    const wrong = { ...copy, energy: copy.energy! - 2 };
    expect(find([...clean, wrong], 'near-contradiction')).toMatchObject({
      severity: 'warning',
      indices: [52],
      message: expect.stringContaining('0.5 eV/atom'),
    });
  });

  test('close contacts and atoms that are gone', () => {
    const positions = clean[3].atoms.positions.slice();
    positions.set(
      [...positions.subarray(0, 3)].map((x) => x + 0.2),
      3,
    );
    expect(find(one({ atoms: { ...clean[3].atoms, positions } }), 'close-contact')).toMatchObject({
      severity: 'warning',
      indices: [3],
      message: expect.stringMatching(/the nearest are (Na-Cl|Cl-Na|Na-Na) at 0.346 A/),
    });
    const cluster = clean[15].atoms;
    const away = cluster.positions.map((x, k) => (k === 0 ? x + 30 : x));
    const exploded = { ...clean[15], atoms: { ...cluster, positions: away } };
    expect(find([...clean, exploded], 'detached-atom')).toMatchObject({
      severity: 'info',
      indices: [52],
      message: expect.stringContaining('1 atoms of 1 structures'),
    });
  });

  test('cells that cannot be, or contradict labels and flags', () => {
    const { atoms } = clean[3];
    const cells = (change: Partial<Atoms>) => one({ atoms: { ...atoms, ...change } });
    const flat = atoms.cell.map((x, k) => (k >= 6 ? 0 : x));
    expect(find(cells({ cell: flat }), 'zero-volume')).toMatchObject({
      severity: 'error',
      indices: [3],
    });
    expect(find(cells({ pbc: [false, false, false] }), 'stress-without-volume')).toMatchObject({
      severity: 'error',
      indices: [3],
    });
    expect(find(cells({ pbc: [false, false, false] }), 'lost-periodicity')).toMatchObject({
      severity: 'warning',
      indices: [3],
    });
    const swapped = [3, 4, 5, 0, 1, 2, 6, 7, 8].map((k) => atoms.cell[k]);
    expect(find(cells({ cell: Float64Array.from(swapped) }), 'left-handed-cell')).toMatchObject({
      severity: 'info',
      indices: [3],
    });
    // A cell in nm.
    const small = cells({ cell: atoms.cell.map((x) => x / 10) });
    expect(find(small, 'impossible-geometry')).toMatchObject({ severity: 'error', indices: [3] });
    const wire = cells({ cell: atoms.cell.map((x) => x / 1e4), pbc: [true, false, false] });
    expect(find(wire, 'impossible-geometry')).toMatchObject({ indices: [3] });
  });

  test('the stress of a slab or a molecule in a box', () => {
    const box = createAtoms({ ...clean[14].atoms, cell: [20, 20, 20], pbc: true });
    const molecule = labelled(box, { id: 'box', group: 'box', source: 'box' });
    expect(find([...clean, molecule], 'vacuum-stress')).toMatchObject({
      severity: 'info',
      indices: [52],
      message: expect.stringMatching(/as much as 1[78]/),
    });
    const { atoms, meta, energy } = molecule;
    const without = { atoms, meta, energy: energy! };
    expect(find([...clean, without], 'vacuum-stress')).toBeUndefined();
  });

  test('compositions that leave reference energies open', () => {
    expect(find(saltCopies(5), 'composition-rank')).toMatchObject({
      severity: 'warning',
      message:
        'the compositions determine 1 of 2 reference energies: Na, Cl is one group of elements whose amounts never vary freely, so that only combinations of their energies are known',
    });
  });

  test('elements that occur once', () => {
    const rare = labelled(rocksalt(['K', 'Cl'], 6), { id: 'KCl', group: 'KCl', source: 'rare' });
    expect(find([...clean, rare], 'rare-element')).toMatchObject({
      severity: 'warning',
      indices: [52],
      message: expect.stringContaining('K occurs in one structure only'),
    });
  });
});

describe('an audit of charges and groups', () => {
  const cluster = (charge?: number, spin?: number) => ({
    ...clean[14],
    atoms: {
      ...clean[14].atoms,
      ...(charge === undefined ? {} : { charge }),
      ...(spin === undefined ? {} : { spin }),
    },
  });

  test('electrons and unpaired electrons are both even or both odd', () => {
    expect(find([cluster(1, 1), cluster(-1, 3), cluster(0, 2)], 'spin-parity')).toBeUndefined();
    expect(find([cluster(0, 0), cluster(1, 0), cluster(0, 1)], 'spin-parity')).toMatchObject({
      severity: 'warning',
      indices: [1, 2],
    });
    const radical = createAtoms({ symbols: ['Na', 'Mg'], positions: [0, 0, 0, 3, 0, 0] });
    const meta = { id: 'NaMg', group: 'NaMg', source: 'test' };
    expect(find([labelled(radical, meta)], 'odd-electrons')).toMatchObject({
      severity: 'info',
      indices: [0],
    });
  });

  test('a charge that only some structures have', () => {
    expect(find([cluster(1, 1), cluster(), cluster()], 'missing-charge')).toMatchObject({
      severity: 'warning',
      indices: [1, 2],
    });
    expect(find([cluster(0, 0), cluster()], 'missing-charge')).toBeUndefined();
  });

  test('a group that holds most, and a series without a group', () => {
    const group = (name: (k: number) => string) =>
      changed(clean, ({ meta }, k) => ({ meta: { ...meta, group: name(k) } }));
    expect(
      find(
        group((k) => (k < 40 ? 'big' : 'small')),
        'dominant-group',
      ),
    ).toMatchObject({
      severity: 'warning',
      count: 0,
      message: expect.stringContaining('40 of 52 structures (77 %)'),
    });
    const single = find(
      group((k) => `g${k}`),
      'ungrouped-series',
    );
    // 14 of salt, 12 of clusters and 20 of MD; 6 of sodium are too few.
    expect(single).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/^46 structures .* names like NaCl\/rattle-N/),
    });
    // Numbered molecules have other atoms each.
    const molecules = Array.from({ length: 30 }, (_, k) => {
      const positions = Array.from({ length: 3 * (k + 1) }, (_x, c) => 3 * c);
      const atoms = createAtoms({ numbers: Array<number>(k + 1).fill(12), positions });
      return { atoms, meta: { id: `mol-${k}`, group: `mol-${k}`, source: 'set' }, energy: -k };
    });
    expect(find(molecules, 'ungrouped-series')).toBeUndefined();
  });

  test('leaks of a given split, by kind', () => {
    const side = (...[from, to]: [number, number]) =>
      Int32Array.from({ length: to - from }, (_, k) => from + k);
    const good = { train: side(0, 26), validation: side(26, 32), test: side(32, 52) };
    const leaks = (split: typeof good, structures = clean) =>
      ['index', 'group', 'parent', 'duplicate'].map(
        (kind) => find(structures, `leakage-${kind}`, { split })?.indices,
      );
    expect(leaks(good)).toEqual([undefined, undefined, undefined, undefined]);
    const torn = { ...good, validation: side(26, 33), test: side(33, 52) };
    expect(leaks(torn)).toEqual([undefined, [32, 33], undefined, undefined]);
    expect(leaks({ ...good, test: side(31, 52) })).toEqual([[31], [26, 31], [31], undefined]);
    const copied = [...clean.slice(0, 51), { ...clean[51], atoms: clean[3].atoms }];
    expect(leaks(good, copied)).toEqual([undefined, undefined, undefined, [3, 51]]);
    const finding = find(copied, 'leakage-duplicate', { split: good });
    expect(finding).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('NaCl/rattle-3, md/step-'),
    });
    const random = { ...torn, kind: 'random' as const };
    expect(find(clean, 'leakage-group', { split: random })).toMatchObject({ severity: 'warning' });
  });

  test('a perfect crystal is no error', () => {
    const perfect = labelled(salt, { id: 'perfect', group: 'NaCl', source: 'parent' });
    expect(find([...clean, perfect], 'close-contact')).toBeUndefined();
    expect(find([...clean, perfect], 'near-duplicate')).toBeUndefined();
  });
});
