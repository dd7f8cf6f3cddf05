import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Atoms, createAtoms, neighborList, repeatAtoms, Rng } from '@mlffd/core';
import { type Candidate, FusedListMemory, type Method } from './fusedListMemory.ts';
import { type Searched, searched } from './fusedListStructures.ts';

/** By how much relative to the largest number involved a distance may be off by rounding. */
const ROUNDING = 1e-12;

const memory = new FusedListMemory();

/** Length of r_j - r_i + s, Angstrom, with the arithmetic of `neighborList`. */
function distance({ i, j, s }: Candidate, { positions }: Atoms): number {
  const [x, y, z] = [0, 1, 2].map((k) => positions[3 * j + k] - positions[3 * i + k] + s[k]);
  return Math.sqrt(x * x + y * y + z * z);
}

/** The pairs of `neighborList`, one of each two directions. */
function expectedPairs(atoms: Atoms, reach: number): string[] {
  const { count, centers, neighbors, shifts } = neighborList(atoms, reach);
  const pairs: string[] = [];
  for (let e = 0; e < count; e++) {
    const [i, j] = [centers[e], neighbors[e]];
    const n = shifts.slice(3 * e, 3 * e + 3);
    const first = n.find((x) => x !== 0) ?? 0;
    if (i < j || (i === j && first > 0)) pairs.push(name({ i, j, n: [...n] }));
  }
  return pairs.sort();
}

/** An atom's own images count as one with either sign: the one whose first number is positive. */
function name({ i, j, n }: Pick<Candidate, 'i' | 'j' | 'n'>): string {
  const sign = i === j && (n.find((x) => x !== 0) ?? 0) < 0 ? -1 : 1;
  return `${i} ${j} ${n.map((x) => sign * x).join(' ')}`;
}

/** Largest number that enters a distance, Angstrom. */
function magnitude({ positions, cell }: Atoms, candidates: readonly Candidate[]): number {
  let largest = 1;
  for (const x of positions) largest = Math.max(largest, Math.abs(x));
  for (const { n } of candidates) {
    const terms = n.flatMap((x, k) => [0, 1, 2].map((a) => Math.abs(x * cell[3 * k + a])));
    largest = Math.max(largest, ...terms);
  }
  return largest;
}

function expectAllPairs({ atoms, reach }: Searched, method: Method): void {
  const { count, candidates, isIntact } = memory.findAll(atoms, reach, method);
  expect(isIntact).toBe(true);
  expect(candidates).toHaveLength(count);
  const within = candidates.filter((pair) => distance(pair, atoms) < reach);
  expect(within.map(name).sort()).toEqual(expectedPairs(atoms, reach));
  const limit = reach + ROUNDING * magnitude(atoms, candidates);
  expect(candidates.every((pair) => distance(pair, atoms) <= limit)).toBe(true);
  const isSorted = candidates.every((pair, k) => {
    const before = k > 0 ? candidates[k - 1] : pair;
    return pair.i > before.i || (pair.i === before.i && pair.j >= before.j);
  });
  expect(isSorted).toBe(true);
}

describe('candidates are the pairs of neighborList, each once', () => {
  test.each(['dense', 'binned', 'automatic'] as const)(
    'for any cell, periodicity, size and place, %s',
    (method) => {
      fc.assert(
        fc.property(searched(300), (structure) => {
          expectAllPairs(structure, method);
        }),
        { numRuns: 70, seed: 1 },
      );
    },
  );

  test('where pairs lie exactly at the radius, near and far', () => {
    const rng = new Rng(2, 'fcc');
    const cell = repeatAtoms(fcc(), [2, 2, 2]);
    for (const [origin, cells] of [
      [0, 0],
      [0, 50],
      [1e6, 0],
      [1e6, 50],
    ]) {
      const offsets = cell.positions.map(() => Math.round(cells * (2 * rng.uniform() - 1)));
      const positions = cell.positions.map((x, k) => x + origin + 7.2 * offsets[k]);
      for (const method of ['dense', 'binned'] as const) {
        expectAllPairs({ atoms: { ...cell, positions }, reach: 3.6 }, method);
        expectAllPairs({ atoms: { ...cell, positions }, reach: 3.6 * (1 + 2 ** -50) }, method);
      }
    }
  });

  test('for coincident atoms and for atoms in a line', () => {
    const numbers = new Int32Array(130).fill(6);
    const line = Array.from({ length: 390 }, (_, k) => (k % 3 === 0 ? k / 3 : 0));
    for (const method of ['dense', 'binned'] as const) {
      const same = createAtoms({ numbers, positions: new Float64Array(390).fill(2) });
      expect(memory.findAll(same, 1, method).count).toBe(65 * 129);
      const chain = createAtoms({ numbers, positions: line });
      expect(memory.findAll(chain, 1.5, method).count).toBe(129);
    }
  });

  test('in a gas of 20,000 atoms a millimetre wide', () => {
    const rng = new Rng(3);
    const positions = new Float64Array(60_000).map(() => 1e7 * rng.uniform());
    positions.set([1, 1, 1, 2, 1, 1]);
    const atoms = createAtoms({ numbers: new Int32Array(20_000).fill(2), positions });
    const { candidates } = memory.findAll(atoms, 5);
    expect(candidates).toEqual([{ i: 0, j: 1, n: [0, 0, 0], s: [0, 0, 0] }]);
  });
});

