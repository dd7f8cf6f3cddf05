import type { Atoms } from '../../src/index.ts';

export interface Edge {
  readonly i: number;
  readonly j: number;
  readonly shift: readonly [number, number, number];
  readonly vector: readonly [number, number, number];
  readonly distance: number;
}

/**
 * Every pair with d < cutoff by trying all images up to a bound that is safe for any cell: a
 * lattice vector sum shorter than L has |S_k| <= L |b_k| with b the reciprocal vectors, and no two
 * atoms are farther apart than the largest difference of positions.
 */
export function bruteForceEdges(atoms: Atoms, cutoff: number): Edge[] {
  const { positions, cell, pbc } = atoms;
  const n = atoms.numbers.length;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) spread = Math.max(spread, distance(positions, i, j));
  }
  const bound = imageBounds(cell, pbc, cutoff + spread);
  const edges: Edge[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let a = -bound[0]; a <= bound[0]; a++) {
        for (let b = -bound[1]; b <= bound[1]; b++) {
          for (let c = -bound[2]; c <= bound[2]; c++) {
            if (i === j && a === 0 && b === 0 && c === 0) continue;
            const component = (k: number): number =>
              positions[3 * j + k] -
              positions[3 * i + k] +
              (a * cell[k] + b * cell[3 + k] + c * cell[6 + k]);
            const x = component(0);
            const y = component(1);
            const z = component(2);
            const d = Math.sqrt(x * x + y * y + z * z);
            if (d < cutoff) edges.push({ i, j, shift: [a, b, c], vector: [x, y, z], distance: d });
          }
        }
      }
    }
  }
  return edges;
}

function distance(positions: Float64Array, i: number, j: number): number {
  let sum = 0;
  for (let x = 0; x < 3; x++) sum += (positions[3 * j + x] - positions[3 * i + x]) ** 2;
  return Math.sqrt(sum);
}

/** Largest |S_k| along each periodic axis, from the Gram matrix of the periodic vectors. */
function imageBounds(
  cell: Float64Array,
  pbc: readonly boolean[],
  reach: number,
): [number, number, number] {
  const axes = [0, 1, 2].filter((k) => pbc[k]);
  const bound: [number, number, number] = [0, 0, 0];
  for (const k of axes) {
    const others = axes.filter((axis) => axis !== k);
    bound[k] = Math.ceil(reach / heightAbove(cell, k, others)) + 1;
  }
  return bound;
}

/** Distance of lattice vector k from the span of the others, by Gram-Schmidt. */
function heightAbove(cell: Float64Array, k: number, others: number[]): number {
  const basis: number[][] = [];
  for (const axis of [...others, k]) {
    const v = Array.from(cell.subarray(3 * axis, 3 * axis + 3));
    for (const e of basis) {
      const s = e[0] * v[0] + e[1] * v[1] + e[2] * v[2];
      for (let x = 0; x < 3; x++) v[x] -= s * e[x];
    }
    const length = Math.hypot(v[0], v[1], v[2]);
    if (axis === k) return length;
    basis.push(v.map((value) => value / length));
  }
  throw new Error('unreachable: k is always the last axis');
}
