import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addDims,
  canonicalDim,
  divideDims,
  multiplyDims,
  ShapeError,
  subtractDims,
} from '../src/index.ts';
import { evaluateDim, symbolsOf } from '../src/dim.ts';
import type { Dim } from '../src/dim.ts';

const SIZES = new Map([
  ['N', 7],
  ['E', 31],
  ['K', 3],
]);
const at = (dim: Dim): number => evaluateDim(dim, SIZES);

const dims = fc.letrec<{ dim: Dim; leaf: Dim }>((tie) => ({
  leaf: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('N', 'E', 'K')),
  dim: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => addDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => multiplyDims(a, b)),
  ),
})).dim;

describe('symbolic sizes', () => {
  test('one spelling for equal sizes', () => {
    expect(canonicalDim('N*3')).toBe('3*N');
    expect(canonicalDim('1 + E*2*K + E')).toBe('E+2*E*K+1');
    expect(canonicalDim('N-N')).toBe(0);
    expect(canonicalDim('-N+2')).toBe('-N+2');
    expect(canonicalDim('2*3')).toBe(6);
  });

  test('arithmetic agrees with numbers', () => {
    fc.assert(
      fc.property(dims, dims, (a, b) => {
        expect(at(addDims(a, b))).toBe(at(a) + at(b));
        expect(at(subtractDims(a, b))).toBe(at(a) - at(b));
        expect(at(multiplyDims(a, b))).toBe(at(a) * at(b));
        expect(canonicalDim(addDims(a, b))).toBe(addDims(b, a));
        expect(subtractDims(addDims(a, b), b)).toBe(canonicalDim(a));
      }),
    );
  });

  test('division undoes multiplication by one product', () => {
    expect(divideDims(multiplyDims('3*N', 'E+2'), '3*N')).toBe('E+2');
    expect(divideDims('N', 'E')).toBeUndefined();
    expect(divideDims('3*N', 2)).toBeUndefined();
    expect(divideDims('N', 'E+1')).toBeUndefined();
  });

  test('names and errors', () => {
    expect(symbolsOf('E*N+2*E').sort()).toEqual(['E', 'N']);
    expect(() => canonicalDim('3 apples')).toThrow(ShapeError);
    expect(() => canonicalDim(1.5)).toThrow('not a size');
    expect(() => at('Q')).toThrow('size Q has no value');
  });
});
