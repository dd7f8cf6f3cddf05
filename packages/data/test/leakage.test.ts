import { describe, expect, test } from '@jest/globals';
import { createAtoms, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { rocksalt } from '../src/build/crystals.ts';
import { rattle, strain } from '../src/perturb.ts';
import { geometrySignature } from '../src/split/geometrySignature.ts';
import { checkLeakage } from '../src/split/leakage.ts';
import { SignatureIndex } from '../src/split/signatureIndex.ts';
import type { Split } from '../src/split/split.ts';
import type { StructureMeta } from '../src/structure.ts';
import { makeLabelled } from './support/structures.ts';

describe('leakage', () => {
  const structures = makeLabelled(12).map(({ atoms, meta }) => ({
    atoms,
    meta: { id: meta.id, group: meta.id, source: meta.source },
  }));
  const sides: Split = {
    train: Int32Array.of(0, 1, 2, 3),
    validation: Int32Array.of(4, 5, 6),
    test: Int32Array.of(7, 8, 9, 10, 11),
  };
  const check = (changed: readonly Partial<(typeof structures)[number]>[], split = sides) => {
    const all = structures.map((structure, k) => ({ ...structure, ...changed[k] }));
    const metas = all.map(({ meta }) => meta);
    return checkLeakage({ metas, get: (k) => all[k] }, split);
  };

  test('none in a clean split', () => {
    expect(check([])).toEqual([]);
  });

  test('a group, a parent, a duplicate, a near duplicate, an index on two sides', () => {
    const meta = (k: number, change: Partial<StructureMeta>) => ({
      meta: { ...structures[k].meta, ...change },
    });
    const at = (k: number, change: object) => Object.assign([], { [k]: change }) as object[];
    expect(check(at(8, meta(8, { group: 's1' })))).toEqual([
      { kind: 'group', what: 's1', sides: ['train', 'test'], indices: [1, 8] },
    ]);
    expect(check(at(8, meta(8, { parent: 's5' })))).toEqual([
      { kind: 'parent', what: 's5', sides: ['validation', 'test'], indices: [5, 8] },
    ]);
    expect(check(at(4, { atoms: structures[2].atoms }))).toEqual([
      { kind: 'duplicate', what: 's2, s4', sides: ['train', 'validation'], indices: [2, 4] },
    ]);
    const moved = structures[2].atoms.positions.map((x) => x + 0.25);
    expect(check(at(4, { atoms: { ...structures[2].atoms, positions: moved } }))).toHaveLength(1);
    const twice = { ...sides, train: Int32Array.of(0, 1, 2, 3, 3) };
    expect(check([], twice)).toEqual([
      { kind: 'index', what: 's3', sides: ['train'], indices: [3] },
    ]);
    const both = { ...sides, test: Int32Array.of(0, 8) };
    expect(check([], both).map(({ kind }) => kind)).toEqual(['index', 'group', 'parent']);
  });

  test('what the kind of a split promises is looked at', () => {
    const promise = (kind: Split['kind'], criteria: Split['criteria']) =>
      checkLeakage(
        {
          metas: structures.map(({ meta }, k) => ({ ...meta, temperature: k < 7 ? 300 : 900 })),
          get: (k) => structures[k],
        },
        { ...sides, ...(kind && { kind }), ...(criteria && { criteria }) },
      );
    expect(promise('temperature', { trainUpTo: 300, testAbove: 600 })).toEqual([]);
    expect(promise('temperature', { trainUpTo: 200, testAbove: 900 })).toHaveLength(12);
    const sizes = structures.map(({ atoms }) => atoms.numbers.length);
    expect(promise('size', { trainUpTo: Math.max(...sizes), testAbove: 0 })).toEqual([]);
    expect(promise('size', { trainUpTo: 1, testAbove: 1 })).toHaveLength(7);
    const formulas = promise('composition', { by: 'formula' });
    expect(formulas).toEqual([
      { kind: 'composition', what: 'MgSi', sides: ['validation', 'test'], indices: [4, 7] },
    ]);
    const elements = promise('composition', { by: 'elements' });
    expect(elements.map(({ what }) => what)).toContain('Mg-O-Si');
  });
});

/** Root mean square displacement that is forgiven, Angstrom. */
const TOLERANCE = 5e-4;

const areNear = (a: Atoms, b: Atoms): boolean => {
  const index = new SignatureIndex();
  index.add(0, geometrySignature(a, TOLERANCE));
  index.add(1, geometrySignature(b, TOLERANCE));
  return [...index.pairs()].length === 1;
};

/** The structure turned, mirrored, moved and renumbered. */
function disguise(atoms: Atoms, seed: number): Atoms {
  const rng = new Rng(seed, 'disguise');
  const q = Array.from({ length: 4 }, () => rng.normal());
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((v) => v / norm);
  const turn = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ].map((row) => (seed % 2 === 0 ? row : row.map((v) => -v)));
  const apply = (rows: Float64Array) =>
    rows.map((_, k) => {
      const i = k - (k % 3);
      return turn[k % 3].reduce((sum, t, c) => sum + t * rows[i + c], 0);
    });
  const order = rng.shuffle([...atoms.numbers.keys()]);
  const cell = apply(atoms.cell);
  const turned = apply(atoms.positions);
  const shift = [3 * rng.normal(), rng.normal(), rng.normal()];
  return createAtoms({
    numbers: order.map((i) => atoms.numbers[i]),
    positions: order.map((i) => {
      const image = atoms.pbc[0] ? rng.integer(3) - 1 : 0;
      return shift.map((s, c) => turned[3 * i + c] + s + image * cell[c]);
    }),
    cell,
    pbc: atoms.pbc,
  });
}

