import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import fc from 'fast-check';
import { removeNetForce, removeNetTorque } from '../src/onnx/netForces.ts';
import { solveSymmetric } from '../src/onnx/symmetricMatrix.ts';
import { largestDifference, readFixture } from './fixtures.ts';

interface Case {
  readonly name: string;
  readonly positions: number[];
  readonly forces: number[];
  readonly corrected: number[];
}

// float64; positions 1000 A from the origin lose three digits.
const ROUNDING = 1e-11;

describe('forces without net force and torque are those of orb-models', () => {
  test.each(readFixture<Case>('onnx/net-forces').map((item) => [item.name, item] as const))(
    '%s',
    (_, { positions, forces, corrected }) => {
      const found = Float64Array.from(forces);
      removeNetForce(found);
      removeNetTorque(found, Float64Array.from(positions));
      expect(largestDifference(found, corrected)).toBeLessThan(ROUNDING);
    },
  );
});

test('no force and no torque is left, and doing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 40 }), fc.nat(), (atoms, seed) => {
      const rng = new Rng(seed, 'net');
      const positions = Float64Array.from({ length: 3 * atoms }, () => 3 * rng.normal());
      const forces = Float64Array.from({ length: 3 * atoms }, () => rng.normal());
      removeNetForce(forces);
      removeNetTorque(forces, positions);
      const net = new Float64Array(3);
      const torque = new Float64Array(3);
      for (let i = 0; i < 3 * atoms; i += 3) {
        const [x, y, z] = positions.subarray(i, i + 3);
        const [fx, fy, fz] = forces.subarray(i, i + 3);
        for (let k = 0; k < 3; k++) net[k] += forces[i + k];
        torque[0] += y * fz - z * fy;
        torque[1] += z * fx - x * fz;
        torque[2] += x * fy - y * fx;
      }
      expect(largestDifference(net, new Float64Array(3))).toBeLessThan(ROUNDING);
      expect(largestDifference(torque, new Float64Array(3))).toBeLessThan(ROUNDING);
      const again = forces.slice();
      removeNetTorque(again, positions);
      expect(largestDifference(again, forces)).toBeLessThan(ROUNDING);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('a line that is bent by rounding keeps moderate forces', () => {
  // Coordinates as files have them, with eight digits.
  const round = (x: number): number => Math.round(1e8 * x) / 1e8;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const rng = new Rng(seed, 'line');
      const [x, y, z] = [rng.normal(), rng.normal(), rng.normal()];
      const positions = Float64Array.from(
        [-1.1, 0, 1.2].flatMap((s) => [s * x, s * y, s * z]),
        round,
      );
      const forces = Float64Array.from({ length: 9 }, () => rng.normal());
      removeNetTorque(forces, positions);
      expect(Math.max(...forces.map(Math.abs))).toBeLessThan(20);
    }),
    { seed: 1, numRuns: 200 },
  );
});

describe('solveSymmetric', () => {
  test('solves what has one solution', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = new Rng(seed, 'matrix');
        const [a, b, c, d, e, f] = Array.from({ length: 6 }, () => rng.normal());
        const matrix = [a, b, c, b, d, e, c, e, f];
        const vector = [rng.normal(), rng.normal(), rng.normal()];
        const [x, y, z] = solveSymmetric(matrix, vector, 1e-12);
        const size = Math.max(1, Math.abs(x), Math.abs(y), Math.abs(z));
        for (let k = 0; k < 3; k++) {
          const row = matrix[3 * k] * x + matrix[3 * k + 1] * y + matrix[3 * k + 2] * z;
          expect(Math.abs(row - vector[k]) / size).toBeLessThan(ROUNDING);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('gives nothing along directions without an eigenvalue', () => {
    expect(Array.from(solveSymmetric(new Float64Array(9), [1, 2, 3], 1e-12))).toEqual([0, 0, 0]);
    expect(Array.from(solveSymmetric([2, 0, 0, 0, 4, 0, 0, 0, 0], [1, 2, 3], 1e-12))).toEqual([
      0.5, 0.5, 0,
    ]);
  });
});
