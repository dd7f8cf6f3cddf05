import { isFlatCell, type Pbc, transformRows, transposeMatrix } from '@mlffd/core';
import type { WireAnswer, WireStructure } from '@mlffd/core/ipi';

/** A tilt is at most half of the vector that it is along; rounding must not change it there. */
const LARGEST_TILT = 0.5 + 1e-6;

/**
 * The frame that i-PI uses: the first lattice vector along x, the second in the xy plane.
 *
 * Drivers such as `fix ipi` of LAMMPS read only that part of the cell, so that any other would be
 * wrong without a word. A left-handed cell is mirrored, which no energy notices.
 */
export interface CellFrame {
  readonly structure: WireStructure;
  /** The answer, turned back. */
  readonly back: (answer: WireAnswer) => WireAnswer;
}

/**
 * Turns a structure into that frame; one that is there, or has no full cell, is left as it is.
 *
 * Of the vectors of periodic axes in `pbc`, other ones of the same lattice are taken where tilts are
 * larger than half: `fix ipi` loses atoms where they are larger than twice.
 */
export function toCellFrame(structure: WireStructure, pbc?: Pbc): CellFrame {
  const { positions, cell } = structure;
  if (isFlatCell(cell)) return { structure, back: (answer) => answer };
  const isThere = cell[1] === 0 && cell[2] === 0 && cell[5] === 0;
  const isPositive = cell[0] > 0 && cell[4] > 0 && cell[8] > 0;
  if (isThere && isPositive) {
    const straight = pbc === undefined ? cell : withLeastTilt(cell, pbc);
    const same = straight.every((x, k) => x === cell[k]);
    return {
      structure: same ? structure : { positions, cell: straight },
      back: (answer) => answer,
    };
  }
  const axes = orthonormal(cell);
  const turned = timesColumns(cell, axes);
  turned[1] = turned[2] = turned[5] = 0;
  return {
    structure: {
      positions: timesColumns(positions, axes),
      cell: pbc === undefined ? turned : withLeastTilt(turned, pbc),
    },
    back: ({ energy, forces, virial }) => ({
      energy,
      forces: transformRows(forces, axes),
      virial: transformRows(transposeMatrix(transformRows(transposeMatrix(virial), axes)), axes),
    }),
  };
}

/** The same lattice with tilts of at most half; only periodic axes are ones to go along. */
function withLeastTilt(cell: Float64Array, pbc: Pbc): Float64Array {
  const out = cell.slice();
  for (const [row, along] of [
    [1, 0],
    [2, 1],
    [2, 0],
  ]) {
    const tilt = out[3 * row + along] / out[4 * along];
    if (!pbc[along] || Math.abs(tilt) <= LARGEST_TILT) continue;
    const times = Math.round(tilt);
    for (let k = 0; k < 3; k++) out[3 * row + k] -= times * out[3 * along + k];
  }
  return out;
}

/** Axes of the frame by Gram and Schmidt; row j is axis j. */
function orthonormal(cell: Float64Array): Float64Array {
  const axes = cell.slice();
  for (let j = 0; j < 3; j++) {
    // Twice, so that they are orthogonal to the last digit in flat cells, too.
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < j; i++) {
        let dot = 0;
        for (let k = 0; k < 3; k++) dot += axes[3 * i + k] * axes[3 * j + k];
        for (let k = 0; k < 3; k++) axes[3 * j + k] -= dot * axes[3 * i + k];
      }
    }
    const length = Math.hypot(axes[3 * j], axes[3 * j + 1], axes[3 * j + 2]);
    for (let k = 0; k < 3; k++) axes[3 * j + k] /= length;
  }
  return axes;
}

/** Components of vectors along the axes. */
function timesColumns(vectors: Float64Array, axes: Float64Array): Float64Array {
  const out = new Float64Array(vectors.length);
  for (let v = 0; v < vectors.length; v += 3) {
    for (let j = 0; j < 3; j++) {
      out[v + j] =
        vectors[v] * axes[3 * j] +
        vectors[v + 1] * axes[3 * j + 1] +
        vectors[v + 2] * axes[3 * j + 2];
    }
  }
  return out;
}
