import { describe, expect, test } from '@jest/globals';
import {
  type AtomsInput,
  copyAtoms,
  createAtoms,
  masses,
  repeatAtoms,
  symbols,
  validateAtoms,
  volume,
  withPositions,
} from '../src/index.ts';

const water: AtomsInput = {
  symbols: ['O', 'H', 'H'],
  positions: [
    [0, 0, 0.12],
    [0, 0.76, -0.48],
    [0, -0.76, -0.48],
  ],
};

function codeOf(input: AtomsInput): unknown {
  try {
    createAtoms(input);
  } catch (error) {
    return (error as { code: unknown }).code;
  }
  return 'no error';
}

describe('createAtoms', () => {
  test('takes symbols or numbers, flat or nested arrays, and copies', () => {
    const positions = Float64Array.of(0, 0, 0.12, 0, 0.76, -0.48, 0, -0.76, -0.48);
    const numbers = Int32Array.of(8, 1, 1);
    const info = { id: 7 };
    const flat = createAtoms({ numbers, positions, info });
    expect(flat).toEqual({ ...createAtoms(water), info: { id: 7 } });
    positions[0] = 5;
    numbers[0] = 7;
    info.id = 8;
    expect(flat.positions[0]).toBe(0);
    expect(flat.numbers[0]).toBe(8);
    expect(flat.info).toEqual({ id: 7 });
    expect(symbols(flat)).toEqual(['O', 'H', 'H']);
    expect(Array.from(masses(flat))).toEqual([15.999, 1.008, 1.008]);
  });

  test('is a molecule unless told otherwise, as in ASE', () => {
    expect(createAtoms(water)).toMatchObject({
      pbc: [false, false, false],
      cell: new Float64Array(9),
    });
    expect(createAtoms({ ...water, cell: [5, 6, 7] }).pbc).toEqual([false, false, false]);
  });

  test('takes cells as 9 numbers, 3 rows or 3 lengths', () => {
    const expected = Float64Array.of(5, 0, 0, 0, 6, 0, 0, 0, 7);
    const rows = [
      [5, 0, 0],
      [0, 6, 0],
      [0, 0, 7],
    ];
    for (const cell of [[5, 6, 7], rows, expected]) {
      const atoms = createAtoms({ ...water, cell, pbc: true });
      expect(atoms.cell).toEqual(expected);
      expect(atoms.pbc).toEqual([true, true, true]);
      expect(volume(atoms)).toBe(210);
    }
  });

  test('keeps charge and spin only where they are given', () => {
    expect(createAtoms({ ...water, charge: -1, spin: 1 })).toMatchObject({ charge: -1, spin: 1 });
    expect(Object.keys(createAtoms(water))).toEqual(['numbers', 'positions', 'cell', 'pbc']);
  });

  test.each<[string, AtomsInput]>([
    ['atoms/no-elements', { positions: [0, 0, 0] }],
    ['atoms/no-elements', { symbols: ['H'], numbers: [1], positions: [0, 0, 0] }],
    ['atoms/empty', { numbers: [], positions: [] }],
    ['atoms/unknown-element', { numbers: [0], positions: [0, 0, 0] }],
    ['atoms/unknown-element', { numbers: [1.5], positions: [0, 0, 0] }],
    ['atoms/unknown-element', { numbers: [119], positions: [0, 0, 0] }],
    ['atoms/unknown-element', { symbols: ['Zz'], positions: [0, 0, 0] }],
    ['atoms/length-mismatch', { numbers: [1, 1], positions: [0, 0, 0] }],
    ['atoms/length-mismatch', { numbers: [1], positions: [[0, 0]] }],
    ['atoms/non-finite-position', { numbers: [1], positions: [0, NaN, 0] }],
    ['atoms/non-finite-position', { numbers: [1], positions: [0, 0, -Infinity] }],
    ['atoms/invalid-cell', { ...water, cell: [1, 2] }],
    ['atoms/invalid-cell', { ...water, cell: [1, 2, Infinity] }],
    ['atoms/invalid-pbc', { ...water, cell: [1, 2, 3], pbc: [true, true] }],
    ['atoms/missing-cell-vector', { ...water, pbc: true }],
    ['atoms/missing-cell-vector', { ...water, cell: [4, 4, 0], pbc: true }],
    ['atoms/zero-volume', { ...water, cell: [1, 0, 0, 0, 1, 0, 1, 1, 0], pbc: true }],
    [
      'atoms/zero-volume',
      { ...water, cell: [1, 0, 0, 2, 0, 0, 0, 0, 1], pbc: [true, true, false] },
    ],
    ['atoms/invalid-charge', { ...water, charge: NaN }],
    ['atoms/invalid-spin', { ...water, spin: -1 }],
    ['atoms/invalid-spin', { ...water, spin: 0.5 }],
  ])('refuses with %s', (code, input) => {
    expect(codeOf(input)).toBe(code);
  });

  test('names the atom and the coordinate', () => {
    const positions = [0, 0, 0, 1, 1, 1, 2, NaN, 2];
    expect(() => createAtoms({ symbols: ['O', 'H', 'H'], positions })).toThrow(
      expect.objectContaining({
        name: 'InvalidAtomsError',
        message: 'the y coordinate of atom 2 (H) is NaN',
        where: 'atom 2, y',
        found: 'NaN for atom 2, y',
      }),
    );
  });

  test('accepts slabs and wires that give only the vectors they need', () => {
    const slab = createAtoms({ ...water, cell: [3, 4, 0], pbc: [true, true, false] });
    const wire = createAtoms({ ...water, cell: [0, 0, 5], pbc: [false, false, true] });
    expect(() => {
      validateAtoms(slab);
      validateAtoms(wire);
    }).not.toThrow();
    expect(() => volume(slab)).toThrow(expect.objectContaining({ code: 'atoms/zero-volume' }));
  });
});

