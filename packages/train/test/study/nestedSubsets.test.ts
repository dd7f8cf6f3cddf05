import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nestedSubsets } from '../../src/study/nestedSubsets.ts';

describe('nested subsets', () => {
  test('each is part of the next, and no group is torn apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 200 }), fc.nat(1000), (count, seed) => {
        const indices = Array.from({ length: count }, (_, k) => 2 * k + 1);
        const groupOf = (index: number): string => String(Math.floor(index / 4));
        const subsets = nestedSubsets({ indices, groupOf, seed, fractions: [1, 0.25, 0.5] });
        expect(subsets.map(({ fraction }) => fraction)).toEqual([0.25, 0.5, 1]);
        expect(subsets[2].indices).toEqual(indices);
        for (const [k, { fraction, indices: taken }] of subsets.entries()) {
          expect([...taken].sort((a, b) => a - b)).toEqual(taken);
          // Groups are pairs: nearer than one structure is not always possible.
          expect(Math.abs(taken.length - fraction * count)).toBeLessThanOrEqual(1);
          const groups = new Set(taken.map(groupOf));
          expect(indices.filter((index) => groups.has(groupOf(index)))).toEqual(taken);
          if (k > 0) {
            const before = subsets[k - 1].indices;
            expect(before.every((index) => taken.includes(index))).toBe(true);
          }
        }
      }),
      { seed: 1 },
    );
  });

  test('the smallest has whatever the whole has, where its groups suffice', () => {
    const featuresOf = (index: number): string[] => [index === 37 ? 'rare' : 'common'];
    for (let seed = 0; seed < 20; seed++) {
      const [small, whole] = nestedSubsets({
        indices: Array.from({ length: 100 }, (_, k) => k),
        groupOf: String,
        featuresOf,
        fractions: [0.02, 1],
        seed,
      });
      expect(small.indices).toHaveLength(2);
      expect(small.indices).toContain(37);
      expect(whole.indices).toHaveLength(100);
    }
  });

  test('the seed decides', () => {
    const options = {
      indices: Array.from({ length: 100 }, (_, k) => k),
      groupOf: String,
      fractions: [0.1],
    };
    const taken = (seed: number) => nestedSubsets({ ...options, seed })[0].indices;
    expect(taken(1)).toEqual(taken(1));
    expect(taken(1)).not.toEqual(taken(2));
  });

  test.each([
    [[0.5, 1], 1, '1 groups'],
    [[0, 1], 10, '0'],
    [[0.5, 1.5], 10, '1.5'],
    [[0.5, 0.5], 10, '10 groups'],
  ])('%j of a set with %i groups is refused', (fractions, groups, found) => {
    const indices = Array.from({ length: 20 }, (_, k) => k);
    const groupOf = (k: number): string => String(k % groups);
    expect(() => nestedSubsets({ indices, groupOf, fractions, seed: 0 })).toThrow(
      expect.objectContaining({
        code: 'train/subsets',
        found: expect.stringContaining(found) as unknown,
      }),
    );
  });
});
