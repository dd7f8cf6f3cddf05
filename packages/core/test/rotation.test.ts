import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Rng } from '../src/rng.ts';
import { randomRotation, rotationOfQuaternion } from '../src/rotation.ts';

// Products of numbers of at most 1 in float64.
const ROUNDING = 1e-14;

const product = (a: Float64Array, b: Float64Array): number[] =>
  Array.from({ length: 9 }, (_, k) =>
    [0, 1, 2].reduce((sum, m) => sum + a[3 * Math.floor(k / 3) + m] * b[3 * m + (k % 3)], 0),
  );

const transposed = (m: Float64Array): Float64Array =>
  m.map((_, k) => m[3 * (k % 3) + Math.floor(k / 3)]);

test('random rotations are proper, and their own by seed', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const r = randomRotation(new Rng(seed));
      for (const [k, value] of product(r, transposed(r)).entries()) {
        expect(Math.abs(value - (k % 4 === 0 ? 1 : 0))).toBeLessThan(ROUNDING);
      }
      const [a, b, c, d, e, f, g, h, i] = r;
      const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
      expect(Math.abs(determinant - 1)).toBeLessThan(ROUNDING);
      expect(randomRotation(new Rng(seed))).toEqual(r);
    }),
    { seed: 1 },
  );
});

test('a quaternion turns about its axis, whatever its length', () => {
  // 90 degrees about z: x goes to y.
  for (const length of [1, 5]) {
    const half = length * Math.SQRT1_2;
    const [a, b, , d, e] = rotationOfQuaternion([half, 0, 0, half]);
    for (const [found, expected] of [
      [a, 0],
      [b, -1],
      [d, 1],
      [e, 0],
    ]) {
      expect(Math.abs(found - expected)).toBeLessThan(ROUNDING);
    }
  }
});
