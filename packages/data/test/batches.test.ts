import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '@mlffd/core';
import fc from 'fast-check';
import { batches, planBatches } from '../src/index.ts';
import type { BatchOptions } from '../src/index.ts';
import { makeLabelled } from './support/structures.ts';

const structures = makeLabelled(40);
const source = {
  atomCount: (k: number) => structures[k].atoms.numbers.length,
  get: (k: number) => structures[k],
};
const indices = Int32Array.from({ length: 37 }, (_, k) => k + 2);

describe('batches', () => {
  test('hold every structure once, within the limit of atoms', () => {
    const options = fc.record({
      maxAtoms: fc.integer({ min: 1, max: 60 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
      epoch: fc.integer({ min: 0, max: 100 }),
      shuffle: fc.boolean(),
    });
    fc.assert(
      fc.property(options, (given) => {
        const plans = planBatches(source, indices, given);
        const all = plans.flatMap((plan) => [...plan.indices]);
        if (!given.shuffle) expect(all).toEqual([...indices]);
        expect(all.sort((a, b) => a - b)).toEqual([...indices]);
        for (const [position, plan] of plans.entries()) {
          expect(plan).toMatchObject({ epoch: given.epoch, position });
          const atoms = plan.indices.reduce((sum, k) => sum + source.atomCount(k), 0);
          expect(plan.indices.length === 1 || atoms <= given.maxAtoms).toBe(true);
          // Not smaller than it need be: the next structure would not have fitted.
          const next = plans.at(position + 1)?.indices[0];
          if (next !== undefined) {
            expect(atoms + source.atomCount(next)).toBeGreaterThan(given.maxAtoms);
          }
        }
        expect(planBatches(source, indices, given)).toEqual(plans);
      }),
      { numRuns: 100 },
    );
  });

  test('of a number of structures; the last one is kept', () => {
    const sizes = planBatches(source, indices, { batchSize: 8, seed: 0 }).map(
      (b) => b.indices.length,
    );
    expect(sizes).toEqual([8, 8, 8, 8, 5]);
    expect(planBatches(source, [], { batchSize: 8, seed: 0 })).toEqual([]);
  });

  test('go on in the middle of an epoch, and differ between epochs', () => {
    const options = { batchSize: 8, seed: 1, epoch: 3 };
    const whole = [...batches(source, indices, options)];
    expect([...batches(source, indices, { ...options, position: 2 })]).toEqual(whole.slice(2));
    expect(whole[0].structures).toEqual(Array.from(whole[0].indices, (k) => structures[k]));
    const [next] = batches(source, indices, { ...options, epoch: 4 });
    expect(next.indices).not.toEqual(whole[0].indices);
    const [other] = batches(source, indices, { ...options, seed: 2 });
    expect(other.indices).not.toEqual(whole[0].indices);
  });

  test('read nothing before they are asked for', () => {
    let reads = 0;
    const counting = { ...source, get: (k: number) => (reads++, structures[k]) };
    const iterator = batches(counting, indices, { batchSize: 4, seed: 0, position: 3 });
    expect(reads).toBe(0);
    iterator.next();
    expect(reads).toBe(4);
  });

  test('hold no more edges and atoms than are allowed, and as many as fit', () => {
    const edgeCount = (k: number) => (k * 37) % 90;
    const options = fc.record({
      maxEdges: fc.integer({ min: 1, max: 400 }),
      maxAtoms: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(options, ({ maxAtoms, ...given }) => {
        const limits = maxAtoms === undefined ? given : { ...given, maxAtoms };
        const plans = planBatches({ ...source, edgeCount }, indices, limits);
        expect(plans.flatMap((plan) => [...plan.indices]).sort((a, b) => a - b)).toEqual([
          ...indices,
        ]);
        const fits = (members: Int32Array) =>
          members.reduce((sum, k) => sum + edgeCount(k), 0) <= given.maxEdges &&
          members.reduce((sum, k) => sum + source.atomCount(k), 0) <= (maxAtoms ?? Infinity);
        for (const [position, plan] of plans.entries()) {
          expect(plan.indices.length === 1 || fits(plan.indices)).toBe(true);
          const next = plans.at(position + 1)?.indices[0];
          if (next !== undefined) expect(fits(Int32Array.of(...plan.indices, next))).toBe(false);
        }
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('need one size, and edges to limit them', () => {
    const bad: Partial<BatchOptions>[] = [
      {},
      { batchSize: 2, maxAtoms: 9 },
      { batchSize: 2, maxEdges: 9 },
      { batchSize: 0 },
      { maxAtoms: 1.5 },
      { maxAtoms: 3, maxEdges: 0 },
      { batchSize: 2, position: -1 },
      { maxEdges: 10 },
    ];
    for (const options of bad) {
      expect(() => planBatches(source, indices, { seed: 0, ...options })).toThrow(
        InvalidArgumentError,
      );
    }
    expect(() => planBatches(source, indices, { seed: 0, maxEdges: 10 })).toThrow(
      /numbers of edges/,
    );
  });
});
