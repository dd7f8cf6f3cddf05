import { createAtoms, fractionalPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { determinant, hermiteBasis } from './integerLattice.ts';
import { matrixOf, minus, row, scaled, times } from './vector.ts';
import type { Matrix, Vector } from './vector.ts';

/** Two atoms are images of each other when they are nearer than this after a translation, Angstrom. */
const SAME = 1e-4;

const IDENTITY: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** A crystal in a primitive cell. */
interface PrimitiveCell {
  readonly atoms: Atoms;
  /** Lattice points in the cell that was given. */
  readonly multiplicity: number;
  /** Its vectors times the multiplicity, in units of the given ones: integers. */
  readonly vectors: Matrix;
}

/**
 * The smallest cell of a crystal that is periodic along three axes, found from the translations that
 * bring it onto itself within 1e-4 Angstrom. Only pure translations count, so that the cell need not
 * be the one that a table of space groups shows.
 */
export function primitiveCell(atoms: Atoms): PrimitiveCell {
  const fractional = fractionalPositions(atoms);
  const cell = matrixOf(atoms.cell);
  const orbits: number[][] = [];
  const points: Vector[] = [];
  const rarest = rarestSites(atoms.numbers);
  for (const site of rarest) {
    const shift = minus(row(fractional, site), row(fractional, rarest[0]));
    const images = imagesUnder(shift, { fractional, numbers: atoms.numbers, cell });
    if (images === undefined) continue;
    orbits.push(images);
    points.push(shift);
  }
  const multiplicity = points.length;
  // The translations form a group of that order, so that this multiple of each is a lattice vector.
  const vectors = hermiteBasis([
    ...points.map((t) => rounded(scaled(t, multiplicity))),
    [multiplicity, 0, 0],
    [0, multiplicity, 0],
    [0, 0, multiplicity],
  ]);
  const kept = Array.from(atoms.numbers.keys()).filter((i) =>
    orbits.every((images) => i <= images[i]),
  );
  // Displacements near the limit can pass in one step and fail in two: then there is no group.
  const isGroup =
    determinant(vectors) === multiplicity ** 2 &&
    kept.length * multiplicity === atoms.numbers.length;
  if (!isGroup) return { atoms, multiplicity: 1, vectors: IDENTITY };
  const primitive = createAtoms({
    numbers: kept.map((i) => atoms.numbers[i]),
    positions: kept.map((i) => row(atoms.positions, i)),
    cell: vectors.map((v) => times(scaled(v, 1 / multiplicity), cell)),
    pbc: true,
  });
  return { atoms: primitive, multiplicity, vectors };
}

/** Atoms of the element that has fewest. */
function rarestSites(numbers: Int32Array): number[] {
  const sites = new Map<number, number[]>();
  for (const [i, z] of numbers.entries()) {
    const list = sites.get(z);
    if (list === undefined) sites.set(z, [i]);
    else list.push(i);
  }
  return Array.from(sites.values()).reduce((a, b) => (b.length < a.length ? b : a));
}

/** Which atom each one falls on under a translation; undefined when one falls beside all. */
function imagesUnder(
  shift: Vector,
  crystal: { fractional: Float64Array; numbers: Int32Array; cell: Matrix },
): number[] | undefined {
  const { fractional, numbers, cell } = crystal;
  const images: number[] = [];
  for (const [i, z] of numbers.entries()) {
    const target = minus(row(fractional, i), shift, -1);
    const image = numbers.findIndex((other, j) => {
      if (other !== z) return false;
      const off = minus(target, row(fractional, j));
      const [x, y, w] = times(minus(off, rounded(off)), cell);
      return x * x + y * y + w * w < SAME * SAME;
    });
    if (image < 0) return undefined;
    images.push(image);
  }
  return images;
}

function rounded([x, y, z]: Vector): Vector {
  return [Math.round(x), Math.round(y), Math.round(z)];
}
