import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, InvalidAtomsError } from '@mlffd/core';
import fc from 'fast-check';
import { readPoscar } from '../src/formats/poscar.ts';
import { writePoscar } from '../src/formats/writePoscar.ts';

describe('writePoscar', () => {
  const coordinate = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const atom = fc.tuple(fc.integer({ min: 1, max: 118 }), coordinate, coordinate, coordinate);
  const offDiagonal = fc.double({ min: -0.4, max: 0.4, noNaN: true });

  test('what is written is read back bit for bit', () => {
    fc.assert(
      fc.property(
        fc.array(atom, { minLength: 1, maxLength: 6 }),
        fc.array(offDiagonal, { minLength: 6, maxLength: 6 }),
        (rows, [a, b, c, d, e, f]) => {
          const atoms = createAtoms({
            numbers: rows.map(([z]) => z),
            positions: rows.map(([, x, y, z]) => [x, y, z]),
            cell: [3, a, b, c, 4, d, e, f, 5],
            pbc: true,
            info: { comment: 'a title' },
          });
          expect(readPoscar(writePoscar(atoms), 'f').atoms).toEqual(atoms);
        },
      ),
    );
  });

  test('titles', () => {
    const atoms = createAtoms({
      symbols: ['Na', 'Cl', 'Na'],
      positions: [0, 0, 0, 1, 1, 1, 2, 2, 2],
      cell: [5, 5, 5],
      pbc: true,
    });
    expect(writePoscar(atoms).split('\n')[0]).toBe('Na Cl Na');
    expect(writePoscar(atoms, { title: 'mine' }).split('\n')[0]).toBe('mine');
    expect(() => writePoscar(atoms, { title: 'a\nb' })).toThrow(InvalidArgumentError);
    expect(() => writePoscar({ ...atoms, pbc: [true, true, false] })).toThrow(InvalidAtomsError);
  });
});