describe('findCandidates', () => {
  test('with too little room finds the same number and writes nothing behind it', () => {
    fc.assert(
      fc.property(
        searched(200),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('dense', 'binned'),
        ({ atoms, reach }, share, method) => {
          const { count } = memory.findAll(atoms, reach, method);
          const small = memory.find(atoms, reach, Math.floor(share * count), method);
          expect(small.count).toBe(count);
          expect(small.isIntact).toBe(true);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test('gives the same records each time, and with more room', () => {
    const [{ atoms, reach }] = fc.sample(searched(300), { numRuns: 1, seed: 4 });
    const { candidates, count } = memory.findAll(atoms, reach, 'binned');
    expect(memory.find(atoms, reach, 2 * count + 7, 'binned').candidates).toEqual(candidates);
  });

  test('refuses numbers that are not finite, no volume, and atoms beyond all cells', () => {
    const { numbers, positions } = boxOf(50);
    const usable = { numbers, positions, cell: [9, 9, 9], pbc: true };
    for (const method of ['dense', 'binned'] as const) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        for (const pbc of [true, false]) {
          const broken = createAtoms({ ...usable, pbc });
          broken.positions[77] = bad;
          expect(memory.find(broken, 3, 9, method).count).toBe(-1);
          const badCell = createAtoms({ ...usable, pbc });
          badCell.cell[4] = bad;
          expect(memory.find(badCell, 3, 9, method).count).toBe(-1);
        }
      }
      const flat = createAtoms(usable);
      flat.cell.set([9, 0, 0, 9, 0, 0, 0, 0, 9]);
      expect(memory.find(flat, 3, 9, method).count).toBe(-1);
      const lost = createAtoms({ ...usable, positions: positions.map((x) => 1e11 * x) });
      expect(memory.find(lost, 3, 9, method).count).toBe(-1);
      for (const reach of [0, -1, NaN, Infinity]) {
        expect(memory.find(createAtoms(usable), reach, 9, method).count).toBe(-1);
      }
    }
  });

  test('refuses a radius in the wrong unit', () => {
    const atoms = createAtoms({ symbols: ['H'], positions: [0, 0, 0], cell: [1, 1, 1], pbc: true });
    for (const method of ['dense', 'binned'] as const) {
      expect(memory.find(atoms, 1e10, 9, method).count).toBe(-2);
    }
  });
});

describe('placeShifts', () => {
  test('puts images where the new cell has them', () => {
    fc.assert(
      fc.property(searched(40), fc.nat(), ({ atoms, reach }, seed) => {
        const { candidates } = memory.findAll(atoms, reach);
        const rng = new Rng(seed);
        const cell = atoms.cell.map((x) => x + rng.normal());
        const s = ({ n: [a, b, c] }: Candidate): number[] =>
          [0, 1, 2].map((k) => a * cell[k] + b * cell[3 + k] + c * cell[6 + k]);
        expect(memory.place(candidates, cell)).toEqual(
          candidates.map((pair) => ({ ...pair, s: s(pair) })),
        );
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

/** Four atoms, 3.6 Angstrom. */
function fcc(): Atoms {
  const symbols = ['Cu', 'Cu', 'Cu', 'Cu'];
  const positions = [0, 0, 0, 0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0];
  return createAtoms({ symbols, positions, cell: [3.6, 3.6, 3.6], pbc: true });
}

function boxOf(count: number): { numbers: Int32Array; positions: Float64Array } {
  const rng = new Rng(6, 'box');
  const positions = new Float64Array(3 * count).map(() => 9 * rng.uniform());
  return { numbers: new Int32Array(count).fill(8), positions };
}
