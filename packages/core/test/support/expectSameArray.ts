import { expect } from '@jest/globals';

/** Exact equality, element by element: `toEqual` takes minutes for long typed arrays. */
export function expectSameArray(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  let first = -1;
  for (let k = 0; k < expected.length && first < 0; k++) {
    if (actual[k] !== expected[k]) first = k;
  }
  expect({ first, value: actual[first] }).toEqual({ first: -1, value: undefined });
}
