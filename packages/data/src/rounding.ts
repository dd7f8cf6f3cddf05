import { InvalidArgumentError } from '@mlffd/core';
import type { LabelledStructure } from './structure.ts';

/**
 * Largest errors that may be made for a smaller file. Values are rounded to a multiple of a power of
 * two, whose trailing zero bits compress well.
 */
export interface Rounding {
  /** Angstrom, e.g. 1e-6; the labels stay those of the exact positions. */
  readonly positions?: number;
  /** eV/Angstrom, e.g. 1e-5. */
  readonly forces?: number;
}

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
    return values.map((x) => Math.round(x / grid) * grid);
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

/** What a dataset says of its own rounding. */
export function roundingAttribute(error: number | undefined): Readonly<Record<string, string>> {
  return error === undefined ? {} : { max_rounding_error: String(gridOf(error) / 2) };
}
