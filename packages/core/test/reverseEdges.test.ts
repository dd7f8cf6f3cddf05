import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neighborList, reverseEdges, VerletList } from '../src/index.ts';
import { structures } from './support/structures.ts';

test('the reverse of i -> j with S is j -> i with -S, and undoes itself', () => {
  fc.assert(
    fc.property(structures({ maxAtoms: 5, spread: 9 }), (atoms) => {
      const list = neighborList(atoms, 5);
      const reverse = reverseEdges(list);
      expect(reverse).toHaveLength(list.count);
      for (let e = 0; e < list.count; e++) {
        const r = reverse[e];
        const matches =
          reverse[r] === e &&
          list.centers[r] === list.neighbors[e] &&
          list.neighbors[r] === list.centers[e] &&
          [0, 1, 2].every((k) => list.shifts[3 * r + k] === 0 - list.shifts[3 * e + k]) &&
          list.distances[r] === list.distances[e];
        if (!matches) throw new Error(`edge ${e} has the reverse ${r}`);
      }
    }),
    { numRuns: 80 },
  );
});

test('takes a buffer, and a VerletList has its own', () => {
  const [atoms] = fc.sample(structures({ maxAtoms: 5, spread: 4 }), { numRuns: 1, seed: 3 });
  const list = neighborList(atoms, 5);
  const expected = reverseEdges(list);
  const buffer = new Int32Array(list.count + 10);
  expect(reverseEdges(list, buffer)).toBe(buffer);
  expect(buffer.subarray(0, list.count)).toEqual(expected);
  const verlet = new VerletList({ cutoff: 5, skin: 1 });
  verlet.update(atoms);
  expect(verlet.reverse().subarray(0, list.count)).toEqual(expected);
});