describe('copies', () => {
  test('copyAtoms shares nothing', () => {
    const atoms = createAtoms({ ...water, cell: [5, 5, 5], info: { a: 1 } });
    const copy = copyAtoms(atoms);
    expect(copy).toEqual(atoms);
    for (const key of ['numbers', 'positions', 'cell', 'info'] as const) {
      expect(copy[key]).not.toBe(atoms[key]);
    }
  });

  test('withPositions takes the arrays over and checks their length', () => {
    const atoms = createAtoms(water);
    const positions = new Float64Array(9);
    const moved = withPositions(atoms, positions);
    expect(moved.positions).toBe(positions);
    expect(moved.numbers).toBe(atoms.numbers);
    expect(moved.cell).toBe(atoms.cell);
    expect(() => withPositions(atoms, new Float64Array(6))).toThrow(
      expect.objectContaining({ code: 'atoms/length-mismatch' }),
    );
  });
});

describe('repeatAtoms', () => {
  test('copies along the lattice vectors, with charge and spin', () => {
    const atoms = createAtoms({
      symbols: ['Na', 'Cl'],
      positions: [0, 0, 0, 1, 1, 1],
      cell: [2, 0, 0, 1, 3, 0, 0, 0, 4],
      pbc: true,
      charge: 1,
      spin: 1,
    });
    const big = repeatAtoms(atoms, [1, 2, 3]);
    expect(symbols(big)).toHaveLength(12);
    expect(volume(big)).toBeCloseTo(6 * volume(atoms), 12);
    expect(Array.from(big.positions.subarray(6, 12))).toEqual([0, 0, 4, 1, 1, 5]);
    expect(Array.from(big.positions.subarray(18, 24))).toEqual([1, 3, 0, 2, 4, 1]);
    expect(big).toMatchObject({ charge: 6, spin: 6 });
  });

  test('needs something to repeat along', () => {
    const atoms = createAtoms(water);
    expect(repeatAtoms(atoms, [1, 1, 1])).toEqual(atoms);
    for (const counts of [
      [2, 1, 1],
      [0, 1, 1],
      [1, 1.5, 1],
    ] as const) {
      expect(() => repeatAtoms(atoms, counts)).toThrow(
        expect.objectContaining({ code: 'atoms/invalid-repeat' }),
      );
    }
  });
});
