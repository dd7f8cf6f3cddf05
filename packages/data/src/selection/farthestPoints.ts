import { InvalidArgumentError, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { descriptorMatrix, squaredDistance } from '../descriptors/descriptorMatrix.ts';
import type { PointMatrix } from '../descriptors/descriptorMatrix.ts';
import type { DescriptorOptions } from '../descriptors/structureDescriptor.ts';

/** Options of `farthestPoints`. */
export interface FarthestPointsOptions {
  /** How many rows to choose. */
  readonly count: number;
  /** Rows that are chosen already, in this order; they count. By default one drawn with `seed`. */
  readonly start?: number | readonly number[];
  /** Default 0. */
  readonly seed?: number;
  /**
   * Group of each row. Groups then take turns: none gives another row before every group that has
   * rows left has given as many.
   */
  readonly groups?: ArrayLike<number | string>;
}

/** What was chosen. */
export interface FarthestPoints {
  /** Rows in the order in which they were chosen: any first part of it is a selection, too. */
  readonly order: Int32Array;
  /**
   * Covering radius after each choice: the largest distance of any row from the nearest chosen one.
   * Where the curve bends, further rows are near copies.
   */
  readonly radii: Float64Array;
  /** The last of the radii; 0 when every row was chosen. */
  readonly radius: number;
}

/**
 * Farthest-point selection (Gonzalez, Theor. Comput. Sci. 38, 293, 1985): takes again and again the row
 * that is farthest from all chosen ones. Without groups the covering radius is at most twice the best
 * possible one. Time is rows x count, memory 12 bytes a row; among equally far rows the first wins.
 *
 * @throws InvalidArgumentError `data/invalid-option`
 */
export function farthestPoints(
  matrix: PointMatrix,
  options: FarthestPointsOptions,
): FarthestPoints {
  const starts = startsOf(matrix, options);
  const { count } = options;
  const order = new Int32Array(count);
  const radii = new Float64Array(count);
  // Squared distance from the nearest chosen row; -1 for chosen rows.
  const nearest = new Float64Array(matrix.rows).fill(Infinity);
  const turns = new Turns(matrix.rows, options.groups);
  for (let k = 0; k < count; k++) {
    const row = k < starts.length ? starts[k] : turns.farthest(nearest);
    order[k] = row;
    turns.take(row, nearest);
    radii[k] = Math.sqrt(absorb(matrix, row, nearest));
  }
  return { order, radii, radius: radii[count - 1] };
}

/** Takes a row into account; gives the largest distance squared that is left. */
function absorb(matrix: PointMatrix, row: number, nearest: Float64Array): number {
  nearest[row] = -1;
  let most = 0;
  for (let i = 0; i < nearest.length; i++) {
    // Nothing can come closer than a distance of zero.
    if (nearest[i] <= 0) continue;
    const d = squaredDistance(matrix, i, row);
    if (d < nearest[i]) nearest[i] = d;
    if (nearest[i] > most) most = nearest[i];
  }
  return most;
}

/** Whose turn it is. */
class Turns {
  /** Index of the group of each row. */
  readonly #groupOf: Int32Array | undefined;
  readonly #given: number[] = [];
  readonly #left: number[] = [];

  constructor(rows: number, groups: ArrayLike<number | string> | undefined) {
    if (groups === undefined) return;
    const names = new Map<number | string, number>();
    this.#groupOf = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const group = names.get(groups[i]) ?? names.size;
      names.set(groups[i], group);
      this.#groupOf[i] = group;
      this.#left[group] = (this.#left[group] ?? 0) + 1;
      this.#given[group] = 0;
    }
  }

  /** The farthest row of the groups that have given least and have rows left. */
  farthest(nearest: Float64Array): number {
    const groupOf = this.#groupOf;
    let least = Infinity;
    for (const [group, given] of this.#given.entries()) {
      if (this.#left[group] > 0) least = Math.min(least, given);
    }
    let best = -1;
    for (let i = 0; i < nearest.length; i++) {
      if (nearest[i] < 0 || (best >= 0 && nearest[i] <= nearest[best])) continue;
      if (groupOf === undefined || this.#given[groupOf[i]] === least) best = i;
    }
    return best;
  }

  take(row: number, nearest: Float64Array): void {
    if (this.#groupOf === undefined || nearest[row] < 0) return;
    this.#given[this.#groupOf[row]]++;
    this.#left[this.#groupOf[row]]--;
  }
}

function startsOf(matrix: PointMatrix, options: FarthestPointsOptions): readonly number[] {
  const { rows } = matrix;
  const { count, start, seed = 0, groups } = options;
  if (!(Number.isInteger(count) && count >= 1 && count <= rows)) {
    throw invalid('count', `an integer from 1 to ${rows}, the number of rows`, String(count));
  }
  if (matrix.data.length !== rows * matrix.columns || !matrix.data.every(Number.isFinite)) {
    throw invalid(
      'matrix',
      `${rows} x ${matrix.columns} finite numbers`,
      `${matrix.data.length} numbers, some of them perhaps not finite`,
    );
  }
  if (groups !== undefined && groups.length !== rows) {
    throw invalid('groups', `${rows} groups, one per row`, `${groups.length} groups`);
  }
  const starts =
    start === undefined
      ? [new Rng(seed, 'farthest-points').integer(rows)]
      : typeof start === 'number'
        ? [start]
        : start;
  const isRow = (k: number): boolean => Number.isInteger(k) && k >= 0 && k < rows;
  if (!starts.every(isRow) || new Set(starts).size !== starts.length) {
    throw invalid('start', `different rows from 0 to ${rows - 1}`, starts.join(', '));
  }
  return starts;
}

function invalid(where: string, expected: string, found: string): InvalidArgumentError {
  return new InvalidArgumentError('data/invalid-option', `${where} does not fit the points`, {
    expected,
    found,
    where,
  });
}

/** Options of `selectDiverse`. */
export interface SelectDiverseOptions extends FarthestPointsOptions {
  readonly descriptor?: DescriptorOptions;
}

/**
 * Chooses structures that differ as much as possible from each other: farthest points among their
 * descriptors. `order` indexes the list given.
 *
 * @throws InvalidArgumentError `data/invalid-option`
 * @throws InvalidAtomsError for a structure that `validateAtoms` refuses
 */
export function selectDiverse(
  structures: Iterable<{ readonly atoms: Atoms }>,
  options: SelectDiverseOptions,
): FarthestPoints {
  return farthestPoints(descriptorMatrix(structures, options.descriptor), options);
}
