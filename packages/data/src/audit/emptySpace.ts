import { cellDeterminant, invertCell, transformRows } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';

/**
 * Widest empty layer along each lattice vector, Angstrom, as if all were periodic: across the faces
 * of the cell, 0 where there is no cell.
 */
export function emptyLayers({ positions, cell }: Atoms): readonly [number, number, number] {
  const volume = Math.abs(cellDeterminant(cell));
  if (!(volume > 0)) return [0, 0, 0];
  const fractions = transformRows(positions, invertCell(cell));
  const layer = (axis: number): number => {
    const sorted = fractions
      .filter((_, k) => k % 3 === axis)
      .map((f) => f - Math.floor(f))
      .sort();
    let widest = sorted[0] + 1 - sorted[sorted.length - 1];
    for (let k = 1; k < sorted.length; k++) widest = Math.max(widest, sorted[k] - sorted[k - 1]);
    return widest * faceDistance(cell, axis, volume);
  };
  return [layer(0), layer(1), layer(2)];
}

/** Distance between the faces that a lattice vector joins, Angstrom. */
export function faceDistance(cell: Float64Array, axis: number, volume: number): number {
  const [b, c] = [3 * ((axis + 1) % 3), 3 * ((axis + 2) % 3)];
  const area = Math.hypot(
    cell[b + 1] * cell[c + 2] - cell[b + 2] * cell[c + 1],
    cell[b + 2] * cell[c] - cell[b] * cell[c + 2],
    cell[b] * cell[c + 1] - cell[b + 1] * cell[c],
  );
  return volume / area;
}
