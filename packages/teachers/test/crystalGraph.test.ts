import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, reverseEdges } from '@mlffd/core';
import fc from 'fast-check';
import { CrystalGraph } from '../src/chgnet/crystalGraph.ts';
import { bondGradients, forcesOf } from '../src/chgnet/graphGradients.ts';
import { pair, PERIODIC, rocksalt } from './fixtures.ts';

const CUTOFF = 4;
const SETTINGS = { bondCutoff: 2.5, cosineScale: 1 - 1e-6 };
// Central differences of float64 functions of order one, step 1e-5.
const FINITE_DIFFERENCE = 1e-6;

function build(atoms: Atoms, graph: CrystalGraph = new CrystalGraph(SETTINGS)): CrystalGraph {
  const list = neighborList(atoms, CUTOFF);
  graph.build(atoms, list, reverseEdges(list));
  return graph;
}

const periodic = fc
  .record({
    fractions: fc.array(fc.tuple(fc.double(), fc.double(), fc.double()), {
      minLength: 1,
      maxLength: 5,
    }),
    skew: fc.double({ min: -1, max: 1, noNaN: true }),
  })
  .map(({ fractions, skew }) => {
    const positions = fractions.flatMap((row, i) => row.map((x, k) => 2.1 * i * (k + 1) + wrap(x)));
    return createAtoms({
      numbers: fractions.map((_, i) => 1 + i),
      positions,
      cell: [4.2, 0, 0, skew, 4.5, 0, 0.3, -skew, 3.9],
      pbc: PERIODIC,
    });
  });

/** Any double to [-0.3, 0.3]. */
function wrap(x: number): number {
  return Number.isFinite(x) ? 0.3 * Math.sin(x % 1000) : 0;
}

/** Members of each row, without the padding. */
function rows(table: Int32Array, count: number, width: number): number[][] {
  return Array.from({ length: count }, (_, r) =>
    Array.from(table.subarray(r * width, (r + 1) * width)).filter((member) => member !== 0),
  );
}

describe('CrystalGraph', () => {
  test('tables list exactly the edges and angles of each atom', () => {
    fc.assert(
      fc.property(periodic, (atoms) => {
        const g = build(atoms);
        const list = neighborList(atoms, CUTOFF);
        const n = atoms.numbers.length;
        expect(2 * (g.bonds - 1)).toBe(list.count);
        const edges = rows(g.edgesOut, n, g.edgesPerAtom);
        edges.forEach((members, i) => {
          expect(members).toHaveLength(list.offsets[i + 1] - list.offsets[i]);
          for (const edge of members) expect(g.ends[edge]).toBe(i);
        });
        expect(new Set(edges.flat()).size).toBe(list.count);
        rows(g.edgesIn, n, g.edgesPerAtom).forEach((members, i) => {
          expect(members.map((edge) => (edge + g.bonds) % (2 * g.bonds)).sort()).toEqual(
            [...edges[i]].sort(),
          );
        });
        const expected = rows(g.bondsOut, n, g.bondsPerAtom)
          .map((members) => members.length)
          .reduce((sum, short) => sum + short * (short - 1), 0);
        const left = rows(g.anglesFirst, 2 * g.shortBonds, g.anglesPerBond);
        const right = rows(g.anglesSecond, 2 * g.shortBonds, g.anglesPerBond);
        expect(left.flat()).toHaveLength(expected);
        expect(new Set(left.flat()).size).toBe(expected);
        left.forEach((members, s) => {
          for (const a of members) expect(g.first[a]).toBe(s);
        });
        right.forEach((members, s) => {
          for (const a of members) expect(g.first[(a + g.angles) % (2 * g.angles)]).toBe(s);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('a graph that is used again forgets the structure before', () => {
    const reused = build(rocksalt(2, 4.4, 0.1));
    const small = rocksalt(1, 4.5, 0.05);
    build(small, reused);
    const fresh = build(small);
    for (const [key, size] of [
      ['ends', 2 * fresh.bonds],
      ['edgesOut', 8 * fresh.edgesPerAtom],
      ['edgesIn', 8 * fresh.edgesPerAtom],
      ['bondsOut', 8 * fresh.bondsPerAtom],
      ['first', 2 * fresh.angles],
      ['angleBonds', 2 * fresh.angles],
      ['anglesFirst', 2 * fresh.shortBonds * fresh.anglesPerBond],
      ['anglesSecond', 2 * fresh.shortBonds * fresh.anglesPerBond],
      ['lengths', fresh.bonds],
      ['theta', fresh.angles],
    ] as const) {
      expect(Array.from(reused[key].subarray(0, size))).toEqual(
        Array.from(fresh[key].subarray(0, size)),
      );
    }
  });

  test('a pair beyond the bond cutoff has an edge but no angle', () => {
    const g = build(pair(['Na', 'Cl'], 3));
    expect([g.bonds, g.shortBonds, g.angles]).toEqual([2, 1, 1]);
  });

  test('a lone atom has nothing but dummies', () => {
    const g = build(
      createAtoms({ symbols: ['Ar'], positions: [0, 0, 0], pbc: [false, false, false] }),
    );
    expect([g.bonds, g.shortBonds, g.angles]).toEqual([1, 1, 1]);
  });
});

describe('graph gradients', () => {
  /** Some energy of lengths and angles: sum of cos(r) and of theta^2. */
  function energy(atoms: Atoms): number {
    const g = build(atoms);
    let sum = 0;
    for (let b = 1; b < g.bonds; b++) sum += Math.cos(g.distances[b]);
    for (let a = 1; a < g.angles; a++) sum += Math.acos(SETTINGS.cosineScale * g.cosines[a]) ** 2;
    return sum;
  }

  test('forces are the negative gradient', () => {
    // Bonds near neither cutoff, so that a step changes no list.
    const atoms = createAtoms({
      numbers: [1, 2, 3, 4],
      positions: [0, 0, 0, 1.4, 0.2, 0, 0.3, 1.6, 0.4, 1.1, 1.3, 1.9],
      pbc: [false, false, false],
    });
    const g = build(atoms);
    const lengths = Float32Array.from(g.distances.subarray(0, g.bonds), (r) => -Math.sin(r));
    const angles = Float32Array.from(
      g.cosines.subarray(0, g.angles),
      (c) => 2 * Math.acos(SETTINGS.cosineScale * c),
    );
    const gradients = new Float64Array(3 * g.bonds);
    bondGradients(g, { lengths, angles, cosineScale: SETTINGS.cosineScale }, gradients);
    const forces = forcesOf(g, gradients);
    const step = 1e-5;
    for (let k = 0; k < forces.length; k++) {
      const at = (shift: number): number => {
        const positions = Float64Array.from(atoms.positions);
        positions[k] += shift;
        return energy({ ...atoms, positions });
      };
      const slope = (at(step) - at(-step)) / (2 * step);
      expect(Math.abs(forces[k] + slope)).toBeLessThan(FINITE_DIFFERENCE);
    }
  });
});
