import { describe, expect, test } from '@jest/globals';
import { readExtxyz } from '../src/index.ts';

/** Text, code, line and what the message has to say. */
const CASES: [string, string, number, string][] = [
  ['x\n\nH 0 0 0\n', 'extxyz/bad-count', 1, "'x'"],
  ['0\n\n', 'extxyz/bad-count', 1, "'0'"],
  ['1.5\n\nH 0 0 0\n', 'extxyz/bad-count', 1, "'1.5'"],
  ['1\n\nH 0 0 0\n\n1\n\nH 0 0 0\n', 'extxyz/bad-count', 4, 'a blank line'],
  ['1\n\nH 0 0 0\nVEC1 1 0 0\n', 'extxyz/bad-count', 4, 'VEC1'],
  ['2\n', 'extxyz/truncated', 2, 'the end of the file'],
  ['2\n\nH 0 0 0\n', 'extxyz/truncated', 4, 'after 1'],
  ['99999999999\n\nH 0 0 0\n', 'extxyz/truncated', 2, 'the end of the file'],
  ['1\n\nH 0 0\n', 'extxyz/wrong-column-count', 3, 'expected 4 columns, found 3'],
  ['1\n\nH 0 0 0 0 0\n', 'extxyz/wrong-column-count', 3, 'expected 4 columns, found 6'],
  ['2\n\nH 0 0 0\n\nH 1 1 1\n', 'extxyz/wrong-column-count', 4, 'found 0'],
  ['1\n\nH 0 zero 0\n', 'extxyz/bad-value', 3, "'zero'"],
  ['1\n\nH 0 1.2.3 0\n', 'extxyz/bad-value', 3, "'1.2.3'"],
  ['1\n\nH 0 + 0\n', 'extxyz/bad-value', 3, "'+'"],
  ['1\n\nH 0 . 0\n', 'extxyz/bad-value', 3, "'.'"],
  ['1\n\nH 0 1e 0\n', 'extxyz/bad-value', 3, "'1e'"],
  ['1\n\nH 0 0x10 0\n', 'extxyz/bad-value', 3, "'0x10'"],
  ['1\n\nH 0 nan 0\n', 'extxyz/non-finite-position', 3, 'NaN for atom 0, y'],
  ['2\n\nH 0 0 0\nXx 0 0 0\n', 'extxyz/unknown-element', 4, "'Xx' for atom 1"],
  ['1\nProperties=species:S:1:pos:R:3:a:I:1\nH 0 0 0 1.5\n', 'extxyz/bad-value', 3, 'an integer'],
  ['1\nProperties=species:S:1:pos:R:3:a:L:1\nH 0 0 0 yes\n', 'extxyz/bad-value', 3, 'T or F'],
  ['1\nProperties=species:S:1:pos:R\nH 0 0 0\n', 'extxyz/bad-properties', 2, 'triplets'],
  ['1\nProperties=species:X:1:pos:R:3\nH 0 0 0\n', 'extxyz/bad-properties', 2, "not 'X'"],
  ['1\nProperties=species:S:0:pos:R:3\nH 0 0 0\n', 'extxyz/bad-properties', 2, "not '0'"],
  ['1\nProperties=pos:R:3:pos:R:3\nH 0 0 0\n', 'extxyz/bad-properties', 2, 'pos only once'],
  ['1\nProperties=:S:1:pos:R:3\nH 0 0 0\n', 'extxyz/bad-properties', 2, 'a name'],
  ['1\nProperties=pos:R:3\n0 0 0\n', 'extxyz/missing-column', 2, 'species'],
  ['1\nProperties=species:S:1:pos:R:2\nH 0 0\n', 'extxyz/missing-column', 2, 'pos:R:3'],
  ['1\nLattice="1 2 3 4"\nH 0 0 0\n', 'extxyz/bad-lattice', 2, '[1, 2, 3, 4]'],
  ['1\nLattice=cubic pbc="F F F"\nH 0 0 0\n', 'extxyz/bad-lattice', 2, "'cubic'"],
  ['1\nLattice="1 0 0 2 0 0 0 0 1"\nH 0 0 0\n', 'extxyz/zero-volume', 2, 'linearly independent'],
  ['1\nLattice="1 0 0 0 1 0 0 0 0"\nH 0 0 0\n', 'extxyz/missing-cell-vector', 2, 'vector c'],
  ['1\npbc="T T T"\nH 0 0 0\n', 'extxyz/missing-cell-vector', 2, 'vector a'],
  ['1\npbc=T\nH 0 0 0\n', 'extxyz/bad-pbc', 2, "'true'"],
  ['1\npbc="1 2 0"\nH 0 0 0\n', 'extxyz/bad-pbc', 2, '[1, 2, 0]'],
  ['1\nenergy=low\nH 0 0 0\n', 'extxyz/bad-value', 2, "'low'"],
  ['1\nstress="1 2 3"\nH 0 0 0\n', 'extxyz/bad-stress', 2, '[1, 2, 3]'],
  ['1\na="1 2\nH 0 0 0\n', 'extxyz/bad-comment', 2, 'never closed'],
  ['1\n=5\nH 0 0 0\n', 'extxyz/bad-comment', 2, 'a key is missing'],
];

describe('readExtxyz refuses', () => {
  test.each(CASES)('%j', (text, code, line, said) => {
    expect(() => readExtxyz(text, { where: 'run.xyz' })).toThrow(
      expect.objectContaining({
        name: 'FileFormatError',
        code,
        where: `run.xyz:${line}`,
        message: expect.stringContaining(said),
      }),
    );
  });

  test.each(['', '\n \n', '\ufeff'])('the empty file %j', (text) => {
    expect(() => readExtxyz(text, { where: 'run.xyz' })).toThrow(
      expect.objectContaining({ code: 'extxyz/empty', where: 'run.xyz' }),
    );
  });

  test('the wrong line of a later frame', () => {
    const good = '2\n\nH 0 0 0\nH 1 0 0\n';
    expect(() => readExtxyz(`${good}${good}2\n\nH 0 0 0\nH 1 0 q\n`)).toThrow(
      expect.objectContaining({ where: 'extended XYZ:12', found: "'q' for atom 1" }),
    );
  });

  test('with a cause that tells more', () => {
    expect(() => readExtxyz('1\n\nQq 0 0 0\n')).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ code: 'atoms/unknown-element' }),
      }),
    );
  });
});
