import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  epochBatches,
  gradientPieces,
  hasPairSlots,
  microBatchEdges,
  microBatches,
} from '../src/batching.ts';

const sizesArbitrary = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(200)), { minLength: 1, maxLength: 40 })
  .map((pairs) => ({ atoms: pairs.map(([n]) => n), edges: pairs.map(([, e]) => e) }));
const limits = { batchSize: 4, maxAtoms: 0, maxEdges: 0 };

describe('epochBatches', () => {
  it('takes every structure once', () => {
    fc.assert(
      fc.property(sizesArbitrary, fc.nat(100), (sizes, epoch) => {
        const batches = epochBatches(sizes, limits, { seed: 1, epoch });
        const all = batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);
        expect(all).toEqual(sizes.atoms.map((_, k) => k));
        expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('stays below the numbers of atoms and edges unless one structure is larger', () => {
    const given = fc.constantFrom(
      { batchSize: 1, maxAtoms: 40, maxEdges: 0 },
      { batchSize: 1, maxAtoms: 0, maxEdges: 300 },
      { batchSize: 1, maxAtoms: 40, maxEdges: 300 },
    );
    fc.assert(
      fc.property(sizesArbitrary, given, (sizes, chosen) => {
        for (const batch of epochBatches(sizes, chosen, { seed: 1, epoch: 0 })) {
          const sum = (of: readonly number[]): number =>
            batch.reduce((total, k) => total + of[k], 0);
          const fits =
            sum(sizes.atoms) <= (chosen.maxAtoms || Infinity) &&
            sum(sizes.edges) <= (chosen.maxEdges || Infinity);
          expect(fits || batch.length === 1).toBe(true);
        }
      }),
    );
  });

  it('depends on seed and epoch only', () => {
    const sizes = { atoms: new Array<number>(50).fill(3), edges: new Array<number>(50).fill(6) };
    const order = (seed: number, epoch: number): string =>
      epochBatches(sizes, limits, { seed, epoch }).join('|');
    expect(order(1, 2)).toBe(order(1, 2));
    expect(new Set([order(1, 2), order(1, 3), order(2, 2)]).size).toBe(3);
  });
});

describe('microBatches', () => {
  it('keeps the order and stays below the number of edges unless one structure is larger', () => {
    fc.assert(
      fc.property(sizesArbitrary, fc.integer({ min: 1, max: 300 }), (sizes, edges) => {
        const batch = Int32Array.from(sizes.atoms, (_, k) => sizes.atoms.length - 1 - k);
        const pieces = microBatches(batch, sizes, edges);
        expect(pieces.flatMap((piece) => [...piece])).toEqual([...batch]);
        for (const piece of pieces) {
          const sum = piece.reduce((total, k) => total + sizes.edges[k], 0);
          expect(sum <= edges || piece.length === 1).toBe(true);
        }
      }),
    );
  });

  it('fits the cache: wider features, fewer edges; many parameters, more', () => {
    expect(microBatchEdges(64, 0)).toBe(682);
    expect(microBatchEdges(128, 0)).toBe(341);
    expect(microBatchEdges(128, 524_288)).toBe(682);
    expect(microBatchEdges(1e6, 0)).toBe(1);
  });
});

describe('gradientPieces', () => {
  const withOpen = sizesArbitrary.chain((sizes) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), {
        minLength: sizes.atoms.length,
        maxLength: sizes.atoms.length,
      })
      .map((open) => ({ ...sizes, open })),
  );

  it('takes every structure once, those with a slot for every pair by themselves and sorted', () => {
    fc.assert(
      fc.property(withOpen, fc.integer({ min: 1, max: 300 }), (sizes, edges) => {
        const batch = Int32Array.from(sizes.atoms, (_, k) => k);
        const pieces = gradientPieces(batch, sizes, edges);
        const all = pieces.flatMap((piece) => [...piece]);
        expect(all.toSorted((a, b) => a - b)).toEqual([...batch]);
        for (const piece of pieces) {
          const kinds = new Set(Array.from(piece, (k) => hasPairSlots(sizes, k)));
          expect(kinds.size).toBe(1);
        }
        const paired = all.filter((k) => hasPairSlots(sizes, k)).map((k) => sizes.atoms[k]);
        expect(paired).toEqual(paired.toSorted((a, b) => a - b));
      }),
    );
  });

  it('gives such slots to compact open structures only', () => {
    const sizes = { atoms: [9, 9, 9, 1], edges: [72, 72, 20, 0], open: [1, 0, 1, 1] };
    expect([0, 1, 2, 3].map((k) => hasPairSlots(sizes, k))).toEqual([true, false, false, false]);
  });
});
