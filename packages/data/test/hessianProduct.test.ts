import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, neighborList, PropertyNotAvailableError, Rng } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { randomDirection } from '../src/hessian/directions.ts';
import { hessianProduct } from '../src/hessian/hessianProduct.ts';
import { PairPotential } from './support/pairPotential.ts';
import { cluster } from './support/hessianSets.ts';

/** Truncation at h of 1e-4 Angstrom in float64, relative. */
const TRUNCATION = 1e-6;
/** And at the default one, as the documentation tells. */
const DEFAULT_TRUNCATION = 2e-3;

/** v of normals or signs for the atoms. */
const directionOf = (atoms: Atoms, kind: 'signs' | 'normal'): Float64Array =>
  randomDirection(atoms.positions.length, { seed: 1, id: 'a', direction: 0, kind });

/** H v of Lennard-Jones pairs in closed form: blocks U''(r) u u^T + U'(r) / r (1 - u u^T). */
function exactProduct(atoms: Atoms, v: Float64Array): Float64Array {
  const [epsilon, sigma, cutoff] = [0.05, 2.6, 6];
  const list = neighborList(atoms, cutoff);
  const slopeAt = (r: number): number =>
    (4 * epsilon * (6 * (sigma / r) ** 6 - 12 * (sigma / r) ** 12)) / r;
  const out = new Float64Array(v.length);
  for (let e = 0; e < list.count; e++) {
    const [i, j, r] = [list.centers[e], list.neighbors[e], list.distances[e]];
    const u = Array.from(list.vectors.subarray(3 * e, 3 * e + 3), (x) => x / r);
    const s6 = (sigma / r) ** 6;
    const curvature = (4 * epsilon * (156 * s6 * s6 - 42 * s6)) / r ** 2;
    const across = (slopeAt(r) - slopeAt(cutoff)) / r;
    const change = u.map((_, c) => v[3 * j + c] - v[3 * i + c]);
    const along = u.reduce((sum, x, c) => sum + x * change[c], 0);
    for (let c = 0; c < 3; c++) {
      out[3 * i + c] -= curvature * along * u[c] + across * (change[c] - along * u[c]);
    }
  }
  return out;
}

const largest = (values: Float64Array): number =>
  values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe('the product of a Hessian with a direction', () => {
  test.each(['signs', 'normal'] as const)('is that of the closed form (%s)', (kind) => {
    for (let seed = 0; seed < 3; seed++) {
      const atoms = cluster(seed);
      const direction = directionOf(atoms, kind);
      const exact = exactProduct(atoms, direction);
      const errorAt = (displacement?: number): number => {
        const how = displacement === undefined ? {} : { displacement };
        const found = hessianProduct(new PairPotential(), atoms, { direction, ...how });
        return largest((found as Float64Array).map((x, k) => x - exact[k])) / largest(exact);
      };
      expect(errorAt(1e-4)).toBeLessThan(TRUNCATION);
      expect(errorAt()).toBeLessThan(DEFAULT_TRUNCATION);
    }
  });

  test('is +H v: springs pull back, and have a positive product', () => {
    const springs: Calculator = {
      name: 'springs',
      properties: ['forces'],
      calculate: ({ positions }) => ({ forces: positions.map((x, k) => -(k + 1) * x) }),
      dispose: () => undefined,
    };
    const atoms = cluster(1);
    const direction = atoms.positions.map(() => 1);
    const found = hessianProduct(springs, atoms, { direction }) as Float64Array;
    found.forEach((x, k) => {
      expect(x).toBeCloseTo(k + 1, 8);
    });
  });

  test('is a promise where the calculator gives one', async () => {
    const inner = new PairPotential();
    const slow: Calculator = {
      name: 'slow',
      properties: ['forces'],
      calculate: (atoms, properties) => Promise.resolve(inner.calculate(atoms, properties)),
      dispose: () => undefined,
    };
    const atoms = cluster(2);
    const direction = directionOf(atoms, 'signs');
    const now = hessianProduct(inner, atoms, { direction });
    expect(await hessianProduct(slow, atoms, { direction })).toEqual(now);
  });

  test('needs forces, all of them, and a displacement', () => {
    const atoms = cluster(0);
    const direction = directionOf(atoms, 'signs');
    const short: Calculator = {
      name: 'short',
      properties: ['forces'],
      calculate: () => ({ forces: new Float64Array(2) }),
      dispose: () => undefined,
    };
    expect(() => hessianProduct(short, atoms, { direction })).toThrow(/no usable forces/);
    const none = { ...short, properties: ['energy'] } as const;
    expect(() => hessianProduct(none, atoms, { direction })).toThrow(PropertyNotAvailableError);
    for (const displacement of [0, -1, NaN]) {
      expect(() => hessianProduct(new PairPotential(), atoms, { direction, displacement })).toThrow(
        InvalidArgumentError,
      );
    }
  });
});

test('directions depend on their key alone, and are exact in float32', () => {
  const key = { seed: 1, id: 'a', direction: 0, kind: 'normal' } as const;
  const first = randomDirection(30, key);
  new Rng(1, 'something else').uniform();
  expect(randomDirection(30, key)).toEqual(first);
  expect(Float64Array.from(Float32Array.from(first))).toEqual(first);
  for (const change of [{ seed: 2 }, { id: 'b' }, { direction: 1 }]) {
    expect(randomDirection(30, { ...key, ...change })).not.toEqual(first);
  }
  const signs = randomDirection(300, { ...key, kind: 'signs' });
  expect(new Set(signs)).toEqual(new Set([1, -1]));
});
