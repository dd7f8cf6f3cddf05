import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { lammpsData } from '../src/ipi/lammpsData.ts';

const SALT = createAtoms({
  symbols: ['Na', 'Cl', 'Na'],
  positions: [0.25, 0.5, 1, 2, 0, 0, 1, 1, 1],
  cell: [4, 0, 0, 0, 5, 0, 0, 0, 6],
  pbc: true,
  charge: 3,
});

test('box with tilt factors, types by element, masses, atoms in their order', () => {
  expect(lammpsData(SALT)).toBe(`# Na Cl

3 atoms
2 atom types

0 4 xlo xhi
0 5 ylo yhi
0 6 zlo zhi
0 0 0 xy xz yz

Masses

1 22.98976928 # Na
2 35.45 # Cl

Atoms # atomic

1 1 0.25 0.5 1
2 2 2 0 0
3 1 1 1 1
`);
});

test('types of a list, and charges', () => {
  const text = lammpsData(SALT, { elements: [1, 17, 11], style: 'charge' });
  expect(text).toContain('3 atom types');
  expect(text).toContain('Atoms # charge\n\n1 3 1 0.25 0.5 1\n2 2 1 2 0 0\n');
});

test('a left-handed cell in another frame is turned with its atoms', () => {
  const cell = [0, 4, 0, 4, 1, 0, 0, 0, 6];
  const atoms = createAtoms({ symbols: ['Si'], positions: [1, 2, 3], cell, pbc: true });
  const text = lammpsData(atoms);
  expect(text).toContain('0 4 xlo xhi\n0 4 ylo yhi\n0 6 zlo zhi\n1 0 0 xy xz yz\n');
  expect(text).toContain('1 1 2 1 3\n');
});

describe('what LAMMPS could not take is refused', () => {
  test('no full cell', () => {
    const slab = createAtoms({
      symbols: ['Si'],
      positions: [0, 0, 0],
      cell: [3, 0, 0, 0, 3, 0, 0, 0, 0],
      pbc: [true, true, false],
    });
    expect(() => lammpsData(slab)).toThrow(
      expect.objectContaining({
        code: 'teachers/lammps-data',
        hint: expect.stringContaining('vacuum'),
      }),
    );
  });

  test('an element without a type', () => {
    expect(() => lammpsData(SALT, { elements: [11] })).toThrow('Cl has no LAMMPS type (atom 1)');
  });
});
