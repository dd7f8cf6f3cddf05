import { cellDeterminant, createAtoms, fractionalPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { commonDivisor, planeBasis } from './integerLattice.ts';
import { invalidOption, requireCount, requirePositive } from './invalidOption.ts';
import { primitiveCell } from './primitiveCell.ts';
import { cross, dot, length, matrixOf, minus, row, scaled, times } from './vector.ts';
import type { Matrix, Vector } from './vector.ts';

/** Options of `slab`. */
export interface SlabOptions {
  /** Miller indices h, k, l with respect to the cell that is given. */
  readonly miller: readonly [number, number, number];
  /**
   * Lattice planes, each with all atoms of one primitive cell per surface cell: atomic layers of an
   * fcc metal, and as many formula units as the primitive cell has.
   */
  readonly layers: number;
  /** Empty space between the topmost atom and the lowest one of the next image, Angstrom. */
  readonly vacuum: number;
  /** Where the crystal is cut, as a part of the distance of lattice planes; default 0. */
  readonly cut?: number;
  /**
   * Third vector along the surface normal (default); false: with the sideways part of the stacking,
   * so that the crystal goes on where the vacuum is one plane distance.
   */
  readonly orthogonal?: boolean;
  /** Repeat along the normal too; default false. */
  readonly periodic?: boolean;
}

/** Atoms nearer to a cutting plane than this part of the plane distance lie on it. */
const ON_PLANE = 1e-6;
/** Squares of lengths that differ relatively by less are equal. */
const TIE = 1e-10;

/**
 * A slab of a crystal with the surface (h k l) and the smallest surface cell.
 *
 * The crystal is reduced to its primitive cell first, so that a conventional cell may be given with
 * its own Miller indices. The first two vectors are the shortest of the surface, the shorter one
 * first and along x, the second in the xy plane at 60 to 120 degrees (60 of a hexagonal surface); the
 * normal is +z, and the cell is right-handed. The slab lies in the middle of the vacuum. It has the
 * composition of the crystal and is not relaxed; which atoms are on top follows from `cut`. Charge,
 * spin and `info` are not carried over.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a structure that is not periodic along three
 * axes, Miller indices that are not integers or all 0, no layer, or no vacuum
 */
export function slab(atoms: Atoms, options: SlabOptions): Atoms {
  const { layers, vacuum, cut = 0, orthogonal = true, periodic = false } = options;
  requireCount('layers', layers, 1);
  requirePositive('vacuum', vacuum);
  if (!Number.isFinite(cut)) {
    throw invalidOption('cut', 'cut must be a number', { expected: '0 to 1', found: String(cut) });
  }
  if (!atoms.pbc.every(Boolean)) {
    throw invalidOption('atoms', 'a slab is cut from a crystal', {
      expected: 'periodic along three axes',
      found: `pbc ${atoms.pbc.join(', ')}`,
      hint: 'Give the cell of the crystal and set pbc to true.',
    });
  }
  const primitive = primitiveCell(atoms);
  const frame = surfaceFrame(
    matrixOf(primitive.atoms.cell),
    planeNormal(options, primitive.vectors),
  );
  const sites = fractionalPositions({ ...primitive.atoms, cell: Float64Array.from(frame.flat()) });
  const upright = uprightFrame(frame);
  const placed = stack(sites, upright, { layers, cut });
  const heights = placed.map(([, , z]) => z);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const height = high - low + vacuum;
  const third: Vector = orthogonal
    ? [0, 0, height]
    : [layers * upright[2][0], layers * upright[2][1], height];
  return createAtoms({
    numbers: Array.from({ length: layers }, () => Array.from(primitive.atoms.numbers)).flat(),
    positions: placed.map((r) => minus(r, [0, 0, low - vacuum / 2])),
    cell: [upright[0], upright[1], third],
    pbc: [true, true, periodic],
  });
}

/** Miller indices in the primitive cell, without common divisor. */
function planeNormal({ miller }: SlabOptions, vectors: Matrix): Vector {
  const [h, k, l] = miller;
  if (!miller.every((x) => Number.isSafeInteger(x)) || (h === 0 && k === 0 && l === 0)) {
    throw invalidOption('miller', 'Miller indices are three integers', {
      expected: 'integers of which one is not 0',
      found: `[${miller.join(', ')}]`,
    });
  }
  const normal: Vector = [
    dot(vectors[0], miller),
    dot(vectors[1], miller),
    dot(vectors[2], miller),
  ];
  return scaled(normal, 1 / commonDivisor(normal));
}

/** Lattice vectors of the same lattice: two reduced ones in the plane, and one to the next plane. */
function surfaceFrame(cell: Matrix, normal: Vector): Matrix {
  const [first, second, next] = planeBasis(normal);
  const [a, short] = shortestPair(times(first, cell), times(second, cell));
  let c = times(next, cell);
  // c is on the side of the normal (h k l), and the slab has that side up.
  const b = acute(a, dot(cross(a, short), c) < 0 ? scaled(short, -1) : short);
  for (const v of [b, a, b]) c = minus(c, v, Math.round(dot(c, v) / dot(v, v)));
  return [a, b, c];
}

/** Gauss reduction: the two shortest vectors, the shorter one first. */
function shortestPair(first: Vector, second: Vector): [Vector, Vector] {
  let [a, b] = length(first) <= length(second) ? [first, second] : [second, first];
  for (;;) {
    b = minus(b, a, Math.round(dot(a, b) / dot(a, a)));
    // A shorter vector must be shorter by more than rounding, or the two would change places forever.
    if (dot(b, b) >= dot(a, a) * (1 - TIE)) return [a, b];
    [a, b] = [b, a];
  }
}

/** Of b and b + a, when they are equally long, the one at the smaller angle with a. */
function acute(a: Vector, b: Vector): Vector {
  const other = minus(b, a, -1);
  return dot(a, b) < 0 && dot(other, other) <= dot(b, b) * (1 + TIE) ? other : b;
}

/** The same frame turned so that the first vector is along x and the second in the xy plane. */
function uprightFrame([a, b, c]: Matrix): Matrix {
  const x = scaled(a, 1 / length(a));
  const normal = cross(a, b);
  const z = scaled(normal, 1 / length(normal));
  const y = cross(z, x);
  return [
    [length(a), 0, 0],
    [dot(b, x), dot(b, y), 0],
    [dot(c, x), dot(c, y), dot(c, z)],
  ];
}

/** Positions of the sites in each layer, layer by layer, folded into the surface cell. */
function stack(
  sites: Float64Array,
  frame: Matrix,
  { layers, cut }: { layers: number; cut: number },
): Vector[] {
  const area = Math.abs(cellDeterminant([...frame[0], ...frame[1], 0, 0, 1]));
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: sites.length / 3 }, (_site, i): Vector => {
      const [u, v, w] = row(sites, i);
      const turns = Math.floor(w - cut + ON_PLANE);
      const [x, y, z] = times([u, v, w - turns + layer], frame);
      // Fractions of the surface vectors, of which the first is along x.
      const along = Math.floor(y / frame[1][1] + ON_PLANE);
      const x1 = x - along * frame[1][0];
      const y1 = y - along * frame[1][1];
      const across = (x1 * frame[1][1] - y1 * frame[1][0]) / area;
      return [x1 - Math.floor(across + ON_PLANE) * frame[0][0], y1, z];
    }),
  ).flat();
}
