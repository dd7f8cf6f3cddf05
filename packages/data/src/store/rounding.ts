import { InvalidArgumentError } from '@mlffd/core';
import { InvalidStructureError } from '../errors.ts';
import type { LabelledStructure } from '../structure.ts';
import { GRID_LIMIT } from './storeFormat.ts';

/**
 * Largest errors that may be made for a smaller file. Values are rounded to a multiple of a power of
 * two, which float64 holds exactly: the content does not depend on the form of the store.
 */
export interface Rounding {
  /** Angstrom, e.g. 1e-6; the labels stay those of the exact positions. */
  readonly positions?: number;
  /** eV/Angstrom, e.g. 1e-5. */
  readonly forces?: number;
}

/**
 * Rounding of the form `small` unless told otherwise: at most 7.7e-6 Angstrom and 6.2e-5 eV/Angstrom.
 * A stiff bond (50 eV/Angstrom^2) changes its force by 2e-4 eV/Angstrom root mean square, as much as
 * float32 does in a universal potential, and a hundredth of the error of a good student.
 */
export const SMALL_ROUNDING: Required<Rounding> = { positions: 1e-5, forces: 1e-4 };

/**
 * Spacing of the grid whose values are at most `error` away: the largest power of two up to twice it.
 *
 * @throws InvalidArgumentError unless `error` is positive and finite
 */
export function gridOf(error: number): number {
  if (error > 0 && Number.isFinite(error)) return 2 ** Math.floor(Math.log2(2 * error));
  throw new InvalidArgumentError('data/invalid-option', `${error} is no bound of an error`, {
    expected: 'a positive number',
    found: String(error),
    where: 'rounding',
    hint: 'Leave rounding out to lose nothing.',
  });
}

/** The structure with positions and forces moved to the grid. */
export function rounded(structure: LabelledStructure, rounding: Rounding): LabelledStructure {
  const { atoms, forces } = structure;
  const toGrid = (values: Float64Array, error: number): Float64Array => {
    const grid = gridOf(error);
    // Integers know no negative zero, so that there must be none in the plain form either.
    return values.map((x) => Math.round(x / grid) * grid + 0);
  };
  return {
    ...structure,
    ...(rounding.positions === undefined
      ? {}
      : { atoms: { ...atoms, positions: toGrid(atoms.positions, rounding.positions) } }),
    ...(rounding.forces === undefined || forces === undefined
      ? {}
      : { forces: toGrid(forces, rounding.forces) }),
  };
}

/**
 * Values on a grid as multiples of it.
 *
 * @param where for error messages, e.g. `forces of structure a7`
 * @throws InvalidStructureError for a value beyond 2^29 spacings
 */
export function gridNumbers(values: Float64Array, grid: number, where: string): Float64Array {
  const out = values.map((x) => x / grid);
  const worst = out.find((k) => !(Math.abs(k) < GRID_LIMIT));
  if (worst === undefined) return out;
  throw new InvalidStructureError('data/out-of-range', `${where}: ${worst * grid} is too large`, {
    expected: `values below ${GRID_LIMIT * grid} in the form small`,
    found: String(worst * grid),
    where,
    hint: 'Use the form plain, allow a larger rounding error, or drop the structure.',
  });
}

/**
 * Largest error of values that were at most `before` off and are rounded by at most `error` now;
 * undefined where nothing was ever rounded. Values on a coarser grid are on a finer one as well.
 */
export function totalError(
  before: number | undefined,
  error: number | undefined,
): number | undefined {
  if (error === undefined) return before;
  const bound = gridOf(error) / 2;
  if (before === undefined) return bound;
  const onGrid = Number.isInteger(Math.log2(before)) && before >= bound;
  return onGrid ? before : before + bound;
}