describe('near duplicates', () => {
  const crystal = rocksalt(['Na', 'Cl'], 5.64, { repeat: [2, 1, 1] });
  const molecule = createAtoms({
    symbols: ['C', 'H', 'H', 'O', 'H', 'N', 'H', 'H'],
    positions: [
      [0, 0, 0],
      [0.6, 0.9, 0.1],
      [-0.7, 0.7, -0.5],
      [0.2, -1.1, 0.8],
      [0.3, -0.8, 1.7],
      [-0.4, -0.6, -1.4],
      [-1.3, -0.9, -1.5],
      [0.2, -0.5, -2.2],
    ],
  });

  test('copies that are turned, mirrored, wrapped, renumbered and rounded are all found', () => {
    const seeds = fc.integer({ min: 0, max: 1e6 });
    const amount = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(seeds, amount, fc.boolean(), (seed, part, periodic) => {
        const start = rattle(periodic ? crystal : molecule, { stdev: 0.1, seed });
        // The tolerance is per atom, the displacement per coordinate.
        const stdev = (part * TOLERANCE) / Math.sqrt(3);
        const copy = rattle(disguise(start, seed), { stdev, seed: seed + 1 });
        expect(areNear(start, copy)).toBe(true);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('no pair falls between two cells of a grid', () => {
    // A grid of the tolerance anywhere tears copies apart that move by a hundredth of it.
    const copy = (shift: number) => ({
      ...molecule,
      positions: molecule.positions.map((x, k) => x + (k % 5 === 0 ? shift : 0)),
    });
    for (let k = 0; k < 200; k++) {
      const at = (k / 200) * TOLERANCE;
      expect(areNear(copy(at), copy(at + TOLERANCE / 100))).toBe(true);
    }
  });

  test('thermal copies, strains, other elements and perfect crystals are told apart', () => {
    const seeds = fc.integer({ min: 0, max: 1e6 });
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, periodic) => {
        const start = periodic ? crystal : molecule;
        const [a, b] = [seed, seed + 1].map((s) => rattle(start, { stdev: 0.02, seed: s }));
        expect(areNear(a, b)).toBe(false);
        expect(areNear(a, start)).toBe(false);
      }),
      { numRuns: 100, seed: 1 },
    );
    expect(areNear(crystal, strain(crystal, [1e-3, 1e-3, 1e-3, 0, 0, 0]))).toBe(false);
    expect(areNear(crystal, strain(crystal, [1e-3, 0, 0, 0, 0, 0]))).toBe(false);
    const swapped = crystal.numbers.slice();
    [swapped[0], swapped[15]] = [swapped[15], swapped[0]];
    expect(crystal.numbers[0]).not.toBe(swapped[0]);
    expect(areNear(crystal, { ...crystal, numbers: swapped })).toBe(false);
    expect(areNear(molecule, { ...molecule, charge: 1 })).toBe(false);
    // Molecules further apart than any cutoff.
    const pair = (d: number) =>
      createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, d, 0, 0] });
    expect(areNear(pair(12), pair(13))).toBe(false);
    expect(areNear(pair(12), pair(12.0002))).toBe(true);
  });

  test('of many copies all are named, in a number of pairs that grows with the copies', () => {
    const index = new SignatureIndex();
    const signature = geometrySignature(molecule, TOLERANCE);
    for (let k = 0; k < 500; k++) index.add(k, signature);
    const pairs = [...index.pairs()];
    expect(pairs).toHaveLength(499);
    expect(new Set(pairs.flat()).size).toBe(500);
  });

  test('large finite structures are seen by a neighbour list', () => {
    const large = createAtoms({
      numbers: Array<number>(216).fill(18),
      positions: Array.from({ length: 216 }, (_, k) => [
        3.7 * (k % 6),
        3.7 * (Math.floor(k / 6) % 6),
        3.7 * Math.floor(k / 36),
      ]),
    });
    const warm = rattle(large, { stdev: 0.1, seed: 1 });
    expect(areNear(warm, rattle(warm, { stdev: 2.5e-4, seed: 2 }))).toBe(true);
    expect(areNear(warm, rattle(warm, { stdev: 0.02, seed: 2 }))).toBe(false);
  });
});
