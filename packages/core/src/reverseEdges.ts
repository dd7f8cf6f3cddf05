import { reserveInt32 } from './buffers.ts';
import type { NeighborList } from './neighborList.ts';

/**
 * For each edge i -> j with shift S, the index of the edge j -> i with shift -S.
 *
 * The result undoes itself: `reverse[reverse[e]] === e`. Linear in the number of edges.
 * @param out taken for the result if it is long enough (it may be longer than `count`)
 */
export function reverseEdges(list: NeighborList, out?: Int32Array): Int32Array {
  const reverse = reserveInt32(out ?? new Int32Array(0), list.count);
  fillReverse(list, reverse, list.offsets.slice());
  return reverse;
}

/**
 * Works because rows are sorted: when centres are visited in ascending order, the edges back from
 * j come in the order of row j, and among several images of a pair the order turns round.
 *
 * @param next N+1 values, a copy of `list.offsets`; changed
 */
export function fillReverse(list: NeighborList, out: Int32Array, next: Int32Array): void {
  const { offsets, neighbors } = list;
  const atoms = offsets.length - 1;
  for (let i = 0; i < atoms; i++) {
    const end = offsets[i + 1];
    let first = offsets[i];
    while (first < end) {
      const j = neighbors[first];
      let last = first + 1;
      while (last < end && neighbors[last] === j) last++;
      const back = next[j] + (last - first) - 1;
      for (let e = first; e < last; e++) out[e] = back - (e - first);
      next[j] += last - first;
      first = last;
    }
  }
}
