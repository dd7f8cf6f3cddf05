import { describe, expect, test } from '@jest/globals';
import { COVALENT_RADII, createAtoms, InvalidArgumentError, repeatAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { diamond } from '../src/build/crystals.ts';
import { areApart } from '../src/perturbedSet.ts';
import { angleScan } from '../src/sampling/angleScan.ts';
import { BondGraph, reversedBond } from '@mlffd/md';
import { bondScan } from '../src/sampling/bondScan.ts';
import { dimerScan, elementPairs } from '../src/sampling/dimerScan.ts';
import { rotate } from '../src/sampling/scan.ts';
import { torsionScan } from '../src/sampling/torsionScan.ts';
import { checkRecord } from '../src/structure.ts';

/** Rounding of coordinates of a few Angstrom through one rotation. */
const EXACT = 1e-12;

const distance = ({ positions: r }: Atoms, i: number, j: number) =>
  Math.hypot(r[3 * j] - r[3 * i], r[3 * j + 1] - r[3 * i + 1], r[3 * j + 2] - r[3 * i + 2]);

/** Angle i-j-k, degrees. */
function angle(atoms: Atoms, i: number, j: number, k: number): number {
  const [a, b, c] = [distance(atoms, i, j), distance(atoms, j, k), distance(atoms, i, k)];
  return (180 / Math.PI) * Math.acos((a * a + b * b - c * c) / (2 * a * b));
}

/** Torsion i-j-k-l, degrees in 0 to 360 (IUPAC sign). */
function torsion({ positions: r }: Atoms, i: number, j: number, k: number, l: number): number {
  const bond = (a: number, b: number) => [0, 1, 2].map((c) => r[3 * b + c] - r[3 * a + c]);
  const cross = (u: number[], v: number[]) => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const dot = (u: number[], v: number[]) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  const [a, b, c] = [bond(i, j), bond(j, k), bond(k, l)];
  const [m, n] = [cross(a, b), cross(b, c)];
  const degrees = (180 / Math.PI) * Math.atan2(dot(cross(m, n), b) / Math.hypot(...b), dot(m, n));
  return (degrees + 360) % 360;
}

// C-C-O-H with hydrogens: ethanol, staggered.
const ethanol = createAtoms({
  symbols: ['C', 'C', 'O', 'H', 'H', 'H', 'H', 'H', 'H'],
  positions: [
    1.168, -0.399, 0, 0, 0.557, 0, -1.19, -0.216, 0, -1.946, 0.381, 0, 2.104, 0.162, 0, 1.129,
    -1.035, 0.886, 1.129, -1.035, -0.886, 0.038, 1.202, 0.888, 0.038, 1.202, -0.888,
  ],
});
const parent = { id: 'ethanol', atoms: ethanol, group: 'alcohols' };

describe('bonds', () => {
  test('a molecule, also where the cell cuts it', () => {
    const pairs = (atoms: Atoms) =>
      new BondGraph(atoms).bonds.map(({ from, to }) => `${from}-${to}`);
    const expected = ['0-1', '0-4', '0-5', '0-6', '1-2', '1-7', '1-8', '2-3'];
    expect(pairs(ethanol)).toEqual(expected);
    const torn = wrapped(ethanol, 9);
    expect(torn.positions).not.toEqual(ethanol.positions);
    expect(pairs(torn)).toEqual(expected);
    const graph = new BondGraph(torn);
    const side = graph.sideOf(graph.between([0, 1]));
    if (typeof side === 'string') throw new Error(side);
    expect([...side.atoms].sort()).toEqual([1, 2, 3, 7, 8]);
    // In one piece, and beside the other side.
    const [carbon] = [graph.between([0, 1])];
    expect(Math.hypot(...[0, 1, 2].map((c) => side.positions[c] - torn.positions[c]))).toBeCloseTo(
      carbon.length,
      10,
    );
    expect(() => graph.between([3, 4])).toThrow(InvalidArgumentError);
    expect(() => new BondGraph(ethanol, { factor: 0 })).toThrow(InvalidArgumentError);
  });

  test('rings and networks have no sides', () => {
    const square = createAtoms({
      symbols: ['C', 'C', 'C', 'C'],
      positions: [0, 0, 0, 1.5, 0, 0, 1.5, 1.5, 0, 0, 1.5, 0],
    });
    const ring = new BondGraph(square);
    expect(ring.bonds.map((bond) => ring.sideOf(bond))).toEqual(['ring', 'ring', 'ring', 'ring']);
    const crystal = diamond('C', 3.57, { cell: 'primitive' });
    const network = new BondGraph(crystal);
    expect(network.bonds).toHaveLength(4);
    expect(network.bonds.map((bond) => network.sideOf(bond))).toEqual(Array(4).fill('network'));
    const scan = bondScan({ id: 'diamond', atoms: crystal });
    expect(scan.structures).toEqual([]);
    expect(scan.skipped.map(({ reason }) => reason)).toEqual(Array(4).fill('network'));
    // A chain of one atom that is bonded to its own images.
    const wire = createAtoms({
      symbols: ['Cu'],
      positions: [0, 0, 0],
      cell: [0, 0, 0, 0, 0, 0, 0, 0, 2.5],
      pbc: [false, false, true],
    });
    const chain = new BondGraph(wire);
    expect(chain.bonds).toHaveLength(1);
    expect(chain.sideOf(chain.bonds[0])).toBe('network');
    expect(reversedBond(reversedBond(chain.bonds[0]))).toEqual(chain.bonds[0]);
    // A hydrogen on it can be stretched, the chain cannot.
    const decorated = createAtoms({
      cell: wire.cell,
      pbc: wire.pbc,
      numbers: [29, 1],
      positions: [0, 0, 0, 1.5, 0, 0],
    });
    const hydride = bondScan({ id: 'CuH', atoms: decorated }, { range: [1.1, 1.2], count: 2 });
    expect(hydride.skipped).toEqual([{ atoms: [0, 0], reason: 'network' }]);
    expect(hydride.structures.map(({ atoms }) => atoms.positions[0])).toEqual([0, 0]);
    expect(
      new BondGraph(decorated).sideOf(reversedBond(new BondGraph(decorated).between([0, 1]))),
    ).toBe('network');
  });
});

/** The molecule in a cubic cell, folded into it. */
function wrapped(atoms: Atoms, edge: number): Atoms {
  const positions = atoms.positions.map((x) => x - edge * Math.floor(x / edge));
  return createAtoms({ numbers: atoms.numbers, positions, cell: [edge, edge, edge], pbc: true });
}

describe('bond scans', () => {
  test('one length changes, both sides stay rigid', () => {
    const { structures, skipped, rejected } = bondScan(parent);
    expect(skipped).toEqual([]);
    expect(structures.length + rejected).toBe(8 * 12);
    expect(new Set(structures.map(({ meta }) => meta.id)).size).toBe(structures.length);
    for (const structure of structures) {
      checkRecord(structure);
      const { atoms, meta } = structure;
      expect(meta).toMatchObject({ group: 'alcohols', parent: 'ethanol', source: 'bond-scan' });
      const { atoms: pair, length, factor } = meta.details as Record<string, number & number[]>;
      expect(distance(atoms, pair[0], pair[1])).toBeCloseTo(length, 12);
      expect(length / distance(ethanol, pair[0], pair[1])).toBeCloseTo(factor, 12);
      for (const { from, to, length: old } of new BondGraph(ethanol).bonds) {
        if (from === pair[0] && to === pair[1]) continue;
        expect(Math.abs(distance(atoms, from, to) - old)).toBeLessThan(EXACT);
      }
      expect(areApart(atoms, 0.6)).toBe(true);
    }
    // C-C: the side of the oxygen has 5 atoms, that of the methyl group 4: it moves.
    const cc = structures.find(({ meta }) => meta.id.includes('bond-0-1-011'))!;
    expect(cc.atoms.positions.slice(3, 6)).toEqual(ethanol.positions.slice(3, 6));
    expect(cc.meta.details?.factor).toBe(2);
  });

  test('chosen bonds, across the border of a cell the same', () => {
    const options = { bonds: [[1, 2]] as const, range: [0.8, 1.6] as const, count: 5 };
    const { structures } = bondScan(parent, options);
    expect(structures.map(({ meta }) => Number(meta.details?.factor).toFixed(1))).toEqual([
      '0.8',
      '1.2',
      '1.4',
      '1.6',
    ]);
    const torn = bondScan({ ...parent, atoms: wrapped(ethanol, 9) }, options).structures;
    for (const [k, { atoms }] of torn.entries()) {
      const shift = atoms.positions.map((x, c) => (x - structures[k].atoms.positions[c]) / 9);
      for (const cells of shift) expect(Math.abs(cells - Math.round(cells))).toBeLessThan(EXACT);
    }
    for (const bad of [
      { range: [0, 1] as const },
      { range: [2, 1] as const },
      { count: 0 },
      { bonds: [[3, 4]] as const },
    ]) {
      expect(() => bondScan(parent, bad)).toThrow(InvalidArgumentError);
    }
    expect(bondScan(parent, { count: 1, range: [1.1, 2] }).structures).toHaveLength(8);
  });

  test('every molecule of a liquid, as in a vacuum', () => {
    const water = createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [2.9, 0, 0, 3.2, 0.9, 0, 3.2, -0.9, 0],
      cell: [3.3, 3.3, 3.3],
      pbc: true,
    });
    const liquid = wrapped(repeatAtoms(water, [2, 2, 2]), 6.6);
    const { structures, skipped } = bondScan(
      { id: 'w', atoms: liquid },
      { count: 3, range: [1.1, 1.3] },
    );
    expect(skipped).toEqual([]);
    expect(structures).toHaveLength(16 * 3);
    for (const { atoms } of structures) {
      const moved = atoms.positions.filter((x, k) => x !== liquid.positions[k]);
      expect(moved.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('angle scans', () => {
  test('the angle changes by what is said, bonds do not', () => {
    const { structures, rejected } = angleScan(parent);
    // 6 + 6 + 1 angles at C, C and O.
    expect(structures.length + rejected).toBe(13 * 6);
    for (const { atoms, meta } of structures) {
      const details = meta.details as Record<string, number & number[]>;
      const [i, j, k] = details.atoms as number[];
      expect(angle(ethanol, i, j, k)).toBeCloseTo(details.angle, 8);
      expect(angle(atoms, i, j, k)).toBeCloseTo(details.angle + details.change, 8);
      for (const { from, to, length } of new BondGraph(ethanol).bonds) {
        expect(Math.abs(distance(atoms, from, to) - length)).toBeLessThan(EXACT);
      }
    }
  });

  test('straight angles bend, rings are skipped', () => {
    const dioxide = createAtoms({
      symbols: ['O', 'C', 'O'],
      positions: [0, 0, -1.17, 0, 0, 0, 0, 0, 1.17],
    });
    const { structures } = angleScan({ id: 'CO2', atoms: dioxide }, { range: [10, 30], count: 3 });
    expect(structures.map(({ atoms }) => Math.round(angle(atoms, 0, 1, 2)))).toEqual([
      170, 160, 150,
    ]);
    const triangle = createAtoms({
      symbols: ['C', 'C', 'C'],
      positions: [0, 0, 0, 1.5, 0, 0, 0.75, 1.3, 0],
    });
    const ring = angleScan({ id: 'ring', atoms: triangle });
    expect(ring.structures).toEqual([]);
    expect(ring.skipped).toHaveLength(3);
    const one = angleScan(parent, { angles: [[1, 2, 3]], range: [0, 10], count: 2 });
    expect(one.structures.map(({ meta }) => meta.id)).toEqual(['ethanol/angle-1-2-3-001']);
    expect(() => angleScan(parent, { angles: [[0, 2, 3]] })).toThrow(InvalidArgumentError);
  });
});

describe('torsion scans', () => {
  test('turns the smaller side by the angle and nothing else', () => {
    const { structures, skipped, rejected } = torsionScan(parent);
    expect(skipped).toEqual([]);
    expect(rejected).toBe(0);
    // C-C and C-O.
    expect(structures).toHaveLength(2 * 11);
    for (const { atoms, meta } of structures) {
      const details = meta.details as Record<string, number & number[]>;
      const pair = details.atoms as number[];
      const quartet: [number, number, number, number] = pair[0] === 0 ? [4, 0, 1, 2] : [0, 1, 2, 3];
      const change = torsion(atoms, ...quartet) - torsion(ethanol, ...quartet);
      const turn = Math.abs((change + 720) % 360);
      expect(
        Math.min(Math.abs(turn - details.rotation), Math.abs(360 - turn - details.rotation)),
      ).toBeLessThan(1e-8);
      for (const { from, to, length } of new BondGraph(ethanol).bonds) {
        expect(Math.abs(distance(atoms, from, to) - length)).toBeLessThan(EXACT);
      }
    }
  });

  test('bonds with a straight end turn into themselves', () => {
    // Acetonitrile: C-C#N is straight.
    const nitrile = createAtoms({
      symbols: ['C', 'C', 'N', 'H', 'H', 'H'],
      positions: [
        0, 0, 0, 0, 0, 1.46, 0, 0, 2.62, 1.03, 0, -0.37, -0.515, 0.892, -0.37, -0.515, -0.892,
        -0.37,
      ],
    });
    const { structures, skipped } = torsionScan({ id: 'MeCN', atoms: nitrile });
    expect(structures).toEqual([]);
    expect(skipped).toEqual([{ atoms: [0, 1], reason: 'straight' }]);
    const square = createAtoms({
      symbols: ['C', 'C', 'C', 'C'],
      positions: [0, 0, 0, 1.5, 0, 0, 1.5, 1.5, 0, 0, 1.5, 0],
    });
    const ring = torsionScan({ id: 'square', atoms: square });
    expect(ring.skipped.map(({ reason }) => reason)).toEqual(['ring', 'ring', 'ring', 'ring']);
    const full = torsionScan(parent, { bonds: [[1, 2]], range: [0, 360], count: 3 });
    expect(full.structures.map(({ meta }) => meta.details?.rotation)).toEqual([180]);
  });

  test('a rotation keeps lengths and undoes itself', () => {
    const x = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(x, x, x), x, (v, turn) => {
        const vector = Float64Array.from(v);
        const axis = [0.6, 0, 0.8];
        rotate(vector, axis, turn);
        expect(Math.hypot(...vector)).toBeCloseTo(Math.hypot(...v), 10);
        rotate(vector, axis, -turn);
        for (let c = 0; c < 3; c++) expect(vector[c]).toBeCloseTo(v[c], 10);
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe('dimer scans', () => {
  test('from close contact to the cutoff, in a geometric series', () => {
    const pairs = elementPairs(['H', 'O', 'H']);
    expect(pairs).toEqual([
      ['H', 'H'],
      ['H', 'O'],
      ['O', 'O'],
    ]);
    const scan = [...dimerScan({ pairs, from: 0.6, to: 5, count: 11 })];
    expect(scan).toHaveLength(33);
    for (const [p, [a, b]] of pairs.entries()) {
      const distances = scan.slice(11 * p, 11 * p + 11).map((structure) => {
        checkRecord(structure);
        expect(structure.meta).toMatchObject({ group: `dimer-${a}-${b}`, source: 'dimer-scan' });
        expect(structure.atoms.pbc).toEqual([false, false, false]);
        const d = distance(structure.atoms, 0, 1);
        expect(d).toBe(structure.meta.details?.distance);
        return d;
      });
      const [i, j] = scan[11 * p].atoms.numbers;
      expect(distances[0]).toBeCloseTo(0.6 * (COVALENT_RADII[i] + COVALENT_RADII[j]), 12);
      expect(distances[10]).toBe(5);
      for (let k = 1; k < 10; k++) {
        expect(distances[k + 1] / distances[k]).toBeCloseTo(distances[k] / distances[k - 1], 10);
      }
    }
    expect(new Set(scan.map(({ meta }) => meta.id)).size).toBe(33);
  });

  test('wrong options', () => {
    for (const bad of [{ from: 0 }, { to: 0 }, { to: 0.1 }, { count: 1 }, { to: NaN }]) {
      const options = { pairs: [['H', 'O'] as const], to: 5, ...bad };
      expect(() => [...dimerScan(options)]).toThrow(InvalidArgumentError);
    }
    expect(() => [...dimerScan({ pairs: [['Qq', 'O']], to: 5 })]).toThrow();
  });
});
