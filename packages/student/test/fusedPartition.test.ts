import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shareOut } from '../src/fused/partition.ts';

const pairsOfFirst = (atoms: number, from: number, to: number): number => {
  let count = 0;
  for (let a = from; a < to; a++) count += atoms - 1 - a;
  return count;
};

test('parts cover all atoms and pairs once, in order', () => {
  fc.assert(
    fc.property(
      fc.nat(2000),
      fc.option(fc.nat(100_000), { nil: undefined }),
      fc.integer({ min: 1, max: 16 }),
      (atoms, candidates, parts) => {
        const shares = shareOut({ atoms, candidates, parts });
        expect(shares).toHaveLength(parts);
        expect(shares[0]).toMatchObject({ first: 0, from: 0 });
        expect(shares.at(-1)).toMatchObject({ last: atoms, to: candidates ?? atoms });
        for (let k = 0; k < parts; k++) {
          expect(shares[k].first).toBeLessThanOrEqual(shares[k].last);
          expect(shares[k].from).toBeLessThanOrEqual(shares[k].to);
          if (k > 0) expect(shares[k].first).toBe(shares[k - 1].last);
          if (k > 0) expect(shares[k].from).toBe(shares[k - 1].to);
        }
      },
    ),
    { seed: 1 },
  );
});

test('parts are equal: atoms to four, candidates to one, first atoms to one of them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 64, max: 2000 }),
      fc.integer({ min: 2, max: 8 }),
      (atoms, parts) => {
        for (const { first, last, from, to } of shareOut({ atoms, candidates: undefined, parts })) {
          expect(first % 4).toBe(0);
          expect(Math.abs(last - first - atoms / parts)).toBeLessThanOrEqual(4);
          const pairs = pairsOfFirst(atoms, from, to);
          expect(Math.abs(pairs - (atoms * (atoms - 1)) / 2 / parts)).toBeLessThanOrEqual(atoms);
        }
        for (const { from, to } of shareOut({ atoms, candidates: 9999, parts })) {
          expect(Math.abs(to - from - 9999 / parts)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { seed: 1 },
  );
});
