import {
  COVALENT_RADII,
  invertCell,
  minimumImages,
  neighborList,
  periodicCell,
  reciprocalCell,
  transformRows,
  withPositions,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { TreeNode } from './treeNode.ts';

/** Up to which distance atoms of one element are looked for around a site, Angstrom. */
const REACH = 3;
/** Radius of elements that nobody has measured, Angstrom. */
const UNKNOWN_RADIUS = 1.5;

/** A structure in the frame of the root's cell. */
export interface Framed {
  /** Positions without the strain, Angstrom, 3N. */
  readonly positions: Float64Array;
  readonly deformation: Float64Array;
}

interface Member extends Framed {
  /** Below this displacement (Angstrom) no other atom of the element is nearer, N values. */
  readonly safe: Float64Array;
}

/**
 * The members of one tree, and how far a structure is from them.
 *
 * The distance of two members is the mean displacement of their atoms, with the nearest periodic
 * image and the nearest atom of the same element, in the frame of the root's cell, plus what the
 * difference of their strains changes in a bond as long as two covalent radii. Exchanging equal atoms
 * therefore makes nothing new. Where two atoms have the same nearest one, it is smaller than that of
 * the best one-to-one assignment: such a structure counts as more alike than it is.
 */
export class TreePool {
  readonly root: TreeNode;
  readonly #nodes: TreeNode[] = [];
  readonly #members: Member[] = [];
  readonly #halfHeight: number;
  readonly #bond: number;

  constructor(root: TreeNode) {
    const { cell, pbc, numbers } = root.atoms;
    this.root = root;
    this.#halfHeight = smallestHeight(cell, pbc) / 2;
    this.#bond =
      numbers.reduce((sum, z) => {
        const radius = COVALENT_RADII[z];
        return sum + 2 * (Number.isNaN(radius) ? UNKNOWN_RADIUS : radius);
      }, 0) / numbers.length;
    this.add(root);
  }

  get nodes(): readonly TreeNode[] {
    return this.#nodes;
  }

  add(node: TreeNode): void {
    const framed = this.frame(node.atoms, node.deformation);
    this.#nodes.push(node);
    this.#members.push({ ...framed, safe: this.#safeDisplacements(framed) });
  }

  /** Takes the strain out of a structure. */
  frame(atoms: Atoms, deformation: Float64Array): Framed {
    return { positions: transformRows(atoms.positions, invertCell(deformation)), deformation };
  }

  /** Distance from member k, Angstrom; any value above `enough` stands for itself or more. */
  distance(from: Framed, k: number, enough?: number): number {
    const member = this.#members[k];
    const atoms = from.positions.length / 3;
    const most = (enough ?? Infinity) * atoms;
    let sum = atoms * this.#bond * strainDifference(from.deformation, member.deformation);
    for (let i = 0; i < atoms && sum <= most; i++) {
      const x = from.positions[3 * i] - member.positions[3 * i];
      const y = from.positions[3 * i + 1] - member.positions[3 * i + 1];
      const z = from.positions[3 * i + 2] - member.positions[3 * i + 2];
      const moved = Math.sqrt(x * x + y * y + z * z);
      // By the triangle inequality nothing else can be nearer; this is so for almost all atoms.
      const isNearest = moved <= this.#halfHeight && moved <= member.safe[i];
      sum += isNearest ? moved : this.#nearest(from.positions, i, member);
    }
    return sum / atoms;
  }

  /** True when a member is nearer than `least` (Angstrom). */
  isNear(from: Framed, least: number): boolean {
    // Backwards: a child is most like its parent and its youngest relatives.
    for (let k = this.#members.length - 1; k >= 0; k--) {
      if (this.distance(from, k, least) < least) return true;
    }
    return false;
  }

  /** Distance to the nearest image of an atom of the same element. */
  #nearest(positions: Float64Array, i: number, member: Member): number {
    const { cell, pbc, numbers } = this.root.atoms;
    const vectors: number[] = [];
    for (const [j, z] of numbers.entries()) {
      if (z !== numbers[i]) continue;
      for (let c = 0; c < 3; c++) vectors.push(positions[3 * i + c] - member.positions[3 * j + c]);
    }
    const images = minimumImages(Float64Array.from(vectors), cell, pbc);
    let least = Infinity;
    for (let k = 0; k < images.length; k += 3) {
      least = Math.min(least, images[k] ** 2 + images[k + 1] ** 2 + images[k + 2] ** 2);
    }
    return Math.sqrt(least);
  }

  /** Half the distance to the nearest atom of the same element, or half of `REACH`. */
  #safeDisplacements({ positions }: Framed): Float64Array {
    const { numbers } = this.root.atoms;
    const list = neighborList(withPositions(this.root.atoms, positions), REACH);
    const safe = new Float64Array(numbers.length).fill(REACH / 2);
    for (let e = 0; e < list.count; e++) {
      const [i, j] = [list.centers[e], list.neighbors[e]];
      if (i === j || numbers[i] !== numbers[j]) continue;
      safe[i] = Math.min(safe[i], list.distances[e] / 2);
    }
    return safe;
  }
}

/** Relative change of a vector, as root of the mean square over all directions. */
function strainDifference(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < 9; k++) sum += (a[k] - b[k]) ** 2;
  return Math.sqrt(sum / 3);
}

/** Distance of the nearest lattice planes, Angstrom: no lattice vector is shorter. */
function smallestHeight(cell: Float64Array, pbc: Atoms['pbc']): number {
  const rows = reciprocalCell(periodicCell(cell, pbc));
  let least = Infinity;
  for (let axis = 0; axis < 3; axis++) {
    if (!pbc[axis]) continue;
    const [x, y, z] = [rows[3 * axis], rows[3 * axis + 1], rows[3 * axis + 2]];
    least = Math.min(least, 1 / Math.sqrt(x * x + y * y + z * z));
  }
  return least;
}
